import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isOpsError, type Progress, type ProgressState, silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import type { Analysis } from '../src/analysis.ts';
import { duplicateLines } from '../src/run/csv.ts';
import type { RunMeta } from '../src/run/meta.ts';
import { runAnalysis } from '../src/run/run.ts';
import { analysisFolders, loadAnalysis, type RunIndex } from '../src/run/store.ts';
import { json, moment, optionsFor, run, settings } from './run-fixture.ts';
import { du, makeAwkwardTree, setAge, writeFiles } from './tree-fixture.ts';

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

test('what docs/surface.md promises is in the result', async (context) => {
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
    result.largestFiles[0]!.modified!,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/,
  );
});

test('duplicates.csv opens right in a spreadsheet', () => {
  const lines = [
    ...duplicateLines([
      {
        bytes: 7,
        wastedBytes: 4096,
        hash: 'ab',
        paths: ['/a,b', '/say "hi"'],
        links: ['/new\nline'],
      },
      { bytes: 5, wastedBytes: 0, paths: ['=cmd|x', '+1', '-1', '@x', '\tx', 'plain'] },
    ]),
  ];
  assert.equal(
    lines.join(''),
    '\ufeffgroup,bytes,wasted_bytes,sha256,hard_link,path\r\n' +
      '1,7,4096,ab,no,"/a,b"\r\n' +
      '1,7,4096,ab,no,"/say ""hi"""\r\n' +
      '1,7,4096,ab,yes,"/new\nline"\r\n' +
      "2,5,0,,no,'=cmd|x\r\n" +
      "2,5,0,,no,'+1\r\n" +
      "2,5,0,,no,'-1\r\n" +
      "2,5,0,,no,'@x\r\n" +
      "2,5,0,,no,'\tx\r\n" +
      '2,5,0,,no,plain\r\n',
  );
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
  assert.deepEqual(stages.slice(-4), [
    'looking for duplicates',
    'comparing ends',
    'comparing contents',
    'writing the run',
  ]);
  const last = states.findLast(({ stage }) => stage === 'comparing ends')!;
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
  'comparing ends',
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
