import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isOpsError, type Progress, type ProgressState, silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import type { Analysis, AnalysisSettings } from '../src/analysis.ts';
import { duplicateLines } from '../src/run/csv.ts';
import type { RunMeta } from '../src/run/meta.ts';
import { type RunOptions, runAnalysis } from '../src/run/run.ts';
import {
  analysisFolders,
  loadAnalysis,
  planPrune,
  prune,
  type RunIndex,
  readRuns,
  writeIndex,
} from '../src/run/store.ts';
import { du, makeAwkwardTree, setAge, writeFiles } from './tree-fixture.ts';

const settings: AnalysisSettings = {
  dedupeMode: 'quick',
  maxHashMb: 20,
  staleDays: 180,
  largeMb: 50,
  exclude: [],
  crossFileSystems: false,
};

function optionsFor(folder: string, changes: Partial<RunOptions> = {}): RunOptions {
  return {
    scope: 'prod',
    path: join(folder, 'site'),
    state: join(folder, 'state'),
    version: '1.2.3',
    settings,
    tracked: async () => false,
    openPaths: async () => [],
    ...changes,
  };
}

const run = (folder: string, changes: Partial<RunOptions> = {}): Promise<Analysis> =>
  runAnalysis(optionsFor(folder, changes), silentProgress());

const moment = (second: number): Date => new Date(2026, 10, 22, 6, 7, second);

function json<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

test('a run is three files, and the index lists it', async (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'site'));
  makeAwkwardTree(join(folder, 'site'));
  writeFiles(folder, {
    'site/a/same': 'x',
    'site/b/same': 'x',
    'site/node_modules/p/index.js': 'y',
  });
  setAge(join(folder, 'site/a/same'), 300);
  const analysis = await run(folder, { now: moment(8) });
  assert.equal(analysis.run, '2026-11-22_060708');
  const { runs, index } = analysisFolders(join(folder, 'state'));
  assert.deepEqual(readdirSync(join(runs, analysis.run)).sort(), [
    'analysis.json',
    'duplicates.csv',
    'meta.json',
  ]);
  assert.equal(statSync(join(runs, analysis.run, 'analysis.json')).mode & 0o777, 0o600);
  assert.equal(statSync(runs).mode & 0o777, 0o700);

  const stored = json<Analysis>(join(runs, analysis.run, 'analysis.json'));
  assert.deepEqual(stored, JSON.parse(JSON.stringify(analysis)));
  assert.deepEqual([stored.totals.bytes], du([join(folder, 'site')], '--apparent-size'));
  assert.deepEqual([stored.stale.files, stored.stale.bytes, stored.stale.days], [1, 1, 180]);
  assert.equal(stored.junk.items[0]!.path, join(folder, 'site/node_modules'));
  assert.ok(
    stored.duplicates.groups.some(({ paths }) => paths.includes(join(folder, 'site/a/same'))),
  );

  const meta = json<RunMeta>(join(runs, analysis.run, 'meta.json'));
  assert.deepEqual(
    [meta.run, meta.scope, meta.version, meta.tool],
    [analysis.run, 'prod', '1.2.3', 'om-ops'],
  );
  assert.equal(Date.parse(meta.timestamp), moment(8).getTime());
  assert.deepEqual(meta.stats, {
    files: analysis.totals.files,
    directories: analysis.totals.directories,
    bytes: analysis.totals.bytes,
    diskBytes: analysis.totals.diskBytes,
    reclaimableBytes: analysis.totals.reclaimableBytes,
    junkBytes: analysis.junk.bytes,
    junkFiles: 1,
    staleFiles: 1,
    staleBytes: 1,
    duplicateBytes: analysis.duplicates.wastedBytes,
    duplicateGroups: analysis.duplicates.groupCount,
    skipped: 0,
  });
  assert.deepEqual(json<RunIndex>(index), { version: 1, runs: [meta] });
  assert.deepEqual(loadAnalysis(join(folder, 'state')), {
    ...stored,
    duplicates: { ...stored.duplicates },
  });
});

test('what SURFACE.md promises is in the result', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'site/a': 'x' });
  const result = await run(folder);
  for (const key of [
    'run',
    'scope',
    'path',
    'totals',
    'junk',
    'duplicates',
    'stale',
    'largestFiles',
    'largestDirectories',
    'types',
    'recent',
    'recommendations',
  ] as const)
    assert.ok(key in result, key);
  assert.deepEqual(Object.keys(result.recent), ['24h', '7d', '30d']);
  assert.deepEqual(Object.keys(result.largestFiles[0]!), ['path', 'bytes', 'modified']);
  assert.match(
    result.largestFiles[0]!.modified,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/,
  );
});

