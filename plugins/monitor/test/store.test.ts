import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import type { Metric, State } from '@om-ops/kit';
import { runCommand } from '@om-ops/test-support/command';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import MetricsExport from '../src/commands/metrics/export.ts';
import MetricsPrune from '../src/commands/metrics/prune.ts';
import MetricsShow from '../src/commands/metrics/show.ts';
import MetricsStoreCommand from '../src/commands/metrics/store.ts';
import type { Pass, PassCheck } from '../src/pass/pass.ts';
import { metricsSection } from '../src/site/metrics.ts';
import { metricsPath } from '../src/store/database.ts';
import { storeFacts } from '../src/store/facts.ts';
import { History } from '../src/store/history.ts';
import { MetricsStore } from '../src/store/metrics-store.ts';

const noon = Date.parse('2026-11-20T12:00:00Z') / 1000;
const section = metricsSection.defaults;

/** A pass at so many seconds, with a check `disk:/` of that level and some series of that value. */
function passAt(
  t: number,
  value: number,
  { level = 'healthy' as State, series = 1, everyMs = 30_000 } = {},
): Pass {
  const metrics = Array.from(
    { length: series },
    (_, at): Metric => ({ key: `s${at}`, label: `Series ${at}`, value, unit: 'percent' }),
  );
  const check = {
    id: 'disk:/',
    title: 'Room on /',
    level,
    stale: false,
    metrics,
  } as unknown as PassCheck;
  return {
    at: new Date(t * 1000).toISOString(),
    everyMs,
    checks: [check],
    metrics: [],
  } as unknown as Pass;
}

function state(test: CleansUp): string {
  const folder = temporaryFolder(test);
  mkdirSync(join(folder, 'monitor'), { mode: 0o700 });
  return folder;
}

function store(test: CleansUp, folder: string, given: Partial<typeof section> = {}) {
  const warnings: string[] = [];
  const made = new MetricsStore(folder, { ...section, ...given }, (message) =>
    warnings.push(message),
  );
  test.after(() => made[Symbol.dispose]());
  return Object.assign(made, { warnings });
}

const range = (from: number, to: number) => ({
  since: new Date(from * 1000),
  until: new Date(to * 1000),
});

