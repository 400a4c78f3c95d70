import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { isOpsError, isoWithOffset, type OpsError, silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { readCatalog } from '../src/catalog/catalog.ts';
import { inPlaceTarget } from '../src/restore/restore.ts';
import { findRestoreSource } from '../src/restore/source.ts';
import { verifyBackup } from '../src/verify/backup.ts';
import { cutOff, placeBackup, placeBackupIn, placedOwner } from './catalog-folder.ts';

const hour = 3_600_000;
const names = (state: string) =>
  readCatalog(state, 'server', placedOwner).map(({ path }) => basename(path));
const states = (state: string) =>
  readCatalog(state, 'server', placedOwner).map((entry) => entry.state);

/** What it throws, which has to be an error for users. */
function errorOf(work: () => unknown): OpsError {
  try {
    work();
  } catch (error) {
    assert.ok(isOpsError(error), String(error));
    return error;
  }
  throw new Error('It did not fail.');
}

describe('readCatalog', () => {
  it('goes by when a backup was made, not by the local time in its name', (t) => {
    const state = temporaryFolder(t);
    const tokyo = placeBackup(state, '2025-06-01_2100', {
      createdAt: '2025-06-01T21:00:00.000+09:00',
    });
    const utc = placeBackup(state, '2025-06-01_1230', {
      createdAt: '2025-06-01T12:30:00.000+00:00',
    });
    assert.deepEqual(names(state), [utc.name, tokyo.name]);
    assert.equal(findRestoreSource('server', state, '/', placedOwner).archive, utc.path);
  });

  it('knows which of two is newer when the clocks are put back', (t) => {
    const state = temporaryFolder(t);
    const summer = placeBackup(state, '2025-10-26_0255', {
      createdAt: '2025-10-26T02:55:00.000+02:00',
    });
    const winter = placeBackup(state, '2025-10-26_0205', {
      createdAt: '2025-10-26T02:05:00.000+01:00',
    });
    assert.deepEqual(names(state), [winter.name, summer.name]);
  });

  it('goes by the number when two were made at one instant', (t) => {
    const state = temporaryFolder(t);
    const createdAt = '2025-06-01T12:30:00.000+00:00';
    for (const stamp of ['2025-06-01_1230-2', '2025-06-01_1230', '2025-06-01_1230-10'])
      placeBackup(state, stamp, { createdAt });
    assert.deepEqual(names(state), [
      'server-2025-06-01_1230-10.tar.gz',
      'server-2025-06-01_1230-2.tar.gz',
      'server-2025-06-01_1230.tar.gz',
    ]);
  });

  it('takes the second of a minute for the newer although it has no sidecar', (t) => {
    const state = temporaryFolder(t);
    const first = placeBackup(state, '2025-06-01_1230', {
      createdAt: isoWithOffset(new Date(2025, 5, 1, 12, 30, 40)),
    });
    const second = placeBackup(state, '2025-06-01_1230-2');
    rmSync(second.metadataPath);
    assert.deepEqual(names(state), [second.name, first.name]);
  });

  const wrong: Record<string, Record<string, unknown>> = {
    'skipped that is a number': { skipped: 5 },
    'skipped of nothing': { skipped: [null] },
    'no source': { source: undefined },
    'a time that is none': { createdAt: 'zzz' },
    'a size that is a text': { bytes: '12' },
    'a negative number of files': { files: -1 },
    'a category there is not': { category: 'everything' },
    'an archive that is no name': { archive: 7 },
    'a SHA-256 that is none': { sha256: 'abc' },
  };
  for (const [what, sidecar] of Object.entries(wrong)) {
    it(`takes a sidecar for damaged with ${what}`, async (t) => {
      const state = temporaryFolder(t);
      placeBackup(state, '2025-06-01_1200', sidecar);
      placeBackup(state, '2025-06-01_1100');
      assert.deepEqual(states(state), ['no-metadata', 'complete']);
      const [newest] = readCatalog(state, 'server', placedOwner);
      assert.ok(newest);
      const { status, problems } = await verifyBackup(newest, silentProgress());
      assert.equal(status, 'FAIL');
      const [key] = Object.keys(sidecar);
      assert.equal(problems[0]?.code, 'E_SIDECAR_INVALID');
      assert.match(problems[0]?.message ?? '', new RegExp(`\`${key}\``));
      const source = findRestoreSource('server', state, '/', placedOwner);
      assert.equal(source.lack, 'damaged');
      assert.match(errorOf(() => inPlaceTarget(source, placedOwner)).message, /damaged sidecar/);
    });
  }

  it('does not wait for a sidecar that is a pipe', (t) => {
    const state = temporaryFolder(t);
    const { metadataPath } = placeBackup(state, '2025-06-01_1200');
    rmSync(metadataPath);
    execFileSync('mkfifo', [metadataPath]);
    assert.deepEqual(states(state), ['no-metadata']);
  });
});

describe('verifyBackup', () => {
  it('compares size, name and category with the sidecar', async (t) => {
    const expected: [Record<string, unknown>, string, string][] = [
      [{ bytes: 7 }, 'size-differs', 'E_SIZE'],
      [{ archive: 'server-2025-01-01_0000.tar.gz' }, 'renamed', 'E_SIDECAR_MISMATCH'],
      [{ category: 'prod' }, 'no-metadata', 'E_SIDECAR_MISMATCH'],
      [{ sha256: '0'.repeat(64) }, 'complete', 'E_CHECKSUM'],
    ];
    for (const [sidecar, state, code] of expected) {
      const folder = temporaryFolder(t);
      placeBackup(folder, '2025-06-01_1200', sidecar);
      const [entry] = readCatalog(folder, 'server', placedOwner);
      assert.ok(entry);
      assert.equal(entry.state, state);
      const { status, problems } = await verifyBackup(entry, silentProgress());
      assert.deepEqual([status, problems.map((problem) => problem.code)], ['FAIL', [code]]);
    }
  });

  it('fails an archive that went away meanwhile', async (t) => {
    const state = temporaryFolder(t);
    const { path } = placeBackup(state, '2025-06-01_1200');
    const [entry] = readCatalog(state, 'server', placedOwner);
    rmSync(path);
    assert.ok(entry);
    const { status, problems } = await verifyBackup(entry, silentProgress());
    assert.deepEqual([status, problems[0]?.code], ['FAIL', 'E_NOT_FOUND']);
  });
});

describe('findRestoreSource', () => {
  it('does not go back in time when the newest is cut off, and names the one before', (t) => {
    const state = temporaryFolder(t);
    const older = placeBackup(state, '2025-06-01_1100');
    const newest = placeBackup(state, '2025-06-01_1200');
    cutOff(newest);
    const { code, message, suggestions } = errorOf(() =>
      findRestoreSource('server', state, '/', placedOwner),
    );
    assert.equal(code, 'E_CHECKSUM');
    assert.ok(message.includes(newest.path), message);
    assert.match(message, /has 40 bytes/);
    assert.ok(suggestions[0]?.includes(`om-ops backup restore ${older.path} --to`));
  });

  it('does not go back in time when the newest archive is gone', (t) => {
    const state = temporaryFolder(t);
    placeBackup(state, '2025-06-01_1100');
    const newest = placeBackup(state, '2025-06-01_1200');
    rmSync(newest.path);
    const { code, message } = errorOf(() => findRestoreSource('server', state, '/', placedOwner));
    assert.equal(code, 'E_ARCHIVE_MISSING');
    assert.ok(message.includes(newest.path), message);
  });

  it('says that none is usable when the only one is damaged', (t) => {
    const state = temporaryFolder(t);
    const only = placeBackup(state, '2025-06-01_1200');
    cutOff(only);
    const { code, message } = errorOf(() => findRestoreSource('server', state, '/', placedOwner));
    assert.equal(code, 'E_NO_BACKUP');
    assert.match(message, /no usable backup of server/);
    assert.ok(message.includes(only.path), message);
  });

  it('passes over what is dated in the future, and says so', (t) => {
    const state = temporaryFolder(t);
    const now = placeBackupIn(state, -hour);
    const future = placeBackupIn(state, 48 * hour);
    const source = findRestoreSource('server', state, '/', placedOwner);
    assert.equal(source.archive, now.path);
    assert.equal(source.warnings.length, 1);
    assert.ok(source.warnings[0]?.includes(future.path));
    rmSync(now.path);
    rmSync(now.metadataPath);
    const only = findRestoreSource('server', state, '/', placedOwner);
    assert.equal(only.archive, future.path);
    assert.match(only.warnings[0] ?? '', /in the future/);
  });

  it('takes no sidecar of another archive for that of a file', (t) => {
    const state = temporaryFolder(t);
    const { path, metadataPath } = placeBackup(state, '2025-06-01_1200');
    const copy = join(state, 'copy.tar.gz');
    writeFileSync(copy, readFileSync(path));
    writeFileSync(join(state, 'copy.json'), readFileSync(metadataPath));
    const { sidecar, lack } = findRestoreSource(copy, state, '/', placedOwner);
    assert.deepEqual([sidecar, lack], [undefined, 'foreign']);
  });
});
