import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import type { Analysis, DuplicateGroup, FileRow } from '../src/analysis.ts';
import { type ReportInput, reportData } from '../src/report/data.ts';
import { unpackDuplicates, unpackTables } from '../src/report/packing.ts';
import type { AnalysisReport } from '../src/report/types.ts';
import { parseAnalysis } from '../src/run/document.ts';
import type { RunMeta } from '../src/run/meta.ts';
import { noise } from './tree-fixture.ts';

const word = (seed: string): string => noise(5, seed).toString('hex');

/** Duplicates as copies of package folders make them. */
function manyGroups(count: number, copies: number): DuplicateGroup[] {
  return Array.from({ length: count }, (_, at) => {
    const place = `node_modules/${word(`p${at >> 5}`)}/dist/${word(`d${at >> 3}`)}/${word(`f${at}`)}.js`;
    const bytes = 50_000 - (at % 50_000);
    return {
      bytes,
      wastedBytes: Math.ceil(bytes / 4096) * 4096 * (copies - 1),
      hash: noise(32, `h${at}`).toString('hex'),
      paths: Array.from({ length: copies }, (_, copy) => `/var/www/app-${copy}/${place}`),
    };
  });
}

function rows(count: number): FileRow[] {
  return Array.from({ length: count }, (_, at) => ({
    path: `/var/www/${word(`r${at}`)}`,
    bytes: count - at,
    modified: '2026-11-01T00:00:00.000+00:00',
  }));
}

function analysisOf(run: string, groups: DuplicateGroup[], changes: object = {}): Analysis {
  const pathCount = groups.reduce((total, { paths }) => total + paths.length, 0);
  return parseAnalysis(run, `${run.slice(0, 10)}T00:00:00+00:00`, {
    scope: 'prod',
    path: '/var/www',
    totals: { files: 100_000, bytes: 5_000_000 },
    duplicates: { mode: 'full', groups, groupCount: groups.length, pathCount, wastedBytes: 77 },
    largestFiles: rows(1000),
    largestDirectories: [],
    types: [{ extension: '.js', files: 1, bytes: 1 }],
    stale: { days: 180, files: 5000, bytes: 9, oldest: rows(1000), largest: rows(10) },
    capped: [{ key: 'largestFiles', shown: 1000, total: 100_000 }],
    comparable: {
      directories: [
        [0, '/var/www', 5_000_000, 100],
        [0, 'a', 400, 50],
        [1, 'b', 300, 20],
      ],
      files: [],
      directoriesFrom: 0,
      filesFrom: 0,
    },
    ...changes,
  })!;
}

function metaOf(run: string, changes: Partial<RunMeta> = {}): RunMeta {
  return {
    run,
    timestamp: `${run.slice(0, 10)}T00:00:00+00:00`,
    scope: 'prod',
    path: '/var/www',
    stats: { files: 1, bytes: 2, junkBytes: 3, staleFiles: 4, duplicateBytes: 5 },
    ...changes,
  };
}

function dataOf(changes: Partial<ReportInput>): Promise<AnalysisReport> {
  const input: ReportInput = {
    site: 'orthodoxmetrics',
    timeZone: 'Europe/Athens',
    folder: '/var/backups/OM/analysis',
    runs: [],
    load: () => assert.fail('no run to load'),
    work: [],
    now: new Date('2026-11-22T12:00:00Z'),
    ...changes,
  };
  return reportData(input, silentProgress());
}

const day = (number: number): string => `2026-10-${String(number).padStart(2, '0')}_000000`;

test('without runs there is an empty report', async () => {
  const report = await dataOf({});
  assert.deepEqual(
    [report.growth, report.runs, report.runsWithoutDetail, report.growthLeftOut],
    [[], [], 0, 0],
  );
});

test('a small run is embedded whole, and reads back as it was', async () => {
  const groups = manyGroups(300, 3);
  const report = await dataOf({ runs: [metaOf(day(1))], load: (run) => analysisOf(run, groups) });
  const [detail] = report.runs;
  const tables = await unpackTables(detail!.packed);
  assert.deepEqual(
    unpackDuplicates(tables.duplicates),
    groups.map(({ hash: _, ...group }) => group),
  );
  assert.deepEqual(tables.tree, [
    { parent: 0, name: '/var/www', bytes: 5_000_000, files: 100 },
    { parent: 0, name: 'a', bytes: 400, files: 50 },
    { parent: 1, name: 'b', bytes: 300, files: 20 },
  ]);
  assert.deepEqual(detail!.capped, [
    { key: 'largestFiles', shown: 500, total: 100_000 },
    { key: 'stale.oldest', shown: 500, total: 1000 },
  ]);
  assert.equal(Buffer.byteLength(JSON.stringify(tables)), detail!.unpackedBytes);
});

