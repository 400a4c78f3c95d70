import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import type { RunResult } from '@om-ops/test-support/om-ops';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

const isRoot = process.getuid?.() === 0;
function pathsOf(result: RunResult): string[] {
  const { backups } = result.json<{ backups: { path: string }[] }>().result;
  return backups.map(({ path }) => path);
}

/** The same backup as if made on other days. */
function copyTo(path: string, stamps: readonly string[]): string[] {
  const sidecar = JSON.parse(readFileSync(path.replace('.tar.gz', '.json'), 'utf8')) as object;
  return stamps.map((stamp) => {
    const archive = `prod-${stamp}_0300.tar.gz`;
    const copy = join(dirname(path), archive);
    linkSync(path, copy);
    const createdAt = `${stamp}T03:00:00.000+00:00`;
    const text = JSON.stringify({ ...sidecar, archive, createdAt });
    writeFileSync(copy.replace('.tar.gz', '.json'), text);
    return copy;
  });
}

const only = (names: string) =>
  `database: {engine: none}\nbackup: {categories: {${names}}, retention: {keepLast: 2, keepDaily: null, keepWeekly: null, keepMonthly: null}}`;
const others = 'server: null, front-end: null, images: null, nginx: null';

describe('retention of the profile', () => {
  it('is what a bare prune and run --prune go by', async (t) => {
    const folder = temporaryFolder(t);
    const site = smallSite(folder, { a: 'a', '.env': 'A=1' }, { profile: only(others) });
    const [first = ''] = pathsOf(await site.run(['backup', 'run', 'prod', '--json']));
    const old = copyTo(first, ['2026-01-01', '2026-01-02', '2026-01-03']);
    const dry = await site.run(['backup', 'prune', 'prod', '--dry-run', '--json']);
    const { rules, deleted } = dry.json<{ rules: string; deleted: { path: string }[] }>().result;
    assert.equal(rules, 'last 2');
    assert.deepEqual(deleted.map(({ path }) => path).sort(), old.slice(0, 2));
    const run = await site.run(['backup', 'run', '--all', '--prune', '--json']);
    assert.equal(run.code, 0, run.stdout);
    const kept = old.filter((path) => existsSync(path));
    assert.deepEqual(kept, []);
    assert.equal(readdirSync(dirname(first)).length, 4);
    const months = await site.run(['backup', 'prune', '--older-than', '6m', '--json']);
    assert.equal(months.code, 2, months.stdout);
    assert.match(months.json().error.message, /minutes or months/);
    assert.equal((await site.run(['backup', 'prune', '--older-than', '6mo', '--dry-run'])).code, 0);
  });
});

describe('backup verify --max-age', () => {
  it('exits 6 for what is too old, and for what is not there', async (t) => {
    const site = smallSite(
      temporaryFolder(t),
      { a: 'a', '.env': 'A=1' },
      { profile: only(others) },
    );
    const [path = ''] = pathsOf(await site.run(['backup', 'run', 'prod', '--json']));
    const argv = ['backup', 'verify', '--max-age', '26h', '--json'];
    const without = await site.run(argv);
    assert.deepEqual([without.code, without.json().error.code], [6, 'E_NO_BACKUP']);
    assert.match(without.json().error.message, /config/);
    await site.run(['backup', 'run', 'config', '--quiet']);
    assert.equal((await site.run(argv)).code, 0);
    copyTo(path, ['2026-01-01']);
    for (const name of [path, path.replace('.tar.gz', '.json')]) rmSync(name);
    const old = await site.run(argv);
    assert.deepEqual([old.code, old.json().error.code], [6, 'E_TOO_OLD'], old.stdout);
  });
});