test('duplicates.csv opens right in a spreadsheet', () => {
  const lines = [
    ...duplicateLines([
      { bytes: 7, hash: 'ab', paths: ['/a,b', '/say "hi"'], links: ['/new\nline'] },
      { bytes: 5, paths: ['=cmd|x', '+1', '-1', '@x', '\tx', 'plain'] },
    ]),
  ];
  assert.equal(
    lines.join(''),
    '\ufeffgroup,bytes,wasted_bytes,sha256,hard_link,path\r\n' +
      '1,7,7,ab,no,"/a,b"\r\n' +
      '1,7,7,ab,no,"/say ""hi"""\r\n' +
      '1,7,7,ab,yes,"/new\nline"\r\n' +
      "2,5,25,,no,'=cmd|x\r\n" +
      "2,5,25,,no,'+1\r\n" +
      "2,5,25,,no,'-1\r\n" +
      "2,5,25,,no,'@x\r\n" +
      "2,5,25,,no,'\tx\r\n" +
      '2,5,25,,no,plain\r\n',
  );
});

test('a run never overwrites another, not even of the same second', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'site/a': 'x' });
  const made = await Promise.all([1, 2, 3].map(() => run(folder, { now: moment(8) })));
  assert.deepEqual(made.map((each) => each.run).sort(), [
    '2026-11-22_060708',
    '2026-11-22_060708-2',
    '2026-11-22_060708-3',
  ]);
  const { index } = analysisFolders(join(folder, 'state'));
  assert.deepEqual(
    json<RunIndex>(index).runs.map((each) => each.run),
    made.map((each) => each.run).sort(),
  );
});

test('the index is made anew when it is missing, wrong or not JSON', async (context) => {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  writeFiles(folder, { 'site/a': 'x' });
  for (const second of [1, 2]) await run(folder, { now: moment(second) });
  const { index, runs } = analysisFolders(state);
  const right = readFileSync(index, 'utf8');
  for (const wrong of [
    undefined,
    'not JSON',
    '{"version":1,"runs":[{"run":"invented"}]}',
    right.replace('"files": 1', '"files": 5'),
  ]) {
    if (wrong === undefined) rmSync(index);
    else writeFileSync(index, wrong);
    assert.deepEqual(
      readRuns(state).map((each) => each.run),
      ['2026-11-22_060701', '2026-11-22_060702'],
    );
    await writeIndex(state);
    assert.equal(readFileSync(index, 'utf8'), right);
  }
  rmSync(join(runs, '2026-11-22_060701'), { recursive: true });
  assert.equal((await writeIndex(state)).length, 1);
});

test('runs of older versions are read as far as they go', async (context) => {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  writeFiles(folder, {
    'site/a': 'x',
    'state/analysis/runs/2025-01-01_000000/meta.json': JSON.stringify({
      timestamp: '2025-01-01T00:00:00+00:00',
      scope: 'server',
      stats: { files: 5, bytes: 'many', other: 3 },
    }),
    'state/analysis/runs/2025-01-02_000000/analysis.json': JSON.stringify({
      scope: 'front-end',
      totals: { files: 7, bytes: 70 },
      duplicates: { groups: [{ bytes: 1, paths: ['/a', '/b'] }] },
    }),
    'state/analysis/runs/2025-01-03_000000/meta.json': '{"torn',
    'state/analysis/runs/not-a-run/meta.json': '{}',
  });
  const [first, second, third] = readRuns(state);
  assert.deepEqual([first!.scope, first!.stats, first!.path], ['server', { files: 5 }, '']);
  assert.deepEqual(
    [second!.scope, second!.stats.files, second!.stats.junkBytes],
    ['front-end', 7, 0],
  );
  assert.deepEqual([third!.run, third!.scope, third!.stats], ['2025-01-03_000000', 'unknown', {}]);
  const old = loadAnalysis(state, '2025-01-02_000000');
  assert.deepEqual(
    [old.duplicates.groupCount, old.duplicates.pathCount, old.junk.items, old.comparable.files],
    [1, 2, [], []],
  );
  await run(folder, { now: moment(1) });
  assert.equal(readRuns(state).length, 4);
});

test('a run that is not there is named, with one that is', async (context) => {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  const refusal = (name?: string) => {
    try {
      loadAnalysis(state, name);
    } catch (error) {
      assert.ok(isOpsError(error));
      return [error.code, error.exit, error.message.replaceAll(folder, ''), ...error.suggestions];
    }
    return [];
  };
  assert.deepEqual(refusal(), [
    'E_NO_RUN',
    2,
    'There is no analysis in /state/analysis/runs yet.',
    'Make one: om-ops analysis run prod',
  ]);
  writeFiles(folder, { 'site/a': 'x' });
  await run(folder, { now: moment(1) });
  assert.deepEqual(refusal('2026-01-01_000000'), [
    'E_NO_RUN',
    2,
    'There is no analysis 2026-01-01_000000 in /state/analysis/runs.',
    'The newest is 2026-11-22_060701',
    'See them all: om-ops analysis list',
  ]);
  assert.equal(refusal('../../../etc')[0], 'E_NO_RUN');
  writeFileSync(join(state, 'analysis/runs/2026-11-22_060701/analysis.json'), '[]');
  assert.equal(refusal()[0], 'E_RUN_UNREADABLE');
});