test('170,000 duplicate paths fit, and twelve more runs beside them', async () => {
  const large = manyGroups(52_000, 3).concat(manyGroups(7000, 2));
  const runs = Array.from({ length: 15 }, (_, at) => metaOf(day(at + 1)));
  const report = await dataOf({ runs, load: (run) => analysisOf(run, large) });
  const size = Buffer.byteLength(JSON.stringify(report));
  assert.ok(size < 1_500_000, `${size} bytes`);
  assert.equal(report.runs.length, 12);
  assert.equal(report.runsWithoutDetail, 3);
  assert.deepEqual(
    report.runs.map(({ run }) => run),
    runs
      .map(({ run }) => run)
      .reverse()
      .slice(0, 12),
  );
  const [newest, older] = report.runs;
  const shown = unpackDuplicates((await unpackTables(newest!.packed)).duplicates);
  assert.equal(shown.length, 59_000);
  assert.equal(
    newest!.capped.some(({ key }) => key === 'duplicates'),
    false,
  );
  assert.equal(newest!.duplicates.groups, 59_000);
  const olderShown = unpackDuplicates((await unpackTables(older!.packed)).duplicates).length;
  assert.ok(olderShown > 300, `${olderShown} groups`);
  assert.deepEqual(
    older!.capped.find(({ key }) => key === 'duplicates'),
    { key: 'duplicates', shown: olderShown, total: 59_000 },
  );
});

test('a run that cannot be cut small enough is a point of the growth only', async () => {
  const hostile = rows(5).map((row, at) => ({
    ...row,
    path: noise(400_000, `${at}`).toString('base64'),
  }));
  const runs = [metaOf(day(1)), metaOf(day(2))];
  const report = await dataOf({
    runs,
    load: (run) => analysisOf(run, [], run === day(2) ? { largestFiles: hostile } : {}),
    limits: { bytes: 200_000 },
  });
  assert.deepEqual(
    report.runs.map(({ run }) => run),
    [day(1)],
  );
  assert.deepEqual([report.growth.length, report.runsWithoutDetail], [2, 1]);
});

test('a run that cannot be read is left out with a warning', async () => {
  const warnings: string[] = [];
  const progress = { ...silentProgress(), warn: (message: string) => warnings.push(message) };
  const input: ReportInput = {
    site: 's',
    timeZone: 'UTC',
    folder: '/f',
    runs: [metaOf(day(1)), metaOf(day(2))],
    load: (run) => {
      if (run === day(2)) throw new Error('torn');
      return analysisOf(run, []);
    },
    work: [],
    now: new Date(),
  };
  const report = await reportData(input, progress);
  assert.deepEqual(
    report.runs.map(({ run }) => run),
    [day(1)],
  );
  assert.deepEqual(warnings, [`Run ${day(2)} is left out of the report: torn`]);
});

test('every folder has its newest run in detail', async () => {
  const runs = Array.from({ length: 20 }, (_, at) => metaOf(day(at + 1)));
  runs[2] = metaOf(day(3), { scope: 'server', path: '/srv' });
  const report = await dataOf({ runs, load: (run) => analysisOf(run, []), limits: { runs: 5 } });
  assert.deepEqual(
    report.runs.map(({ run }) => run),
    [day(20), day(19), day(18), day(17), day(3)],
  );
});

test('growth has every run, unknown numbers as null, and of too many the last of each day', async () => {
  const runs = [metaOf(day(1), { stats: {} }), metaOf(day(2), { seconds: 3 })];
  const { growth } = await dataOf({ runs, load: (run) => analysisOf(run, []) });
  assert.equal(growth[0]!.bytes, null);
  assert.deepEqual(
    [growth[1]!.bytes, growth[1]!.junkBytes, growth[1]!.diskBytes, growth[1]!.seconds],
    [2, 3, null, 3],
  );
  const many = Array.from({ length: 28 }, (_, at) =>
    [1, 2, 3].map((hour) => metaOf(`2026-10-${String(at + 1).padStart(2, '0')}_0${hour}0000`)),
  ).flat();
  const thin = await dataOf({
    runs: many,
    load: (run) => analysisOf(run, []),
    limits: { growthRuns: 20, runs: 1 },
  });
  assert.equal(thin.growth.length, 20);
  assert.equal(thin.growthLeftOut, 84 - 20);
  assert.ok(thin.growth.every(({ run }) => run.endsWith('_030000')));
  assert.equal(thin.growth.at(-1)!.run, '2026-10-28_030000');
});

test('hostile names survive', async () => {
  const paths = [
    '/a/</script><b>',
    '/a/\u2028line',
    "/it's/`x`",
    '/caf\\xE9',
    '/x/\n',
    '//double',
    '/',
  ];
  const groups = [{ bytes: 1, wastedBytes: 512, paths }];
  const report = await dataOf({ runs: [metaOf(day(1))], load: (run) => analysisOf(run, groups) });
  const [row] = unpackDuplicates((await unpackTables(report.runs[0]!.packed)).duplicates);
  assert.deepEqual(row, groups[0]);
});
