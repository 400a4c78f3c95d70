import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { type Progress, silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import type { RetentionPolicy } from '../src/retention/policy.ts';
import { type PlannedPrune, planPrune, prune } from '../src/retention/prune.ts';
import {
  cutOff,
  type PlacedBackup,
  placeBackup,
  placeBackupIn,
  placedOwner,
} from './catalog-folder.ts';

const day = 86_400_000;

function plan(state: string, policy: RetentionPolicy, read: string[] = []): Promise<PlannedPrune> {
  const progress: Progress = {
    ...silentProgress(),
    report: ({ detail = '' }) => {
      const [file = ''] = detail.split(',');
      if (!read.includes(file)) read.push(file);
    },
  };
  return planPrune({ state, categories: ['server'], owner: placedOwner, policy, progress });
}

const stampsOf = (backups: readonly { path: string }[]) =>
  backups.map(({ path }) => basename(path).slice('server-'.length, -'.tar.gz'.length)).sort();

/** Changes a byte in the middle: the size says nothing. */
function rot({ path }: PlacedBackup): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
}

describe('planPrune', () => {
  function wrecks(state: string): void {
    placeBackup(state, '2025-11-10_0100');
    cutOff(placeBackup(state, '2025-11-10_2300'));
    placeBackup(state, '2025-11-11_0100');
    rmSync(placeBackup(state, '2025-11-11_0200').path);
    placeBackup(state, '2025-11-12_0100');
  }

  it('gives no day to a wreck or a lone sidecar', async (t) => {
    const state = temporaryFolder(t);
    wrecks(state);
    const planned = await plan(state, { keepDaily: 14 });
    assert.deepEqual(stampsOf(planned.delete), []);
    const broken = planned.keep.filter((backup) => backup.broken);
    assert.deepEqual(stampsOf(broken), ['2025-11-10_2300', '2025-11-11_0200']);
    for (const { reason } of broken) assert.match(reason, /^broken .*not counted, and kept$/);
  });

  it('does not count them among the last', async (t) => {
    const state = temporaryFolder(t);
    wrecks(state);
    const planned = await plan(state, { keepLast: 2 });
    assert.deepEqual(stampsOf(planned.delete), ['2025-11-10_0100']);
    const good = planned.keep.filter((backup) => !backup.broken);
    assert.deepEqual(stampsOf(good), ['2025-11-11_0100', '2025-11-12_0100']);
  });

  it('lets broken ones go by age alone, and never without a good one', async (t) => {
    const state = temporaryFolder(t);
    wrecks(state);
    const { delete: gone } = await plan(state, { olderThanMs: 0 });
    assert.deepEqual(stampsOf(gone), [
      '2025-11-10_0100',
      '2025-11-10_2300',
      '2025-11-11_0100',
      '2025-11-11_0200',
    ]);
    const other = temporaryFolder(t);
    cutOff(placeBackup(other, '2025-11-10_2300'));
    const planned = await plan(other, { olderThanMs: 0 });
    assert.deepEqual(stampsOf(planned.delete), []);
    assert.match(planned.warnings.join(), /No backup of server proves good/);
  });

  it('takes the day from one that does not prove good', async (t) => {
    const state = temporaryFolder(t);
    placeBackup(state, '2025-11-10_0100');
    rot(placeBackup(state, '2025-11-10_2300'));
    placeBackup(state, '2025-11-10_0030');
    placeBackup(state, '2025-11-12_0100');
    const planned = await plan(state, { keepDaily: 14 });
    assert.deepEqual(stampsOf(planned.delete), ['2025-11-10_0030']);
    assert.match(planned.warnings.join(), /2025-11-10_2300\.tar\.gz is not good/);
  });

  it('takes a place among the last from one that does not prove good', async (t) => {
    const state = temporaryFolder(t);
    placeBackup(state, '2025-11-09_0100');
    placeBackup(state, '2025-11-10_0100');
    rot(placeBackup(state, '2025-11-11_0100'));
    placeBackup(state, '2025-11-12_0100');
    const planned = await plan(state, { keepLast: 2 });
    assert.deepEqual(stampsOf(planned.delete), ['2025-11-09_0100']);
  });

  it('reads only what stays at the cost of another', async (t) => {
    const state = temporaryFolder(t);
    for (const stamp of ['2025-11-09_0100', '2025-11-10_0100', '2025-11-10_0200'])
      placeBackup(state, stamp);
    for (const stamp of ['2025-11-11_0100', '2025-11-12_0100']) placeBackup(state, stamp);
    const none: string[] = [];
    await plan(state, { keepLast: 5 }, none);
    assert.deepEqual(none, []);
    const read: string[] = [];
    await plan(state, { keepDaily: 14 }, read);
    assert.deepEqual(read, ['server-2025-11-12_0100.tar.gz', 'server-2025-11-10_0200.tar.gz']);
  });

  it('deletes no folder that has the name of an archive', async (t) => {
    const state = temporaryFolder(t);
    placeBackup(state, '2025-11-12_0100');
    mkdirSync(join(state, 'server', 'server-2025-11-01_0000.tar.gz'));
    assert.deepEqual((await plan(state, { olderThanMs: 0 })).delete, []);
  });

  it('takes a copy under another name for what its name says', async (t) => {
    const state = temporaryFolder(t);
    placeBackup(state, '2025-11-12_0100');
    const archive = 'server-2025-11-12_0100.tar.gz';
    const createdAt = '2025-11-12T01:00:00.000+00:00';
    placeBackup(state, '2025-01-01_0300', { archive, createdAt });
    const { delete: gone } = await plan(state, { keepLast: 1 });
    assert.deepEqual(stampsOf(gone), ['2025-01-01_0300']);
  });

  it('goes by the sidecar for what is in the future', async (t) => {
    const state = temporaryFolder(t);
    const old = placeBackup(state, '2037-01-01_0100', {
      createdAt: '2025-01-01T01:00:00.000+00:00',
    });
    const future = placeBackupIn(state, day);
    placeBackupIn(state, -day);
    const planned = await plan(state, { keepLast: 1 });
    assert.deepEqual(
      planned.delete.map(({ path }) => path),
      [old.path],
    );
    assert.equal(
      planned.keep.find(({ path }) => path === future.path)?.reason,
      'its time is in the future',
    );
  });
});

describe('prune', () => {
  it('says what is gone although the next cannot be deleted', async (t) => {
    const state = temporaryFolder(t);
    for (const stamp of ['2025-11-09_0100', '2025-11-10_0100', '2025-11-11_0100'])
      placeBackup(state, stamp);
    const planned = await plan(state, { keepLast: 1 });
    const [first, second] = planned.delete;
    assert.ok(first && second);
    rmSync(second.path);
    mkdirSync(second.path);
    const gone: string[] = [];
    assert.throws(() => prune(planned, ({ path }) => gone.push(path)), /Cannot delete/);
    assert.deepEqual(gone, [first.path]);
  });
});
