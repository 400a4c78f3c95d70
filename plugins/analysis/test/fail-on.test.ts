import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOpsError } from '@om-ops/kit';
import { parseAnalysis } from '../src/run/document.ts';
import { exceeded, failKeys, parseFailOn } from '../src/run/fail-on.ts';

test('limits are read with and without units', () => {
  assert.deepEqual(parseFailOn(' junk-bytes=500M, stale=1000 ,bytes=1.5GiB,files=2k,'), [
    { key: 'junk-bytes', limit: 500 * 1024 ** 2 },
    { key: 'stale', limit: 1000 },
    { key: 'bytes', limit: 1.5 * 1024 ** 3 },
    { key: 'files', limit: 2048 },
  ]);
});

test('what cannot be read is wrong use, and says what can', () => {
  for (const [text, message] of [
    ['', /--fail-on is empty/],
    [' , ', /--fail-on is empty/],
    ['junk', /`junk` in --fail-on is not KEY=NUMBER/],
    ['junk-bites=1', /knows no `junk-bites`; it knows .*junk-bytes/],
    ['toString=1', /knows no `toString`/],
    ['stale=-1', /`-1` in --fail-on is not a number/],
    ['stale=1e3', /is not a number/],
    ['stale=', /is not a number/],
    ['stale=1=2', /is not KEY=NUMBER/],
  ] as const)
    assert.throws(
      () => parseFailOn(text),
      (error: unknown) => isOpsError(error) && error.exit === 2 && message.test(error.message),
      text,
    );
});

test('a limit is exceeded by more, not by as much', () => {
  const analysis = parseAnalysis('2026-11-22_060708', '', {
    totals: { bytes: 10, diskBytes: 20, files: 3, directories: 4 },
    junk: { bytes: 5, files: 6 },
    stale: { files: 7, bytes: 8 },
    duplicates: { wastedBytes: 9, groupCount: 11 },
    skipped: { count: 1 },
  })!;
  assert.deepEqual(exceeded(parseFailOn('bytes=10,junk-bytes=4,stale=7,skipped=0'), analysis), [
    { key: 'junk-bytes', limit: 4, actual: 5 },
    { key: 'skipped', limit: 0, actual: 1 },
  ]);
  const all = exceeded(
    failKeys.map((key) => ({ key, limit: 0 })),
    analysis,
  );
  assert.deepEqual(Object.fromEntries(all.map(({ key, actual }) => [key, actual])), {
    bytes: 10,
    'disk-bytes': 20,
    files: 3,
    directories: 4,
    'junk-bytes': 5,
    'junk-files': 6,
    'duplicate-bytes': 9,
    'duplicate-groups': 11,
    stale: 7,
    'stale-bytes': 8,
    skipped: 1,
  });
});
