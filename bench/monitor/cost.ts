// What watching costs: readings, the history, `health status` against `version`, and a watch that stays.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Metric } from '@om-ops/kit';
import { hostChecks } from '../../plugins/monitor/src/checks/host.ts';
import type { Pass, PassCheck } from '../../plugins/monitor/src/pass/pass.ts';
import { readReadings } from '../../plugins/monitor/src/pass/readings.ts';
import { thisMachine } from '../../plugins/monitor/src/readers/machine.ts';
import { readProcesses } from '../../plugins/monitor/src/readers/processes.ts';
import { healthSection } from '../../plugins/monitor/src/site/health.ts';
import { metricsSection } from '../../plugins/monitor/src/site/metrics.ts';
import { metricsPath, openForWriting } from '../../plugins/monitor/src/store/database.ts';
import { History } from '../../plugins/monitor/src/store/history.ts';
import { MetricsStore } from '../../plugins/monitor/src/store/metrics-store.ts';

const program = join(import.meta.dirname, '../../bin/om-ops');
const folder = mkdtempSync(join(tmpdir(), 'om-ops-bench-'));
const median = (all: number[]) =>
  all.sort((one, other) => one - other)[Math.floor(all.length / 2)] ?? 0;
const show = (what: string, value: string, target: string) =>
  console.log(`${what.padEnd(52)}${value.padStart(16)}   ${target}`);
const cpuMs = async (rounds: number, work: (at: number) => unknown) => {
  await work(-1);
  const before = process.cpuUsage();
  for (let at = 0; at < rounds; at += 1) await work(at);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / rounds;
};

try {
  const machine = thisMachine();
  const { thresholds } = healthSection.defaults;
  const earlier = [
    { ...readReadings(machine), uptimeSeconds: readReadings(machine).uptimeSeconds - 120 },
  ];
  const checks = hostChecks({ machine, thresholds, readings: earlier, sourceOf: () => 'default' });
  const { signal } = new AbortController();
  const pass = () =>
    Promise.all(checks.map(({ check }) => check.run(signal).catch(() => undefined)));
  show('host readings, one pass', `${(await cpuMs(500, pass)).toFixed(2)} ms CPU`, '≤ 1 ms');
  const table = await cpuMs(50, () => readProcesses(machine));
  show(`process table (${readProcesses(machine).length})`, `${table.toFixed(2)} ms CPU`, '');

  const state = join(folder, 'state');
  mkdirSync(join(state, 'monitor'), { recursive: true, mode: 0o700 });
  const end = Math.floor(Date.now() / 1000);
  const metrics = Array.from(
    { length: 20 },
    (_, at): Metric => ({ key: `s${at}`, label: '', value: 50 + Math.sin(at), unit: 'percent' }),
  );
  fill(state, end);
  const store = new MetricsStore(state, metricsSection.defaults, console.error);
  const append = await cpuMs(100, (at) =>
    store.append({
      at: new Date((end + (at + 2) * 30) * 1000).toISOString(),
      everyMs: 30_000,
      checks: [
        { id: 'c', title: '', level: 'healthy', stale: false, metrics } as unknown as PassCheck,
      ],
      metrics: [],
    } as unknown as Pass),
  );
  show('20 samples and a level into 90 days of history', `${append.toFixed(2)} ms CPU`, '');
  store[Symbol.dispose]();
  show('its size', `${(statSync(metricsPath(state)).size / 1e6).toFixed(1)} MB`, '≤ 45 MB');
  const history = new History(state);
  const until = new Date(end * 1000);
  const query = (hours: number, points: number) => () =>
    history.series('s3', { since: new Date((end - hours * 3600) * 1000), until, points });
  show('24 h of one series', `${(await cpuMs(30, query(24, 288))).toFixed(1)} ms CPU`, '≤ 5 ms');
  show(
    '90 days of one series in steps of 2 h',
    `${(await cpuMs(30, query(90 * 24, 1080))).toFixed(1)} ms CPU`,
    '≤ 30 ms',
  );
  const all = await cpuMs(5, () =>
    metrics.map(({ key }) =>
      history.series(key, { since: new Date((end - 86_400) * 1000), until, points: 288 }),
    ),
  );
  show('20 series, 24 h', `${all.toFixed(0)} ms CPU`, '≤ 100 ms');

  const env = { OM_OPS_STATE: join(folder, 'watched'), OM_OPS_SITE: profile() };
  execCpu([program, 'health', 'check', '--quiet'], env);
  const ratios: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const status = execCpu([program, 'health', 'status'], env);
    ratios.push(status / execCpu([program, 'version'], env));
  }
  show('health status, to version', `× ${median(ratios).toFixed(2)} CPU`, '≤ 1.5');

  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as { port: number };
  const hanging = join(folder, 'hanging.yaml');
  const http = Array.from({ length: 12 }, (_, at) => ({
    name: `h${at}`,
    url: `http://127.0.0.1:${port}/`,
    timeout: '2s',
  }));
  writeFileSync(hanging, `root: ${folder}\nhealth: ${JSON.stringify({ http })}\n`);
  const began = performance.now();
  await ended(
    spawn(program, ['health', 'check', 'http', '--no-record', '--quiet'], {
      stdio: 'ignore',
      env: { ...process.env, ...env, OM_OPS_SITE: hanging },
    }),
  );
  show(
    'health check, 12 addresses that hang for 2 s',
    `${((performance.now() - began) / 1000).toFixed(2)} s`,
    '≤ 2.3 s and the start',
  );
  silent.close();

  const seconds = 60;
  const watch = spawn(program, ['health', 'watch', '--every', '5s'], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  await delay(8000);
  const { pid = 0 } = watch;
  const before = cpuSeconds(pid);
  await delay(seconds * 1000);
  const passMs = ((cpuSeconds(pid) - before) * 1000) / (seconds / 5);
  show('health watch, a pass, children too', `${passMs.toFixed(1)} ms CPU`, '');
  show('  at one in 30 s, of a processor', `${((100 * passMs) / 30_000).toFixed(3)}%`, '≤ 0.05%');
  show('  memory', `${(memoryOf(pid) / 1e6).toFixed(0)} MB`, '≤ 70 MB');
  watch.kill('SIGINT');
  await ended(watch);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function profile(): string {
  const path = join(folder, 'om-ops.yaml');
  writeFileSync(path, `site: bench\nroot: ${folder}\ndatabase: {engine: none}\n`);
  return path;
}

function ended(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve) => child.once('close', () => resolve()));
}

