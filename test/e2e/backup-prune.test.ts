import assert from 'node:assert/strict';

import { copyFileSync, existsSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

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
});