test('a prune keeps the newest and the index follows', async (context) => {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  writeFiles(folder, { 'site/a': 'x' });
  for (const second of [1, 2, 3, 4]) await run(folder, { now: moment(second) });
  const plan = planPrune(state, 2);
  assert.deepEqual(plan, {
    kept: ['2026-11-22_060704', '2026-11-22_060703'],
    removed: ['2026-11-22_060702', '2026-11-22_060701'],
  });
  assert.equal(readRuns(state).length, 4);
  await prune(state, plan);
  assert.deepEqual(readdirSync(analysisFolders(state).runs).sort(), plan.kept.toReversed());
  assert.equal(json<RunIndex>(analysisFolders(state).index).runs.length, 2);
  assert.deepEqual(planPrune(state, 5).removed, []);
  for (const keep of [0, -1, 1.5, Number.NaN])
    assert.throws(() => planPrune(state, keep), { code: 'E_KEEP' });
});

test('STATE is not analysed, and nothing below it may be', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'site/a': 'x', 'site/state/backup.tar.gz': 'x' });
  const state = join(folder, 'site/state');
  const analysis = await run(folder, { state });
  assert.deepEqual([analysis.totals.files, analysis.junk.items], [1, []]);
  for (const path of [state, join(state, 'analysis')])
    await assert.rejects(run(folder, { path, state }), { code: 'E_STATE', exit: 2 });
});

test('the second run knows how much there is to read', async (context) => {
  const folder = temporaryFolder(context);
  for (let at = 0; at < 1500; at += 1) writeFiles(folder, { [`site/d${at % 50}/f${at}`]: 'x' });
  await run(folder, { now: moment(1) });
  const states: ProgressState[] = [];
  const progress = { ...silentProgress(), report: (state: ProgressState) => states.push(state) };
  await runAnalysis(
    optionsFor(folder, { settings: { ...settings, dedupeMode: 'full' } }),
    progress,
  );
  const stages = [...new Set(states.map(({ stage }) => stage))];
  assert.deepEqual(stages.slice(-3), [
    'looking for duplicates',
    'comparing beginnings',
    'writing the run',
  ]);
  const last = states.findLast(({ stage }) => stage === 'comparing beginnings')!;
  assert.deepEqual(
    [last.files, last.totalFiles, last.bytes, last.totalBytes],
    [1500, 1500, 1500, 1500],
  );
});

/** Aborts when a stage is first reported. */
function abortingAt(stage: string): { progress: Progress; abortedAt: () => number } {
  const controller = new AbortController();
  let abortedAt = 0;
  return {
    abortedAt: () => abortedAt,
    progress: {
      ...silentProgress(),
      signal: controller.signal,
      report: (state) => {
        if (state.stage !== stage || abortedAt > 0) return;
        abortedAt = performance.now();
        controller.abort();
      },
    },
  };
}

for (const stage of [
  'counting',
  'gathering evidence',
  'looking for duplicates',
  'comparing beginnings',
  'writing the run',
])
  test(`interrupted while ${stage}: no run folder, and a valid index`, async (context) => {
    const folder = temporaryFolder(context);
    const state = join(folder, 'state');
    for (let at = 0; at < 600; at += 1) writeFiles(folder, { [`site/d${at % 20}/f${at}`]: 'x' });
    await run(folder, { now: moment(1) });
    const { progress, abortedAt } = abortingAt(stage);
    const full = { ...settings, dedupeMode: 'full' as const };
    await assert.rejects(
      runAnalysis(optionsFor(folder, { now: moment(2), settings: full }), progress),
      { code: 'E_INTERRUPTED' },
    );
    assert.ok(abortedAt() > 0 && performance.now() - abortedAt() < 10_000);
    const { runs, index } = analysisFolders(state);
    assert.deepEqual(readdirSync(runs), ['2026-11-22_060701']);
    assert.equal(json<RunIndex>(index).runs.length, 1);
    assert.deepEqual(
      readdirSync(join(state, 'analysis')).filter((name) => name.startsWith('.')),
      [],
    );
  });

test('a state folder that cannot be written is said before the work', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'site/a': 'x', blocked: 'a file' });
  const states: ProgressState[] = [];
  const progress = { ...silentProgress(), report: (state: ProgressState) => states.push(state) };
  const options = optionsFor(folder, { state: join(folder, 'blocked/state') });
  await assert.rejects(runAnalysis(options, progress), (error: unknown) => isOpsError(error));
  assert.deepEqual(states, []);
});

test('leftovers of a killed run are removed by the next', async (context) => {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  writeFiles(folder, { 'site/a': 'x' });
  const { spawnSync } = await import('node:child_process');
  const script = `
    import { RunFolder } from ${JSON.stringify(import.meta.resolve('@om-ops/kit'))};
    import { writeFileSync } from 'node:fs';
    const run = await RunFolder.create(process.argv[1]);
    writeFileSync(run.tempPath + '/analysis.json', '{');
    process.kill(process.pid, 'SIGKILL');`;
  spawnSync(process.execPath, ['--input-type=module', '-e', script, join(state, 'analysis/runs')]);
  const left = () =>
    readdirSync(join(state, 'analysis/runs')).filter((name) => name.endsWith('.partial'));
  assert.equal(left().length, 1);
  const { run: name } = await run(folder);
  assert.deepEqual(left(), []);
  assert.ok(existsSync(join(state, 'analysis/runs', name)));
});