/** User and system time of a program, in ms. It may end as it likes. */
function execCpu(argv: string[], env: Record<string, string>): number {
  const times = join(folder, 'times');
  try {
    execFileSync('/usr/bin/time', ['-q', '-o', times, '-f', '%U %S', ...argv], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
  } catch {}
  const [user = 0, system = 0] =
    readFileSync(times, 'utf8').trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return 1000 * (user + system);
}

/** Of a process and its children that have ended. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) / 100;
}

function memoryOf(pid: number): number {
  const kB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kB) * 1024;
}

/** 48 h of samples, 90 days of five minutes, two years of hours, for 20 series. */
function fill(state: string, end: number): void {
  const database = openForWriting(state, 64);
  database.exec('BEGIN');
  for (let id = 1; id <= 20; id += 1)
    database
      .prepare('INSERT INTO series (id, name, unit, label) VALUES (?, ?, ?, ?)')
      .run(id, `s${id - 1}`, 'percent', '');
  const numbers = (table: string, columns: string, from: number, step: number) =>
    database.exec(
      `WITH RECURSIVE times(t) AS (SELECT ${from} UNION ALL SELECT t + ${step} FROM times WHERE t + ${step} < ${end})
       INSERT INTO ${table} SELECT series.id, t, ${columns} FROM series, times ORDER BY 1, 2`,
    );
  const value = '40 + abs(random() % 2000) / 100.0';
  numbers('raw', value, end - 48 * 3600, 30);
  const floor = (seconds: number, step: number) => seconds - (seconds % step);
  numbers('m5', `${value}, ${value} * 10, ${value}, 10`, floor(end - 90 * 86_400, 300), 300);
  numbers('h1', `${value}, ${value} * 120, ${value}, 120`, floor(end - 730 * 86_400, 3600), 3600);
  for (const [key, step] of [
    ['m5', 300],
    ['h1', 3600],
  ] as const)
    database.prepare('INSERT INTO kept (key, value) VALUES (?, ?)').run(key, floor(end, step));
  database.exec('COMMIT');
  database.close();
}
