import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { demo } from '@om-ops/test-support/demo-run';
import { type RunResult, runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';

interface Row {
  path: string;
  modified: string | null;
}

interface Analysis {
  run: string;
  path: string;
  totals: { files: number; bytes: number; diskBytes: number; reclaimableBytes: number };
  junk: { items: (Row & { category: string; evidence: string[] })[] };
  duplicates: {
    groups: { bytes: number; wastedBytes: number; paths: string[]; links?: string[] }[];
    wastedBytes: number;
  };
  stale: { files: number };
  recent: Record<'24h' | '7d' | '30d', { files: number }>;
  recentFiles: Row[];
  largestFiles: Row[];
  recommendations: { kind: string; path: string; bytes: number; command: string }[];
  notEntered: { path: string; fileSystem: string; sameAs?: string }[];
}

const content = (bytes: number): Buffer => Buffer.alloc(bytes, 'what every copy holds. ');

/** Runs om-ops after a script in mount namespace of its own; undefined where that is not allowed. */
async function inNamespace(
  test: TestContext,
  script: string,
  argv: readonly string[],
  env: Record<string, string>,
): Promise<RunResult | undefined> {
  if (spawnSync('unshare', ['-m', 'true']).status !== 0) {
    test.skip('mounting needs root');
    return undefined;
  }
  const whole = `set -e\n${script}\nexec "$@"`;
  const program = join(import.meta.dirname, '../../bin/om-ops');
  return runOmOps(['-m', 'bash', '-c', whole, 'bash', program, ...argv], {
    program: 'unshare',
    env,
  });
}

function diskBytes(...paths: string[]): number {
  return paths.reduce((total, path) => total + statSync(path).blocks * 512, 0);
}

describe('the same file by two paths', () => {
  for (const mode of ['quick', 'full'])
    it(`counts once and is no duplicate of itself (${mode})`, async (t) => {
      const folder = temporaryFolder(t);
      const site = join(folder, 'site');
      const state = join(folder, 'state');
      for (const name of ['uploads/album', 'public/uploads', 'node_modules/x', 'public/lib'])
        mkdirSync(join(site, name), { recursive: true });
      writeFileSync(join(site, 'uploads/album/photo.jpg'), content(3_000_000));
      writeFileSync(join(site, 'one.txt'), content(5000));
      writeFileSync(join(site, 'other.txt'), '');
      writeFileSync(join(site, 'node_modules/x/index.js'), content(2_000_000));
      writeFileSync(join(site, 'package.json'), '{"dependencies": {"x": "1"}}');
      const done = await inNamespace(
        t,
        `cd ${site}
        mount --bind uploads public/uploads
        mount --bind node_modules public/lib
        mount --bind one.txt other.txt`,
        ['analysis', 'run', '--path', site, '--dedupe-mode', mode, '--json'],
        { OM_OPS_STATE: state },
      );
      if (done === undefined) return;
      assert.equal(done.code, 0, done.stdout + done.stderr);
      const { result } = done.json<Analysis>();
      assert.deepEqual(result.duplicates.groups, []);
      assert.equal(result.duplicates.wastedBytes, 0);
      assert.deepEqual(
        result.notEntered
          .map(({ path, sameAs }) => [path, sameAs])
          .sort((one, another) => (one[0]! < another[0]! ? -1 : 1)),
        [
          [join(site, 'public/lib'), join(site, 'node_modules')],
          [join(site, 'public/uploads'), join(site, 'uploads')],
        ],
      );
      const du = execFileSync('du', ['-sb', site], { encoding: 'utf8' }).split('\t')[0];
      // Outside of the namespace nothing is mounted: what is there is there once. The two folders
      // that were mounted over are not entered, and the file that was mounted over is empty.
      const notEntered = statSync(join(site, 'public/lib')).size * 2;
      assert.equal(result.totals.bytes, Number(du) - notEntered);
      assert.equal(result.totals.files, 5);
      // Removing it would empty the other place, so nobody is told to.
      const modules = result.recommendations.find(({ path }) => path.endsWith('/node_modules'));
      assert.match(modules!.command, /^ls /);
    });

  it('of two mounts from outside one counts', async (t) => {
    const folder = temporaryFolder(t);
    const site = join(folder, 'site');
    for (const name of ['data/u', 'site/a', 'site/b', 'site/sp ace'])
      mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'data/u/photo.jpg'), content(100_000));
    const done = await inNamespace(
      t,
      `cd ${folder}
      mount --bind data/u site/a
      mount --bind data site/b
      mount --bind data 'site/sp ace'`,
      ['analysis', 'run', '--path', site, '--dedupe-mode', 'full', '--json'],
      { OM_OPS_STATE: join(folder, 'state') },
    );
    if (done === undefined) return;
    const { result } = done.json<Analysis>();
    assert.equal(result.totals.files, 1);
    assert.deepEqual(result.duplicates.groups, []);
    assert.deepEqual(result.notEntered.map(({ path, sameAs }) => [path, sameAs]).sort(), [
      [join(site, 'a'), join(site, 'b/u')],
      [join(site, 'sp ace'), join(site, 'b')],
    ]);
  });
});