describe('backup restore --all', () => {
  it('brings everything back beside each other, and names what failed', async (t) => {
    const folder = temporaryFolder(t);
    const profile = `database: {engine: sqlite, files: [app.db]}\nbackup: {categories: {front-end: null, images: null, nginx: null}}`;
    const site = smallSite(folder, { 'server/a': 'a', '.env': 'A=1' }, { profile });
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(site.root, 'app.db'));
    database.exec('create table t(a)');
    database.close();
    const run = await site.run(['backup', 'run', '--all', '--json']);
    assert.equal(run.code, 0, run.stdout);
    const to = join(folder, 'restored');
    const dry = await site.run(['backup', 'restore', '--all', '--to', to, '--dry-run']);
    assert.equal(dry.code, 0, dry.stderr);
    assert.equal(existsSync(to), false);
    const restored = await site.run(['backup', 'restore', '--all', '--to', to, '--json']);
    assert.equal(restored.code, 0, restored.stdout);
    assert.deepEqual(readdirSync(to).sort(), ['config', 'database', 'prod', 'server']);
    assert.equal(readFileSync(join(to, 'server/a'), 'utf8'), 'a');
    assert.equal((await site.run(['backup', 'restore', '--all', '--to', to])).code, 2);
    rmSync(pathsOf(run).find((path) => path.includes('/server/')) ?? '');
    const again = await site.run(['backup', 'restore', '--all', '--to', `${to}2`, '--json']);
    assert.equal(again.code, 5, again.stdout);
    const { failed } = again.json<{ failed: { category: string }[] }>().result;
    assert.deepEqual(
      failed.map(({ category }) => category),
      ['server'],
    );
    assert.deepEqual(readdirSync(`${to}2`).sort(), ['config', 'database', 'prod']);
  });
});

describe('room', () => {
  it('is looked for before anything is written', {
    skip: isRoot ? false : 'needs root to mount a small disk',
  }, async (t) => {
    const folder = temporaryFolder(t);
    const site = smallSite(folder, {});
    for (let n = 0; n < 8; n++) writeFileSync(join(site.root, `${n}`), randomBytes(2_000_000));
    mkdirSync(site.state);
    await exec('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', site.state]);
    try {
      const run = await site.run(['backup', 'run', 'prod', '--json']);
      assert.deepEqual([run.code, run.json().error.code], [1, 'E_DISK_FULL'], run.stdout);
      assert.match(
        run.json().error.message,
        /some 16\.0 MB .* 2\.09 MB are free .*Nothing was written/,
      );
      const dry = await site.run(['backup', 'run', 'prod', '--dry-run']);
      assert.match(dry.stdout, /takes some 16\.0 MB, 2\.\d+ MB free[\s\S]*may not fit/);
    } finally {
      await exec('umount', [site.state]);
    }
    // What compresses well does fit.
    for (let n = 0; n < 8; n++)
      writeFileSync(join(site.root, `${n}`), Buffer.alloc(2_000_000, 'x'));
    await exec('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', site.state]);
    try {
      const run = await site.run(['backup', 'run', 'prod', '--json']);
      assert.equal(run.code, 0, run.stdout);
      const to = join(site.state, 'x');
      const restored = await site.run(['backup', 'restore', 'prod', '--to', to, '--json']);
      assert.deepEqual([restored.code, restored.json().error.code], [1, 'E_DISK_FULL']);
      assert.match(restored.json().error.message, /16\.0 MB .*Nothing was written/);
    } finally {
      await exec('umount', [site.state]);
    }
  });
});

describe('what was cut off', () => {
  it('is finished or cleared up by the next run', async (t) => {
    const site = smallSite(temporaryFolder(t), { a: 'a' });
    const [path = ''] = pathsOf(await site.run(['backup', 'run', 'prod', '--json']));
    const sidecar = path.replace('.tar.gz', '.json');
    const hidden = (name: string, ending: string) =>
      join(dirname(name), `.${name.slice(dirname(name).length + 1)}${ending}`);
    // A run that was killed between the two names of its backup.
    renameSync(sidecar, hidden(sidecar, '.999999-1-0123456789abcdef-01234567.partial'));
    // A prune that was killed before, and one after it deleted the archive.
    const [before = '', after = ''] = (() => {
      const text = readFileSync(
        hidden(sidecar, '.999999-1-0123456789abcdef-01234567.partial'),
        'utf8',
      );
      writeFileSync(sidecar, text);
      const copies = copyTo(path, ['2026-01-01', '2026-01-02']);
      rmSync(sidecar);
      return copies;
    })();
    for (const copy of [before, after]) {
      const name = copy.replace('.tar.gz', '.json');
      renameSync(name, hidden(name, '.pruned'));
    }
    rmSync(after);
    const verified = await site.run(['backup', 'verify', '--all-backups', '--json']);
    const { backups } = verified.json<{ backups: { path: string; status: string }[] }>().result;
    assert.deepEqual(
      backups.map((one) => [one.path, one.status]),
      [
        [path, 'FAIL'],
        [before, 'PASS'],
      ],
    );
    const run = await site.run(['backup', 'run', 'prod', '--json']);
    assert.match(run.json().warnings.join(), /it counts again/);
    assert.equal((await site.run(['backup', 'verify', '--all-backups'])).code, 0);
    assert.deepEqual(
      readdirSync(dirname(path)).filter((name) => name.startsWith('.')),
      [],
    );
  });

  it('names the backups that were done when it is interrupted', async (t) => {
    const site = smallSite(temporaryFolder(t), { 'server/a': 'a' });
    writeFileSync(join(site.root, 'big'), Buffer.alloc(600_000_000, 'x'));
    let pid = 0;
    const running = site.run(['backup', 'run', 'server', 'prod', '--json'], {
      onStart: (started) => {
        pid = started;
      },
    });
    const folder = join(site.state, 'prod');
    await waitFor(
      'the second to begin',
      () => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.partial')),
    );
    process.kill(pid, 'SIGTERM');
    const stopped = await running;
    assert.equal(stopped.code, 130, stopped.stdout);
    const [done = ''] = pathsOf(stopped);
    assert.ok(existsSync(done));
    assert.match(stopped.json().error.message, /the backup of server is done/);
  });
});

