import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, truncateSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { demo } from '@om-ops/test-support/demo-run';
import type { Backup } from './made-backup.ts';

describe('backup prune', () => {
  it('asks, deletes by policy, and keeps the newest that proves good', async (t) => {
    const site = demo(t);
    const paths: string[] = [];
    await site.run(['backup', 'run', 'nginx', '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const [made] = result.backups;
    assert.ok(made);
    for (const day of ['01', '02', '03']) {
      const path = join(site.state, `nginx/nginx-2026-01-${day}_0300.tar.gz`);
      copyFileSync(made.path, path);
      copyFileSync(made.metadataPath, path.replace('.tar.gz', '.json'));
      paths.push(path);
    }
    // The two newest are damaged: the third is the newest good one, and has to stay.
    truncateSync(made.path, 50);
    truncateSync(paths[2] ?? '', 50);
    const argv = ['backup', 'prune', 'nginx', '--older-than', '0d'];
    const unasked = await site.run([...argv, '--json']);
    assert.equal(unasked.code, 3);
    assert.equal(existsSync(paths[0] ?? ''), true);
    assert.equal((await site.run([...argv, '--confirm', 'yes'])).code, 3);
    const pruned = await site.run([...argv, '--confirm', 'YES APPLY', '--json']);
    assert.equal(pruned.code, 0, pruned.stdout);
    assert.equal(existsSync(paths[1] ?? ''), true);
    assert.equal(existsSync(paths[0] ?? ''), false);
    assert.equal(existsSync((paths[0] ?? '').replace('.tar.gz', '.json')), false);
  });

  it('deletes nothing of a category in which nothing proves good', async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'nginx', '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    truncateSync(result.backups[0]?.path ?? '', 50);
    utimesSync(result.backups[0]?.path ?? '', 1, 1);
    const pruned = await site.run([
      'backup',
      'prune',
      '--older-than',
      '0d',
      '--confirm',
      'YES APPLY',
      '--json',
    ]);
    assert.equal(pruned.code, 0, pruned.stdout);
    assert.equal(existsSync(result.backups[0]?.path ?? ''), true);
    assert.match(pruned.json().warnings.join(' '), /No backup of nginx proves good/);
  });

  it('names what is gone, and goes on the next time, when it fails half-way', {
    skip: process.getuid?.() === 0 ? false : 'needs root to mount',
  }, async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'nginx', '--quiet']);
    const listed = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const [made] = listed.result.backups;
    assert.ok(made);
    const old = ['01', '02', '03'].map((day) => {
      const path = join(site.state, `nginx/nginx-2026-01-${day}_0300.tar.gz`);
      copyFileSync(made.path, path);
      copyFileSync(made.metadataPath, path.replace('.tar.gz', '.json'));
      return path;
    });
    const argv = [
      'backup',
      'prune',
      'nginx',
      '--keep-last',
      '1',
      '--confirm',
      'YES APPLY',
      '--json',
    ];
    // Mounted on itself, it can be read and not be deleted.
    const [first = '', second = '', third = ''] = old;
    await exec('mount', ['--bind', second, second]);
    let isMounted = true;
    const unmount = async () => {
      if (isMounted) await exec('umount', [second]);
      isMounted = false;
    };
    t.after(unmount);
    const failed = await site.run(argv);
    assert.equal(failed.code, 1, failed.stdout);
    const { error, result } = failed.json<{ outcome: string; deleted: { path: string }[] }>();
    const gone = old.filter((path) => !existsSync(path));
    assert.ok(gone.length < 3 && existsSync(second));
    assert.deepEqual(result.deleted.map(({ path }) => path).sort(), gone.sort());
    assert.match(error.message, /Cannot delete/);
    const log = readFileSync(join(site.state, 'om-ops.log'), 'utf8');
    const line = log.split('\n').findLast((one) => one.includes('backup:prune exit=1'));
    assert.ok(gone.length > 0);
    for (const path of gone) assert.ok(line?.includes(`nginx/${basename(path)}`), log);
    await unmount();
    const again = await site.run(argv);
    assert.equal(again.code, 0, again.stdout);
    assert.deepEqual(
      [first, second, third, made.path].map((path) => existsSync(path)),
      [...[false, false, false], true],
    );
    const verified = await site.run(['backup', 'verify', 'nginx', '--all-backups', '--json']);
    assert.equal(verified.code, 0, verified.stdout);
  });
});