describe('bytes that removing frees', () => {
  it('are those on the disk', async (t) => {
    const site = demo(t);
    for (const name of ['a.img', 'b.img']) {
      writeFileSync(join(site.root, name), '');
      truncateSync(join(site.root, name), 100 * 2 ** 20);
    }
    for (const name of ['c.img', 'd.img']) {
      writeFileSync(join(site.root, name), content(2 * 2 ** 20));
      truncateSync(join(site.root, name), 64 * 2 ** 20);
    }
    // The same content, but without a hole.
    writeFileSync(join(site.root, 'e.img'), readFileSync(join(site.root, 'd.img')));
    const [c, d, e] = ['c.img', 'd.img', 'e.img'].map((name) => join(site.root, name));
    const done = await site.run([
      ...['analysis', 'run', 'prod', '--dedupe-mode', 'full', '--max-hash-mb', '200', '--json'],
      '--fail-on',
      'duplicate-bytes=60M',
    ]);
    assert.equal(done.code, 0, done.stdout);
    const { result } = done.json<Analysis>();
    const groupOf = (name: string) =>
      result.duplicates.groups.find(({ paths }) => paths.some((path) => path.endsWith(name)))!;
    assert.equal(groupOf('a.img').bytes, 100 * 2 ** 20);
    assert.equal(groupOf('a.img').wastedBytes, 0);
    assert.deepEqual(groupOf('c.img').paths, [c, d, e]);
    // At least so much, whichever stays.
    assert.equal(groupOf('c.img').wastedBytes, diskBytes(c!, d!));
    assert.ok(result.duplicates.wastedBytes < 60 * 2 ** 20);
    for (const { path, bytes } of result.recommendations.filter(
      ({ kind }) => kind === 'duplicates',
    ))
      assert.ok(bytes <= diskBytes(...groupOf(path).paths), path);
    assert.equal(
      result.recommendations.some(({ path }) => path.endsWith('a.img')),
      false,
    );
    const run = join(site.state, 'analysis/runs', result.run);
    const lines = readFileSync(join(run, 'duplicates.csv'), 'utf8').split('\r\n');
    const [, , wasted] = lines.find((line) => line.endsWith('/c.img'))!.split(',');
    assert.equal(Number(wasted), diskBytes(c!, d!));
    const meta = JSON.parse(readFileSync(join(run, 'meta.json'), 'utf8'));
    assert.equal(meta.stats.duplicateBytes, result.duplicates.wastedBytes);
  });
});

describe('times that are no dates', () => {
  it('are null, neither recent nor stale', async (t) => {
    const tmpfs = 0x01021994;
    if (statfsSync('/dev/shm').type !== tmpfs) {
      t.skip('needs a file system that has such times');
      return;
    }
    const folder = mkdtempSync('/dev/shm/om-ops-test-');
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const site = join(folder, 'site');
    mkdirSync(join(site, '.tmp'), { recursive: true });
    const times = {
      'far.txt': '@99999999999999',
      'year-12345.txt': '@327403382400',
      'before.log': '@-99999999999999',
    };
    for (const [name, time] of Object.entries({ ...times, '.tmp/odd': '@99999999999999' })) {
      writeFileSync(join(site, name), 'x');
      execFileSync('touch', ['-d', time, join(site, name)]);
    }
    writeFileSync(join(site, 'now.txt'), 'x');
    const env = { OM_OPS_STATE: join(folder, 'state') };
    const done = await runOmOps(['analysis', 'run', '--path', site, '--json'], { env });
    assert.equal(done.code, 0, done.stdout);
    assert.doesNotMatch(done.stdout, /NaN/);
    const { result } = done.json<Analysis>();
    const modified = Object.fromEntries(
      result.largestFiles.map((row) => [row.path.slice(site.length + 1), row.modified]),
    );
    assert.deepEqual(
      [...Object.keys(times), '.tmp/odd'].map((name) => modified[name]),
      [null, null, null, null],
    );
    assert.match(modified['now.txt']!, /^\d{4}-/);
    assert.equal(result.stale.files, 0);
    assert.equal(result.recent['24h'].files, 1);
    assert.deepEqual(
      result.recentFiles.map(({ path }) => path),
      [join(site, 'now.txt')],
    );
    const junk = result.junk.items.find(({ category }) => category === '.tmp')!;
    assert.equal(junk.modified, null);
    assert.match(junk.evidence.join(), /at a time that is no date/);
    const kept = readFileSync(
      join(folder, 'state/analysis/runs', result.run, 'analysis.json'),
      'utf8',
    );
    assert.doesNotMatch(kept, /NaN/);
    const temporary = result.recommendations.find(({ path }) => path.endsWith('/.tmp'))!;
    assert.match(temporary.command, /^rm -ri /, 'nobody knows whether it is old');
  });
});

