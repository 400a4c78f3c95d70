import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { acquireLock, isOpsError } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import {
  analysisFolders,
  healIndex,
  loadAnalysis,
  planPrune,
  prune,
  type RunIndex,
  readRuns,
  writeIndex,
} from '../src/run/store.ts';
import { json, moment, run } from './run-fixture.ts';
import { writeFiles } from './tree-fixture.ts';

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
  rmSync(index);
  assert.equal((await healIndex(state)).length, 1);
  assert.equal(json<RunIndex>(index).runs.length, 1);
});

test('who only reads makes no index where nothing was analysed, and waits for nobody', async (context) => {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  assert.deepEqual(await healIndex(state), []);
  assert.equal(existsSync(state), false);
  writeFiles(folder, { 'site/a': 'x' });
  await run(folder);
  const { folder: analysis, index } = analysisFolders(state);
  rmSync(index);
  using _lock = await acquireLock(analysis, 'index');
  assert.equal((await healIndex(state)).length, 1);
  assert.equal(existsSync(index), false);
});

test('the newest run is the one made last, whatever its name says of local time', async (context) => {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  writeFiles(folder, { 'site/a': 'x' });
  const meta = (name: string, timestamp: string) => {
    const path = join(analysisFolders(state).runs, name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'meta.json'), JSON.stringify({ timestamp, scope: 'prod', stats: {} }));
    writeFileSync(
      join(path, 'analysis.json'),
      JSON.stringify({ scope: 'prod', createdAt: timestamp, totals: { files: 1 } }),
    );
  };
  meta('2026-11-22_093505', '2026-11-22T09:35:05+00:00');
  meta('2026-11-22_043509', '2026-11-22T04:35:09-05:00');
  assert.deepEqual(
    readRuns(state).map(({ run: name }) => name),
    ['2026-11-22_093505', '2026-11-22_043509'],
  );
  assert.equal(loadAnalysis(state).run, '2026-11-22_043509');
  assert.deepEqual(planPrune(state, 1).removed, ['2026-11-22_093505']);
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

test('the name that a killed run had reserved is free again after the next', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, { 'site/a': 'x' });
  const runs = join(folder, 'state/analysis/runs');
  const script = `
    import { RunFolder } from ${JSON.stringify(import.meta.resolve('@om-ops/kit'))};
    await RunFolder.create(process.argv[1]);
    process.kill(process.pid, 'SIGKILL');`;
  const killed = spawnSync(process.execPath, ['--input-type=module', '-e', script, runs]);
  assert.equal(killed.signal, 'SIGKILL');
  assert.equal(readdirSync(runs).filter((name) => name.endsWith('.lock')).length, 1);
  const { run: name } = await run(folder);
  assert.deepEqual(readdirSync(runs), [name]);
});