describe('nginx', () => {
  it('is backed up with the files that its include lines name', async (t) => {
    const folder = temporaryFolder(t);
    const nginx = join(folder, 'nginx');
    mkdirSync(join(nginx, 'conf.d'), { recursive: true });
    mkdirSync(join(nginx, 'snippets'));
    writeFileSync(
      join(nginx, 'nginx.conf'),
      `http {\n include conf.d/*.conf;\n include ${folder}/app.conf;\n}\n`,
    );
    writeFileSync(join(nginx, 'conf.d/shop.conf'), 'server { include snippets/tls.conf; }\n');
    writeFileSync(join(nginx, 'snippets/tls.conf'), 'ssl_protocols TLSv1.3;\n');
    writeFileSync(join(nginx, 'unused.conf'), '# nobody reads it\n');
    writeFileSync(join(folder, 'app.conf'), 'server {}\n');
    const source = `backup: {categories: {nginx: {source: ${nginx}}}}`;
    const profile = `database: {engine: none}\n${source}`;
    const site = smallSite(folder, { a: 'a' }, { profile });
    const names = async (path: string) =>
      (await exec('tar', ['-tzf', path])).stdout
        .split('\n')
        .filter((name) => name.endsWith('.conf'))
        .sort();
    const run = await site.run(['backup', 'run', 'nginx', '--json']);
    assert.equal(run.code, 0, run.stdout);
    assert.deepEqual(await names(pathsOf(run)[0] ?? ''), [
      'conf.d/shop.conf',
      'nginx.conf',
      'snippets/tls.conf',
    ]);
    assert.deepEqual(run.json().warnings.length, 1, run.stdout);
    assert.match(
      run.json().warnings.join(),
      /app\.conf is part of nginx's configuration and lies outside/,
    );
    const config = await site.run(['backup', 'run', 'config', '--json']);
    assert.deepEqual(await names(pathsOf(config)[0] ?? ''), [
      'nginx/conf.d/shop.conf',
      'nginx/nginx.conf',
      `nginx/outside${folder}/app.conf`,
      'nginx/snippets/tls.conf',
    ]);
    // What the profile says is not added to; what it leaves out is said.
    writeFileSync(
      site.profile,
      readFileSync(site.profile, 'utf8').replace(
        `${nginx}}`,
        `${nginx}, include: [nginx.conf, conf.d]}`,
      ),
    );
    symlinkSync(join(folder, 'app.conf'), join(nginx, 'conf.d/app.conf'));
    const own = await site.run(['backup', 'run', 'nginx', '--json']);
    assert.match(own.json().warnings.join('\n'), /tls\.conf .*include does not name it/);
  });
});

describe('backup run --all', () => {
  it('questions a profile without a database when the settings name one', async (t) => {
    const env = { '.env': 'DATABASE_URL=postgres://u@127.0.0.1/shop\n' };
    const site = smallSite(temporaryFolder(t), env, { profile: only(others) });
    const run = await site.run(['backup', 'run', '--all', '--json']);
    assert.equal(run.code, 7, run.stdout);
    assert.match(run.json().warnings.join(), /DATABASE_URL/);
    const dry = await site.run(['backup', 'run', '--all', '--dry-run']);
    assert.equal(dry.code, 0);
    assert.match(dry.stdout, /In none of these backups:[\s\S]*TLS certificates/);
    assert.match((await site.run(['doctor'])).stdout, /Crontabs/);
  });
});