describe('any TZ', () => {
  const zones = [
    '',
    ':',
    'Foo/Bar',
    'UTC+3',
    '<+03>-3',
    'GMT-2',
    '/etc/localtime',
    'Europe/Berlin',
  ];
  for (const zone of zones)
    it(`works and the page names its zone: TZ='${zone}'`, async (t) => {
      const site = demo(t);
      const env = { TZ: zone };
      const done = await site.run(['analysis', 'run', 'server', '--json'], { env });
      assert.equal(done.code, 0, done.stdout);
      for (const topic of ['analysis', 'changelog']) {
        const report = await site.run([topic, 'report', '--json'], { env });
        assert.equal(report.code, 0, report.stdout);
        const page = readFileSync(join(site.state, topic, 'report.html'), 'utf8');
        const named = /"timeZone":"([^"]+)"/.exec(page)?.[1];
        assert.ok(named !== undefined && named !== 'Etc/Unknown', named);
        // What the run's own times say is what the page's zone says.
        const { createdAt } = done.json<{ createdAt: string }>().result;
        const format = new Intl.DateTimeFormat('en-GB', {
          timeZone: named,
          timeZoneName: 'longOffset',
        });
        const offset = format
          .formatToParts(new Date(createdAt))
          .find(({ type }) => type === 'timeZoneName');
        assert.equal(createdAt.slice(-6), offset?.value.replace('GMT', '') || '+00:00');
      }
    });
});

describe('a command that fails after its run was kept', () => {
  it('says so, and has the result', async (t) => {
    const site = demo(t);
    // Something of that name that no file can take the place of.
    mkdirSync(join(site.state, 'analysis/report.html/taken'), { recursive: true });
    const done = await site.run(['analysis', 'run', 'server', '--json']);
    assert.notEqual(done.code, 0);
    const { ok, error, result } = done.json<Analysis>();
    assert.equal(ok, false);
    const kept = readdirSync(join(site.state, 'analysis/runs'));
    assert.deepEqual(kept, [result.run]);
    assert.match(error.message, new RegExp(`run ${result.run} is whole and kept`));
    assert.ok(error.suggestions.some((next) => next.endsWith(`analysis show ${result.run}`)));
    assert.equal((await site.run(['analysis', 'show', result.run])).code, 0);
  });
});

describe('the scopes', () => {
  it('are where the profile has the backend and the front end', async (t) => {
    const site = demo(t);
    mkdirSync(join(site.root, 'client'));
    mkdirSync(join(site.root, 'api'));
    writeFileSync(join(site.root, 'client/page.html'), 'x');
    const profile = join(site.root, 'other.yaml');
    writeFileSync(profile, `root: ${site.root}\nbackend: {dir: api}\nfrontend: {dir: client}\n`);
    const pathOf = async (scope: string): Promise<string> => {
      const done = await site.run(['analysis', 'run', scope, '--site', profile, '--json']);
      assert.equal(done.code, 0, done.stdout);
      return done.json<Analysis>().result.path;
    };
    assert.equal(await pathOf('front-end'), join(site.root, 'client'));
    assert.equal(await pathOf('server'), join(site.root, 'api'));
    appendFileSync(profile, 'analysis: {scopes: {server: server}}\n');
    assert.equal(await pathOf('server'), join(site.root, 'server'));
  });
});
