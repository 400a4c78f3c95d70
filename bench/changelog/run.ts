// What appending an entry costs as a whole command, and what the report of 100,000 entries takes.
// node bench/changelog/run.ts [ROUNDS]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChromium } from '@om-ops/test-support/chromium';
import { writeSampleState } from '../../plugins/changelog/test/sample-state.ts';

const rounds = Number(process.argv[2] ?? 21);
const program = join(import.meta.dirname, '../../bin/om-ops');
const folder = mkdtempSync(join(tmpdir(), 'om-ops-bench-'));
const env = { ...process.env, NO_COLOR: '1' };

function run(state: string, ...argv: string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(program, argv, { env: { ...env, OM_OPS_STATE: state } });
  if (status !== 0) throw new Error(`om-ops ${argv.join(' ')}: ${stderr}`);
  return performance.now() - started;
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const ms = (value: number): string => `${value.toFixed(0)} ms`;

function sample(name: string, sessions: number, entriesPerSession: number): string {
  const state = join(folder, name);
  mkdirSync(state);
  writeSampleState(state, { sessions, entriesPerSession, varied: true });
  return state;
}

function appending(): void {
  const states = { short: sample('short', 1, 10), long: sample('long', 1, 100_000) };
  const entry = ['changelog', 'add', '--type', 'note', '--actor', 'user', '--text', 'An entry.'];
  const commands: [string, () => number][] = [
    ['om-ops version', () => run(states.short, 'version')],
    ['om-ops changelog add', () => run(states.short, ...entry)],
    ['… to a session of 100,000', () => run(states.long, ...entry)],
  ];
  const times = new Map(commands.map(([name]) => [name, [] as number[]]));
  for (const [, command] of commands) command();
  // Interleaved, so that what else the machine does hits all of them.
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of commands) times.get(name)?.push(command());
  }
  const base = median(times.get('om-ops version') ?? []);
  for (const [name, values] of times) {
    const fastest = Math.min(...values);
    console.log(
      `${name.padEnd(28)} median ${ms(median(values))}, fastest ${ms(fastest)}, ${(median(values) / base).toFixed(3)} × version`,
    );
  }
}

async function reporting(): Promise<void> {
  const browser = await startChromium();
  try {
    for (const [sessions, entries] of [
      [1000, 100],
      [1, 100_000],
    ] as const) {
      const state = sample(`report-${sessions}`, sessions, entries);
      const made = Array.from({ length: 3 }, () => run(state, 'changelog', 'report', '--quiet'));
      const file = join(state, 'changelog/report.html');
      const opened: number[] = [];
      for (let round = 0; round < 3; round++) {
        const page = await browser.newPage();
        const started = performance.now();
        await page.goto(`file://${file}#tab=timeline`);
        await page.locator('.entry .prose, .entry .copy-block').first().waitFor();
        opened.push(performance.now() - started);
        await page.close();
      }
      console.log(
        `report of ${sessions} × ${entries} entries: made in ${ms(median(made))}, ${(statSync(file).size / 1e6).toFixed(1)} MB, timeline drawn in ${ms(median(opened))}`,
      );
    }
  } finally {
    await browser.close();
  }
}

try {
  appending();
  await reporting();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
