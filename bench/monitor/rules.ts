// What the rules take for 200 keys, and what writing down the life of 1,000 alerts and reading it back does.
// node bench/monitor/rules.ts [PASSES]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertLives } from '../../plugins/monitor/src/alerts/history.ts';
import { AlertStore } from '../../plugins/monitor/src/alerts/store.ts';
import { check, percent, rulesOf, Watching } from '../../plugins/monitor/test/rules/simulation.ts';

const passes = Number(process.argv[2] ?? 600);
const median = (values: number[]): number =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
const verdict = (value: number, most: number): string =>
  `${value.toFixed(2)} ms (at most ${most}) ${value <= most ? 'ok' : 'TOO SLOW'}`;

function judging(valueAt: (pass: number) => number): number {
  const site = new Watching();
  const times: number[] = [];
  for (let pass = 0; pass < passes; pass += 1) {
    const checks = Array.from({ length: 200 }, (_, at) =>
      percent(`key-${at}`, valueAt(pass), { after: [`key-${at - 1}`] }),
    );
    const from = process.cpuUsage().user;
    site.look(checks);
    times.push((process.cpuUsage().user - from) / 1000);
    site.wait(30);
  }
  return median(times);
}

console.log(
  `200 keys that are well: ${verdict(
    judging(() => 40),
    2,
  )}`,
);
console.log(
  `200 keys that are bad: ${verdict(
    judging(() => 90),
    2,
  )}`,
);
console.log(
  `200 keys that swing: ${verdict(
    judging((pass) => (pass % 20 < 10 ? 40 : 90)),
    2,
  )}`,
);

const state = mkdtempSync(join(tmpdir(), 'om-ops-bench-'));
try {
  const none = async () => undefined;
  const store = new AlertStore(state, {
    warn: console.error,
    command: 'bench',
    enqueue: none,
    tellAtOnce: none,
  });
  const times: number[] = [];
  const rules = rulesOf();
  for (let pass = 0; pass < 1000; pass += 1) {
    const monotonicMs = pass * 30_000;
    const clock = { wallMs: monotonicMs, monotonicMs, bootId: 'b', uptimeMs: 86_400_000 };
    const checks = Array.from({ length: 8 }, (_, back) =>
      check(`key-${pass - back}`, { kind: 'event', level: back < 2 ? 'critical' : 'healthy' }),
    );
    const from = performance.now();
    const at = new Date(monotonicMs).toISOString();
    await store.recordPass({ at, everyMs: 30_000, checks }, clock, rules);
    times.push(performance.now() - from);
  }
  console.log(`a pass that raises one and ends one, on the disk: ${median(times).toFixed(1)} ms`);
  const from = performance.now();
  const lives = await alertLives(state, console.error);
  console.log(`the life of ${lives.length} alerts: ${(performance.now() - from).toFixed(0)} ms`);
} finally {
  rmSync(state, { recursive: true, force: true });
}
