import assert from 'node:assert/strict';

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { demo } from '@om-ops/test-support/demo-run';
import { waitFor } from '@om-ops/test-support/wait';
import type { Backup } from './made-backup.ts';

const isRoot = process.getuid?.() === 0;

describe('backup restore', () => {
  it('refuses what is not there, what is not empty and what has changed', async (t) => {
    const site = demo(t);
    assert.equal((await site.run(['backup', 'restore', 'server', '--to', 'x'])).code, 5);
    assert.equal((await site.run(['backup', 'restore', 'nosuch.tar.gz', '--to', 'x'])).code, 5);
    assert.equal((await site.run(['backup', 'restore', 'server'])).code, 2);
    await site.run(['backup', 'run', 'server', '--quiet']);
    assert.equal((await site.run(['backup', 'restore', 'server', '--to', site.root])).code, 2);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const path = result.backups[0]?.path ?? '';
    const bytes = readFileSync(path);
    bytes[12] = (bytes[12] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const target = join(site.root, '../restored');
    const restored = await site.run(['backup', 'restore', path, '--to', target, '--json']);
    assert.equal(restored.code, 1);
    assert.equal(restored.json().error.code, 'E_CHECKSUM');
    assert.equal(existsSync(target), false);
  });

  it('fails rather than take an older one when the newest of a category is damaged', async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'server', '--quiet']);
    await site.run(['backup', 'run', 'server', '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const [newest, older] = result.backups;
    assert.ok(newest && older);
    truncateSync(newest.path, 50);
    const target = join(site.root, '../restored');
    const restored = await site.run(['backup', 'restore', 'server', '--to', target, '--json']);
    assert.equal(restored.code, 1, restored.stdout);
    const { code, message, suggestions } = restored.json().error;
    assert.equal(code, 'E_CHECKSUM');
    assert.ok(message.includes(newest.path), message);
    assert.ok(suggestions.join().includes(`om-ops backup restore ${older.path} --to`));
    assert.equal(existsSync(target), false);
  });

  it('brings a whole site back, byte for byte', async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'images', '--quiet']);
    const target = join(site.root, '../restored');
    assert.equal((await site.run(['backup', 'restore', 'images', '--to', target])).code, 0);
    await exec('diff', ['-r', join(site.root, 'front-end/public/images'), target]);
  });

  it('brings a closed folder back closed', async (t) => {
    const site = demo(t);
    const source = join(site.root, 'server');
    chmodSync(source, 0o2750);
    if (isRoot) chownSync(source, 33, 33);
    await site.run(['backup', 'run', 'server', '--quiet']);
    const target = join(site.root, '../restored');
    assert.equal((await site.run(['backup', 'verify', 'server', '--quiet'])).code, 0);
    assert.equal((await site.run(['backup', 'restore', 'server', '--to', target])).code, 0);
    const { mode, uid, gid } = statSync(source);
    const restored = statSync(target);
    assert.deepEqual([restored.mode, restored.uid, restored.gid], [mode, uid, gid]);
  });

  it('refuses empty values, and says where a folder that is gone can go', async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'server', '--quiet']);
    for (const flags of [
      ['--to', ''],
      ['--to', 'x', '--only', ''],
      ['--to', 'x', '--only', 'src', '--only='],
    ]) {
      const refused = await site.run(['backup', 'restore', 'server', ...flags, '--json']);
      assert.deepEqual([refused.code, refused.json().error.code], [2, 'E_USAGE'], refused.stdout);
      assert.match(refused.json().error.message, /is empty/);
    }
    const source = join(site.root, 'server');
    rmSync(source, { recursive: true });
    const gone = ['backup', 'restore', 'server', '--in-place', '--confirm', 'YES APPLY'];
    const { error } = (await site.run([...gone, '--json'])).json();
    assert.equal(error.code, 'E_NOT_FOUND');
    assert.match(error.suggestions.join(), new RegExp(`--to ${source}$`));
    assert.equal((await site.run(['backup', 'restore', 'server', '--to', source])).code, 0);
  });

  it('interrupted in place, says how far it came, and a second run finishes', async (t) => {
    const site = demo(t);
    const folder = join(site.root, 'server/many');
    mkdirSync(folder);
    const total = 20_000;
    for (let n = 0; n < total; n += 1) writeFileSync(join(folder, String(n)), `${n}`.repeat(500));
    await site.run(['backup', 'run', 'server', '--quiet']);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    const argv = ['backup', 'restore', 'server', '--in-place', '--confirm', 'YES APPLY', '--json'];
    let pid = 0;
    const running = site.run([...argv, '--only', 'many'], {
      onStart: (started) => {
        pid = started;
      },
    });
    await waitFor('the first files', () => readdirSync(folder).length > 10);
    process.kill(pid, 'SIGINT');
    const stopped = await running;
    assert.equal(stopped.code, 130, stopped.stdout);
    const { error, result } = stopped.json();
    const restored = readdirSync(folder).length;
    assert.equal(error.code, 'E_INTERRUPTED');
    assert.match(
      error.message,
      new RegExp(
        `^Interrupted; ${restored} of ${total} names were replaced or made, .*run it again`,
      ),
    );
    const { partial } = result as unknown as { partial: Record<string, number> };
    assert.deepEqual(
      [partial.names, partial.totalNames, partial.files],
      [restored, total, restored],
    );
    assert.equal((await site.run(argv)).code, 0);
    assert.equal(readdirSync(folder).length, total);
  });

  it('restores a database that answers as the original did', async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'database', '--quiet']);
    const target = join(site.root, '../restored');
    assert.equal((await site.run(['backup', 'restore', 'database', '--to', target])).code, 0);
    const { DatabaseSync } = await import('node:sqlite');
    const { stdout } = await exec('gunzip', ['-c', join(target, 'app.sql.gz')]);
    const fresh = new DatabaseSync(join(target, 'fresh.db'));
    fresh.exec(stdout);
    const original = new DatabaseSync(join(site.root, 'server/data/app.db'), { readOnly: true });
    const all =
      'SELECT * FROM record JOIN parish ON parish.id = record.parish_id ORDER BY record.id';
    assert.deepEqual(fresh.prepare(all).all(), original.prepare(all).all());
    fresh.close();
    original.close();
  });
});
