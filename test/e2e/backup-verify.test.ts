import assert from 'node:assert/strict';

import {
  chmodSync,
  mkdirSync,
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
import { type Backup, statuses } from './made-backup.ts';

const isRoot = process.getuid?.() === 0;

describe('backup verify', () => {
  it('fails a flipped byte, a cut file and a missing sidecar with exit 6', async (t) => {
    const site = demo(t);
    for (const category of ['server', 'images', 'nginx', 'config', 'database'])
      await site.run(['backup', 'run', category, '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const path = (category: string) =>
      result.backups.find((backup) => backup.category === category)?.path ?? '';
    const bytes = readFileSync(path('server'));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(path('server'), bytes);
    truncateSync(path('nginx'), statSync(path('nginx')).size - 20);
    rmSync(path('config').replace('.tar.gz', '.json'));
    rmSync(path('images'));
    const verified = await site.run(['backup', 'verify', '--json']);
    assert.equal(verified.code, 6);
    const envelope = verified.json<{ backups: { category: string; status: string }[] }>();
    assert.equal(envelope.ok, false);
    assert.deepEqual(
      Object.fromEntries(envelope.result.backups.map(({ category, status }) => [category, status])),
      { server: 'FAIL', images: 'FAIL', nginx: 'FAIL', config: 'FAIL', database: 'PASS' },
    );
    const text = await site.run(['backup', 'verify']);
    assert.match(text.stdout, /FAIL {2}server/);
    assert.match(text.stderr, /4 backups failed/);
  });

  it('fails a folder with the name of an archive, and checks the others', async (t) => {
    const site = demo(t);
    for (const category of ['server', 'nginx'])
      await site.run(['backup', 'run', category, '--quiet']);
    mkdirSync(join(site.state, 'prod/prod-2026-01-01_0000.tar.gz'), { recursive: true });
    const verified = await site.run(['backup', 'verify', '--json']);
    assert.equal(verified.code, 6, verified.stdout);
    assert.deepEqual(statuses(verified), { prod: 'FAIL', server: 'PASS', nginx: 'PASS' });
  });

  it('lets no sidecar hide the other backups', async (t) => {
    const site = demo(t);
    for (const category of ['server', 'nginx', 'images'])
      await site.run(['backup', 'run', category, '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    for (const [category, wrong] of Object.entries({
      server: { skipped: 5 },
      nginx: { skipped: [null] },
    })) {
      const path = result.backups.find((one) => one.category === category)?.metadataPath ?? '';
      const sidecar = JSON.parse(readFileSync(path, 'utf8')) as object;
      writeFileSync(path, JSON.stringify({ ...sidecar, ...wrong }));
    }
    const listed = await site.run(['backup', 'list', '--json']);
    assert.equal(listed.code, 0, listed.stdout);
    assert.equal(listed.json<{ backups: Backup[] }>().result.backups.length, 3);
    const verified = await site.run(['backup', 'verify', '--json']);
    assert.equal(verified.code, 6, verified.stdout);
    assert.deepEqual(statuses(verified), { server: 'FAIL', nginx: 'FAIL', images: 'PASS' });
    const restored = await site.run(['backup', 'restore', 'server', '--in-place', '--json']);
    assert.equal(restored.code, 2, restored.stdout);
    assert.match(restored.json().error.message, /damaged sidecar/);
  });

  it('fails what it may not read and checks the others; exits 5 when it may read none', {
    skip: isRoot ? false : 'needs root to become nobody',
  }, async (t) => {
    const site = demo(t);
    for (const category of ['server', 'nginx', 'images'])
      await site.run(['backup', 'run', category, '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const made = (category: string) => {
      const backup = result.backups.find((one) => one.category === category);
      assert.ok(backup);
      return backup;
    };
    await exec('chmod', ['-R', 'a+rX', join(site.root, '..')]);
    chmodSync(made('server').path, 0o600);
    chmodSync(made('nginx').metadataPath, 0o600);
    const nobody = { uid: 65534, gid: 65534 };
    const some = await site.run(['backup', 'verify', '--json'], nobody);
    assert.equal(some.code, 6, some.stdout + some.stderr);
    assert.deepEqual(statuses(some), { server: 'FAIL', nginx: 'FAIL', images: 'PASS' });
    assert.match(some.stdout, /Cannot read its sidecar [^"]*nginx-[^"]*: permission denied/);
    const none = await site.run(['backup', 'verify', 'server', '--json'], nobody);
    assert.equal(none.code, 5, none.stdout);
    assert.equal(none.json().error.code, 'E_PERMISSION');
    assert.deepEqual(statuses(none), { server: 'FAIL' });
    chmodSync(join(site.state, 'server'), 0o700);
    const closed = await site.run(['backup', 'verify', '--json'], nobody);
    assert.equal(closed.code, 6, closed.stdout);
    assert.deepEqual(statuses(closed), { nginx: 'FAIL', images: 'PASS' });
    assert.equal((await site.run(['backup', 'verify', 'server'], nobody)).code, 5);
    const listed = await site.run(['backup', 'list', '--json'], nobody);
    assert.equal(listed.code, 7, listed.stdout);
    assert.equal(listed.json<{ backups: Backup[] }>().result.backups.length, 2);
    assert.match(listed.json().warnings.join(), /permission denied/);
    assert.equal((await site.run(['backup', 'list', 'server'], nobody)).code, 5);
  });

  it('exits 6 when there is nothing to verify', async (t) => {
    assert.equal((await demo(t).run(['backup', 'verify'])).code, 6);
  });
});
