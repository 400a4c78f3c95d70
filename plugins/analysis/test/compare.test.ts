import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import type { Analysis, AnalysisSettings } from '../src/analysis.ts';
import { analyse } from '../src/run/analyse.ts';
import { comparableOf } from '../src/run/comparable.ts';
import { type Change, type Comparison, compareRuns } from '../src/run/compare.ts';
import { parseAnalysis } from '../src/run/document.ts';
import { comparisonText } from '../src/view/comparison.ts';
import { noUses } from './junk-fixture.ts';
import { inventoryOf, writeFiles } from './tree-fixture.ts';

const settings: AnalysisSettings = {
  dedupeMode: 'quick',
  maxHashMb: 20,
  staleDays: 180,
  largeMb: 50,
  exclude: [],
  crossFileSystems: false,
};

async function analysed(
  path: string,
  run: string,
  changes: Partial<AnalysisSettings> = {},
): Promise<Analysis> {
  const options = {
    scope: 'prod',
    path,
    settings: { ...settings, ...changes },
    openPaths: async () => noUses,
  };
  return { run, ...(await analyse(options, silentProgress())) };
}

function brief(folder: string, changes: readonly Change[]): [string, number][] {
  return changes.map(({ path, delta }) => [path.slice(folder.length + 1), delta]);
}

const mb = 1_000_000;

test('what grew, shrank, came and went between two runs', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'app/uploads/2025/a.jpg': mb,
    'app/uploads/2025/b.jpg': 2 * mb,
    'app/logs/big.log': 3 * mb,
    'app/gone/deep/x.bin': mb,
    'app/same/y.bin': mb,
    'app/many/1': 100,
  });
  const before = await analysed(folder, 'first');
  writeFiles(folder, {
    'app/uploads/2025/a.jpg': 4 * mb,
    'app/uploads/2025/c.jpg': mb,
    'app/new/deep/z.bin': 5 * mb,
  });
  writeFiles(folder, { 'app/logs/big.log': mb });
  rmSync(join(folder, 'app/gone'), { recursive: true });
  for (let file = 0; file < 50; file += 1) writeFiles(folder, { [`app/many/${file}`]: 20_000 });
  const after = await analysed(folder, 'second');
  const comparison = compareRuns(after, before);
  const own = 4096;
  assert.deepEqual(brief(folder, comparison.came), [
    ['app/new', 5 * mb + 2 * own],
    ['app/uploads/2025/c.jpg', mb],
    ...Array.from({ length: 50 }, (_, at) => `app/many/${at}`)
      .filter((path) => path !== 'app/many/1')
      .sort()
      .map((path): [string, number] => [path, 20_000]),
  ]);
  assert.deepEqual(brief(folder, comparison.went), [['app/gone', -(mb + 2 * own)]]);
  assert.deepEqual(brief(folder, comparison.shrank), [['app/logs/big.log', -2 * mb]]);
  assert.deepEqual(
    brief(folder, comparison.grew).filter(([, delta]) => delta < 5 * mb),
    [
      ['app/uploads/2025', 4 * mb],
      ['app/uploads/2025/a.jpg', 3 * mb],
      ['app/many', 50 * 20_000 - 100],
      ['app/many/1', 19_900],
    ],
  );
  const { bytes, files } = comparison.totals;
  assert.deepEqual(
    [bytes.before, bytes.after, bytes.delta],
    [before.totals.bytes, after.totals.bytes, after.totals.bytes - before.totals.bytes],
  );
  assert.equal(files.delta, 49 + 1 + 1 - 1);
  assert.equal(comparison.types.find(({ extension }) => extension === '.jpg')!.delta, 4 * mb);
  assert.deepEqual(comparison.counts, {
    grew: comparison.grew.length,
    shrank: 1,
    came: 2 + 49,
    went: 1,
  });
  assert.deepEqual(comparison.limits, [
    'Within junk only the upper two levels of folders are compared, and the files of the uppermost.',
  ]);
});

test('nothing changed, nothing is listed', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'a/b': 300_000 });
  const [one, two] = [await analysed(folder, 'one'), await analysed(folder, 'two')];
  const { grew, shrank, came, went, types, totals }: Comparison = compareRuns(two, one);
  assert.deepEqual([grew, shrank, came, went, types], [[], [], [], [], []]);
  assert.ok(Object.values(totals).every(({ delta }) => delta === 0));
});

test('a folder that was renamed went and came', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'releases/1/app.bin': mb });
  const before = await analysed(folder, 'one');
  renameSync(join(folder, 'releases/1'), join(folder, 'releases/2'));
  const { came, went, grew, shrank } = compareRuns(await analysed(folder, 'two'), before);
  assert.deepEqual(
    [brief(folder, came), brief(folder, went)],
    [[['releases/2', mb + 4096]], [['releases/1', -mb - 4096]]],
  );
  assert.deepEqual([grew, shrank], [[], []]);
});

