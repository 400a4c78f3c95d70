import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { demo } from '@om-ops/test-support/demo-run';
import { waitFor } from '@om-ops/test-support/wait';

interface Analysis {
  run: string;
  scope: string;
  path: string;
  totals: { files: number; directories: number; bytes: number };
  junk: {
    bytes: number;
    items: { category: string; path: string; bytes: number; files: number }[];
  };
  duplicates: {
    mode: string;
    groups: { bytes: number; hash?: string; paths: string[] }[];
    wastedBytes: number;
  };
  recommendations: { path: string; command: string; why: string }[];
  skipped: { count: number };
}

describe('analysis', () => {
  it('returns what docs/surface.md says and keeps it as a run', async (t) => {
    const site = demo(t);
    const done = await site.run(['analysis', 'run', 'prod', '--dedupe-mode', 'full', '--json']);
    assert.equal(done.code, 0, done.stdout + done.stderr);
    const { command, result } = done.json<Analysis>();
    assert.equal(command, 'analysis:run');
    for (const key of [
      'run',
      'scope',
      'path',
      'totals',
      'junk',
      'duplicates',
      'stale',
      'largestFiles',
      'largestDirectories',
      'types',
      'recent',
      'recommendations',
    ]) {
      assert.ok(key in result, key);
    }
    assert.match(result.run, /^\d{4}-\d\d-\d\d_\d{6}$/);
    const { stdout } = await exec('find', [site.root, '-type', 'f']);
    assert.equal(result.totals.files, stdout.trim().split('\n').length);
    assert.ok(
      result.junk.items.some(
        ({ category, path }) =>
          category === 'node_modules' && path.endsWith('/server/node_modules'),
      ),
    );
    const [group] = result.duplicates.groups;
    assert.deepEqual(
      group?.paths.map((path) => path.slice(site.root.length)),
      ['/front-end/public/images/logo copy.png', '/front-end/public/images/logo.png'],
    );
    const folder = join(site.state, 'analysis/runs', result.run);
    assert.deepEqual(readdirSync(folder).sort(), ['analysis.json', 'duplicates.csv', 'meta.json']);
    assert.deepEqual(
      (JSON.parse(readFileSync(join(folder, 'analysis.json'), 'utf8')) as Analysis).totals,
      result.totals,
    );
    assert.ok(existsSync(join(site.state, 'analysis/index.json')));
    assert.ok(existsSync(join(site.state, 'analysis/report.html')));
    assert.equal(
      (await site.run(['analysis', 'list', '--json'])).json<{ runs: unknown[] }>().result.runs
        .length,
      1,
    );
  });

  it('wants a scope or a folder, and a folder that is there', async (t) => {
    const site = demo(t);
    assert.equal((await site.run(['analysis', 'run'])).code, 2);
    assert.equal((await site.run(['analysis', 'run', 'nosuch'])).code, 2);
    assert.equal((await site.run(['analysis', 'run', '--path', '/no/such'])).code, 5);
    assert.equal((await site.run(['analysis', 'run', 'prod', '--fail-on', 'nosuch=1'])).code, 2);
    assert.equal((await site.run(['analysis', 'show'])).code, 2);
    assert.equal(existsSync(join(site.state, 'analysis/runs/x')), false);
  });

  it('changes nothing in a dry run, and does not analyse STATE', async (t) => {
    const site = demo(t);
    assert.equal((await site.run(['analysis', 'run', 'prod', '--dry-run'])).code, 0);
    assert.equal(existsSync(site.state), false);
    await site.run(['backup', 'run', 'images', '--quiet']);
    const { result } = (await site.run(['analysis', 'run', 'entire', '--json'])).json<
      Analysis & { largestFiles: { path: string }[] }
    >();
    assert.equal(
      result.largestFiles.some(({ path }) => path.startsWith(site.state)),
      false,
    );
  });

  it('tells nobody to remove what the site of the profile is run and served from', async (t) => {
    const site = demo(t);
    const standing = ['server/dist', 'server/node_modules', 'front-end/dist'];
    for (const target of [['prod'], ['entire'], ['--path', join(site.root, '../link')]]) {
      if (target.length > 1) symlinkSync(site.root, target[1]!);
      const done = await site.run(['analysis', 'run', ...target, '--json']);
      const { recommendations } = done.json<Analysis>().result;
      for (const path of standing) {
        const said = recommendations.find((each) => each.path.endsWith(`/${path}`));
        assert.match(said?.command ?? '', /^ls -la -- /, `${target.join(' ')}: ${path}`);
        assert.match(said?.why ?? '', /the site is run or served from it/);
      }
    }
  });

  it('gives every page the same nav, whichever was made first, and lists them in STATE/index.html', async (t) => {
    const site = demo(t);
    const metaOf = (page: string) => {
      const html = readFileSync(join(site.state, page), 'utf8');
      return JSON.parse(/id="report-meta">(.*?)<\/script>/.exec(html)?.[1] ?? '') as {
        nav: { label: string; state: string }[];
      };
    };
    // Of the pages of all plugins, those that are made here.
    const nav = (page: string) =>
      metaOf(page)
        .nav.filter(({ label }) => ['Changelog', 'Analysis'].includes(label))
        .map(({ label, state }) => [label, state]);
    assert.equal((await site.run(['changelog', 'report'])).code, 0);
    assert.deepEqual(nav('changelog/report.html'), [
      ['Changelog', 'current'],
      ['Analysis', 'absent'],
    ]);
    assert.equal((await site.run(['analysis', 'run', 'prod'])).code, 0);
    assert.deepEqual(nav('changelog/report.html'), [
      ['Changelog', 'current'],
      ['Analysis', 'there'],
    ]);
    const index = readFileSync(join(site.state, 'index.html'), 'utf8');
    assert.match(index, /Nothing was recorded yet/);
    assert.match(index, /\d+% is junk/);
  });

  it('exits 6 above a limit, with the result', async (t) => {
    const site = demo(t);
    const result = await site.run([
      'analysis',
      'run',
      'prod',
      '--fail-on',
      'junk-bytes=1,stale=5',
      '--json',
    ]);
    assert.equal(result.code, 6);
    const envelope = result.json<Analysis>();
    assert.equal(envelope.ok, false);
    assert.match(envelope.error.message, /junk-bytes is \d+, more than 1\./);
    assert.ok(envelope.result.junk.bytes > 1);
  });

  it('exits 7 when a folder cannot be read', {
    skip: process.getuid?.() === 0 ? false : 'needs root to become nobody',
  }, async (t) => {
    const site = demo(t);
    await exec('chmod', ['-R', 'o+rwX', join(site.root, '..')]);
    chmodSync(join(site.root, 'server/src'), 0o700);
    const result = await site.run(['analysis', 'run', 'server', '--json'], {
      uid: 65534,
      gid: 65534,
    });
    assert.equal(result.code, 7, result.stdout);
    assert.equal(result.json<Analysis>().result.skipped.count, 1);
    assert.equal(result.json().ok, true);
    const text = await site.run(['analysis', 'show'], { uid: 65534, gid: 65534 });
    assert.match(text.stdout, /Not read\nWHY +PATH\npermission denied +src\n/);
  });

  it('leaves no run and a valid index on Ctrl-C', async (t) => {
    const site = demo(t);
    await site.run(['analysis', 'run', 'server', '--quiet']);
    // It is sure to be at work, because the git it asks answers only when it is told to.
    const folder = join(site.root, '..');
    const bin = join(folder, 'bin');
    const asked = join(folder, 'git-asked');
    await exec('git', ['init', '--quiet', site.root]);
    mkdirSync(bin);
    writeFileSync(join(bin, 'git'), `#!/bin/sh\necho $$ > '${asked}'\nexec sleep 600\n`, {
      mode: 0o755,
    });
    const runs = join(site.state, 'analysis/runs');
    let pid = 0;
    const running = site.run(['analysis', 'run', 'prod', '--dedupe-mode', 'full', '--json'], {
      env: { PATH: `${bin}:${process.env.PATH}` },
      onStart: (started) => {
        pid = started;
      },
    });
    const git = await waitFor('git to be asked', () => Number(readFileSync(asked, 'utf8')));
    process.kill(pid, 'SIGINT');
    const result = await running;
    assert.equal(result.code, 130, result.stdout);
    assert.equal(readdirSync(runs).length, 1);
    const index = JSON.parse(readFileSync(join(site.state, 'analysis/index.json'), 'utf8')) as {
      runs: unknown[];
    };
    assert.equal(index.runs.length, 1);
    assert.throws(() => process.kill(git, 0), { code: 'ESRCH' });
    const log = readFileSync(join(site.state, 'om-ops.log'), 'utf8');
    assert.match(log, /analysis:run exit=130 .*code=E_INTERRUPTED/);
  });

  it('compares two runs, and prunes by asking', async (t) => {
    const site = demo(t);
    const first = (await site.run(['analysis', 'run', 'server', '--json'])).json<Analysis>().result
      .run;
    writeFileSync(join(site.root, 'server/big.bin'), Buffer.alloc(2_000_000));
    const second = (await site.run(['analysis', 'run', 'server', '--json'])).json<Analysis>().result
      .run;
    const compared = await site.run(['analysis', 'show', second, '--against', first, '--json']);
    const { result } = compared.json<{ came: { path: string; delta: number }[] }>();
    assert.ok(
      result.came.some(({ path, delta }) => path.endsWith('/big.bin') && delta === 2_000_000),
    );
    assert.match(
      (await site.run(['analysis', 'show', second, '--against', first])).stdout,
      /\+2\.00 MB .*big\.bin/,
    );
    assert.equal((await site.run(['analysis', 'prune', '--keep', '1'])).code, 3);
    assert.equal(
      (await site.run(['analysis', 'prune', '--keep', '1', '--confirm', 'YES APPLY'])).code,
      0,
    );
    assert.deepEqual(readdirSync(join(site.state, 'analysis/runs')), [second]);
  });
});