describe('the history', () => {
  it('has every sample once, its roll-ups at once, and a gap where nobody looked', (test) => {
    const folder = state(test);
    const kept = store(test, folder);
    for (let at = 0; at < 20; at += 1) kept.append(passAt(noon + at * 30, at));
    kept.append(passAt(noon + 19 * 30, 1000));
    for (let at = 60; at < 70; at += 1) kept.append(passAt(noon + at * 30, 5));
    const history = new History(folder);
    assert.equal(statSync(metricsPath(folder)).mode & 0o777, 0o600);
    const points = history.series('s0', { ...range(noon, noon + 2100), points: 7 });
    assert.deepEqual(
      points?.map(({ min, mean, max }) => [min, mean, max]),
      [
        [0, 4.5, 9],
        [10, 14.5, 19],
        [null, null, null],
        [null, null, null],
        [null, null, null],
        [null, null, null],
        [5, 5, 5],
      ],
    );
    // A day in steps of hours comes of the roll-ups, and says the same.
    const hours = history.series('s0', { ...range(noon - 86_400, noon + 3600), points: 25 });
    assert.deepEqual(hours?.at(-1), {
      at: hours?.at(-1)?.at,
      min: 0,
      mean: (190 + 50) / 30,
      max: 19,
    });
    assert.equal(hours?.filter(({ mean }) => mean !== null).length, 1);
    assert.equal(history.series('nothing', { ...range(0, 1), points: 1 }), undefined);
    assert.equal(history.samples('s0', 3).length, 3);
    // A range ends with its last second.
    const last = history.series('s0', { ...range(noon + 2010, noon + 2070), points: 2 });
    assert.deepEqual(
      last?.map(({ mean }) => mean),
      [5, 5],
    );
  });

  it('tells how each check was, and where nobody watched', (test) => {
    const folder = state(test);
    const kept = store(test, folder);
    const levels: State[] = ['healthy', 'healthy', 'warning', 'critical', 'critical', 'healthy'];
    for (const [at, level] of levels.entries()) kept.append(passAt(noon + at * 30, 1, { level }));
    kept.append(passAt(noon + 600, 1));
    const [lane, ...others] = new History(folder).lanes(range(noon - 60, noon + 700));
    assert.equal(others.length, 0);
    const seconds = (iso: string) => Date.parse(iso) / 1000 - noon;
    assert.deepEqual(
      lane?.spans.map(({ from, to, level }) => [seconds(from), seconds(to), level]),
      [
        [0, 60, 'healthy'],
        [60, 90, 'warning'],
        [90, 150, 'critical'],
        [150, 150, 'healthy'],
        [600, 600, 'healthy'],
      ],
    );
  });

  it('lets go what is past its time, and never grows beyond its cap', (test) => {
    const folder = state(test);
    const kept = store(test, folder, { maxMb: 2, raw: '2h' });
    const size = () =>
      ['', '-wal'].reduce(
        (sum, suffix) =>
          sum + (statSync(metricsPath(folder) + suffix, { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
    let largest = 0;
    for (let at = 0; at < 200; at += 1) {
      kept.append(passAt(noon + at * 60, at, { series: 150 }));
      largest = Math.max(largest, size());
    }
    assert.ok(largest <= 2e6, `${largest} bytes`);
    const facts = storeFacts(folder, 2);
    assert.equal(facts.check, 'ok');
    assert.ok(facts.rows.raw > 1000 && facts.rows.raw < 100_000, String(facts.rows.raw));
    // What went is the oldest.
    assert.equal(new History(folder).samples('s0', 1)[0]?.value, 199);
    assert.deepEqual(kept.warnings, []);
  });

  it('is moved aside and begun anew when it is damaged, and says so', (test) => {
    const folder = state(test);
    {
      using first = store({ after: () => undefined }, folder);
      for (let at = 0; at < 200; at += 1) first.append(passAt(noon + at * 30, at, { series: 20 }));
    }
    const file = openSync(metricsPath(folder), 'r+');
    const pages = Math.floor(statSync(metricsPath(folder)).size / 4096);
    for (let page = 1; page < pages; page += 1)
      writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, page * 4096);
    closeSync(file);
    assert.notEqual(storeFacts(folder, 64).check, 'ok');
    assert.throws(() => new History(folder).heads(), { code: 'E_METRICS' });
    const kept = store(test, folder);
    kept.append(passAt(noon + 90_000, 7));
    assert.match(kept.warnings.join(), /was damaged .* moved aside, to .*metrics\.db\.damaged-/);
    assert.equal(new History(folder).samples('s0', 9).length, 1);
    assert.equal(storeFacts(folder, 64).damaged.length, 1);
  });

  it('loses nothing it has said to have, when writers are killed', async (test) => {
    const folder = state(test);
    const writer = join(import.meta.dirname, 'writer.ts');
    const children = [1, 2, 3].map((number) =>
      spawn(process.execPath, [writer, folder, String(number)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const said: string[] = [];
    let more: () => void = () => undefined;
    for (const child of children)
      createInterface(child.stdout).on('line', (line) => {
        said.push(line);
        more();
      });
    while (said.length < 60) await new Promise<void>((resolve) => (more = resolve));
    const ended = children.map((child) => once(child, 'close'));
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(ended);
    store(test, folder).append(passAt(noon + 36_000, 1));
    assert.equal(storeFacts(folder, 64).check, 'ok');
    const history = new History(folder);
    for (const number of [1, 2, 3]) {
      const kept = new Set(
        history.samples(`w${number}`, 100_000).map(({ value }) => `${number} ${value}`),
      );
      for (const line of said.filter((one) => one.startsWith(`${number} `)))
        assert.ok(kept.has(line), line);
    }
  });

  const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root to mount' };

  it('keeps what it has on a full disk, and writes again when there is room', asRoot, (test) => {
    const folder = temporaryFolder(test);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=0700', 'tmpfs', folder]);
    const unmounted = () => execFileSync('umount', ['-l', folder]);
    using _mount = { [Symbol.dispose]: unmounted };
    mkdirSync(join(folder, 'monitor'));
    using kept = store({ after: () => undefined }, folder);
    kept.append(passAt(noon, 1));
    const filler = join(folder, 'filler');
    const file = openSync(filler, 'w');
    try {
      for (;;) writeSync(file, Buffer.alloc(4096));
    } catch {}
    closeSync(file);
    let refused: unknown;
    for (let at = 1; refused === undefined && at < 500; at += 1)
      try {
        kept.append(passAt(noon + at * 30, at, { series: 200 }));
      } catch (error) {
        refused = error;
      }
    assert.ok(
      ['E_DISK_FULL', 'E_METRICS'].includes((refused as { code?: string }).code ?? ''),
      String(refused),
    );
    assert.ok(new History(folder).samples('s0', 1000).some(({ value }) => value === 1));
    execFileSync('rm', [filler]);
    kept.append(passAt(noon + 20_000, 42));
    assert.equal(new History(folder).samples('s0', 1)[0]?.value, 42);
  });
});

describe('metrics commands', () => {
  it('show, export, prune and tell how the store stands', async (test) => {
    const folder = state(test);
    {
      using kept = store({ after: () => undefined }, folder);
      for (let at = 0; at < 120; at += 1) kept.append(passAt(noon + at * 30, at, { series: 2 }));
    }
    const env = { OM_OPS_NOW: new Date((noon + 3600) * 1000).toISOString() };
    const options = { state: folder, env };
    const shown = await runCommand(
      MetricsShow,
      ['s0', '--since', '1h', '--step', '10m', '--json'],
      options,
    );
    assert.equal(shown.code, 0, shown.stdout);
    const [series] = (
      shown.json<{
        series: { min: number; mean: number; max: number; p95: number; points: unknown[] }[];
      }>() as {
        result: {
          series: { min: number; mean: number; max: number; p95: number; points: unknown[] }[];
        };
      }
    ).result.series;
    assert.deepEqual(
      [series?.min, series?.mean, series?.max, series?.points.length],
      [0, 59.5, 119, 6],
    );
    const text = await runCommand(MetricsShow, ['s0', '--since', '1h'], options);
    assert.match(text.stdout, /s0 +0% +59\.5% +119%/);
    assert.match(text.stdout, /▁.*█/);
    assert.equal((await runCommand(MetricsShow, ['nothing'], options)).code, 2);
    const csv = await runCommand(MetricsExport, ['s1', '--since', '1h', '--step', '30m'], options);
    assert.deepEqual(
      csv.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(',').slice(1).join()),
      ['series,unit,min,mean,max', 's1,percent,0,29.5,59', 's1,percent,60,89.5,119'],
    );
    const open = await runCommand(MetricsExport, ['s1', '--format', 'openmetrics'], options);
    assert.match(open.stdout, /\n# EOF\n$/);
    const prune = (argv: string[]) =>
      runCommand(MetricsPrune, ['--older-than', '30min', ...argv, '--json'], options);
    assert.equal((await prune([])).code, 3);
    const dry = await prune(['--dry-run']);
    const removed = (run: typeof dry) =>
      (run.json() as { result: { removed: { raw: number } } }).result.removed;
    assert.equal(removed(dry).raw, 120);
    const done = await prune(['--confirm', 'YES APPLY']);
    assert.equal(done.code, 0, done.stdout);
    assert.deepEqual(removed(done), removed(dry));
    const facts = await runCommand(MetricsStoreCommand, ['--json'], {
      ...options,
      id: 'metrics:store',
    });
    assert.equal(facts.code, 0);
    assert.equal((facts.json() as { result: { rows: { raw: number } } }).result.rows.raw, 120);
    assert.ok(existsSync(metricsPath(folder)));
    assert.ok(!readdirSync(join(folder, 'monitor')).some((name) => name.includes('damaged')));
  });
});