test('only runs of the same folder compare, and different settings are said', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'a/x': 1, 'b/x': 1 });
  const one = await analysed(join(folder, 'a'), 'one');
  const other = await analysed(join(folder, 'b'), 'other');
  assert.throws(() => compareRuns(one, other), { code: 'E_NOT_COMPARABLE', exit: 2 });
  const different = await analysed(join(folder, 'a'), 'different', { staleDays: 7 });
  assert.ok(
    compareRuns(different, one).limits.some((limit) => limit.includes('different settings')),
  );
});

test('what may have been there all the time did not come, and what may have been smaller says so', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'a/large': 9000, 'a/small': 50, 'b/shrinks': 300_000, 'b/gone': 800 });
  const one = await analysed(folder, 'one');
  writeFiles(folder, { 'a/new': 7000, 'b/shrinks': 100 });
  rmSync(join(folder, 'b/gone'));
  const two = await analysed(folder, 'two');
  const whole = compareRuns(two, one);
  assert.deepEqual(brief(folder, whole.came), [['a/new', 7000]]);
  assert.deepEqual(brief(folder, whole.went), [['b/gone', -800]]);
  assert.ok(brief(folder, whole.shrank).some(([path]) => path === 'b/shrinks'));

  /** As if the folder had so many files that only those above `filesFrom` were kept. */
  const fewer = (analysis: Analysis, filesFrom: number): Analysis => ({
    ...analysis,
    comparable: {
      ...analysis.comparable,
      files: analysis.comparable.files.filter(([, , bytes]) => bytes > filesFrom),
      filesFrom,
    },
  });
  const cut = compareRuns(fewer(two, 1000), fewer(one, 1000));
  assert.deepEqual(
    cut.came.map(({ path, unlessUpTo }) => [path.slice(folder.length + 1), unlessUpTo]),
    [['a/new', 1000]],
  );
  assert.deepEqual(
    cut.went.map(({ path, unlessUpTo }) => [path.slice(folder.length + 1), unlessUpTo]),
    [['b/shrinks', 1000]],
  );
  assert.ok(cut.limits.some((limit) => limit.startsWith('Files of 1.00 kB and less')));
  assert.match(comparisonText(cut), /b\/shrinks \(or is 1.00 kB or less\)/);
  assert.match(comparisonText(cut), /a\/new \(or was 1.00 kB or less\)/);
  assert.deepEqual(compareRuns(two, fewer(two, 8000)).came, []);
});

test('an older run without sizes compares by its totals', () => {
  const old = parseAnalysis('old', '2025-01-01T00:00:00+00:00', {
    path: '/site',
    totals: { bytes: 100, files: 2 },
  })!;
  const recent = parseAnalysis('recent', '2026-01-01T00:00:00+00:00', {
    path: '/site',
    totals: { bytes: 150, files: 3 },
  })!;
  const { totals, limits } = compareRuns(recent, old);
  assert.deepEqual(totals.bytes, { before: 100, after: 150, delta: 50 });
  assert.ok(limits.some((limit) => limit.startsWith('Run old kept no sizes')));
});

test('what is kept for comparing is bounded, whole from the top, and says from where on', async (context) => {
  const folder = temporaryFolder(context);
  for (let at = 0; at < 30; at += 1) writeFiles(folder, { [`d${at % 5}/e${at}/f`]: at * 1000 });
  mkdirSync(join(folder, 'x/node_modules/a/b/c/d'), { recursive: true });
  writeFileSync(join(folder, 'x/node_modules/a/b/c/d/large'), Buffer.alloc(500_000));
  const { tree, sums } = await inventoryOf(folder);
  const junk = tree.folders.names.indexOf('node_modules');
  const findingOf = new Int32Array(tree.folders.count)
    .fill(-1)
    .fill(0, junk, tree.folders.end[junk]!);
  const findings = [{ folder: junk }] as unknown as Parameters<typeof comparableOf>[2]['findings'];
  const all = comparableOf(tree, sums, { findings, findingOf });
  assert.equal(all.directoriesFrom, 0);
  assert.equal(all.directories.length, tree.folders.count - 2, 'c and d lie too deep in junk');
  assert.equal(all.files.length, 30, 'what is deep in junk is not kept');
  assert.equal(all.filesFrom, 0);
  const few = comparableOf(tree, sums, { findings, findingOf }, { directories: 8, files: 3 });
  assert.equal(few.directories.length, 8);
  assert.equal(few.directories[0]![1], folder);
  assert.ok(few.directories.every(([parent], index) => parent < index || index === 0));
  assert.equal(few.directoriesFrom, Math.min(...few.directories.map(([, , bytes]) => bytes)));
  assert.deepEqual(
    few.files.map(([, , bytes]) => bytes),
    [29_000, 28_000, 27_000],
  );
  assert.equal(few.filesFrom, 27_000);
});
