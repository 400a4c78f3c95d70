// Runs ours and its peers in turn, and says how long each took, as a median and at its best.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface Measure {
  seconds: number;
  /** Of all threads and processes. */
  cpuSeconds: number;
  rssMiB?: number;
}

export interface Peer {
  name: string;
  /** Not timed. */
  prepare?(): void;
  run(): Measure;
}

/** A program to its end, to the millisecond: /usr/bin/time, which knows the memory, counts in hundredths of seconds. */
export function program(command: string, ...args: string[]): Measure {
  const timed = ['-c', 'TIMEFORMAT="%3U %3S"; time /usr/bin/time -f %M "$0" "$@"', command];
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync('bash', [...timed, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  const [kib, times] = stderr.trim().split('\n').slice(-2);
  const [user, system] = times!.replaceAll(',', '.').split(' ').map(Number);
  return { seconds, cpuSeconds: user! + system!, rssMiB: Number(kib) / 1024 };
}

/** The whole command with what every command does: its profile, the run it keeps, the report, the log. */
export function wholeCommand(state: string, ...args: string[]): Measure {
  const binary = join(import.meta.dirname, '../../bin/om-ops');
  return program('env', `OM_OPS_STATE=${state}`, binary, 'analysis', 'run', ...args, '--quiet');
}

const dist = join(import.meta.dirname, '../../plugins/analysis/dist');

/**
 * Ours, compiled, in a process of its own. `body` is timed with the threads it starts; starting Node
 * and loading the kit, which every om-ops command does, is not.
 */
export function ours(modules: Readonly<Record<string, string>>, body: string): Measure {
  if (!existsSync(dist)) throw new Error('Build first: node scripts/build.mjs');
  const imports = Object.entries(modules).map(
    ([module, names]) => `import { ${names} } from ${JSON.stringify(join(dist, module))};`,
  );
  const script = `
    import { readFileSync } from 'node:fs';
    ${imports.join('\n')}
    const progress = { report() {}, warn: console.error, signal: new AbortController().signal };
    const settings = { dedupeMode: 'quick', maxHashMb: 20, staleDays: 180, largeMb: 50, exclude: [], crossFileSystems: false };
    const before = process.resourceUsage();
    const start = performance.now();
    ${body}
    const seconds = (performance.now() - start) / 1000;
    const after = process.resourceUsage();
    const cpuSeconds = (after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime) / 1e6;
    const rss = Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    console.log(JSON.stringify({ seconds, cpuSeconds, rssMiB: rss / 1024 }));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Measure;
}

export interface Result {
  median: number;
  best: number;
  /** Median. */
  cpu: number;
  rssMiB: number;
}

/** Runs every peer `runs` times, in turn. */
export function compare(peers: readonly Peer[], runs: number): Map<string, Result> {
  const measures = new Map<string, Measure[]>(peers.map(({ name }) => [name, []]));
  for (let run = 0; run < runs; run += 1)
    // The order turns, so that none always comes after the same one.
    for (let at = 0; at < peers.length; at += 1) {
      const peer = peers[(at + run) % peers.length]!;
      peer.prepare?.();
      measures.get(peer.name)!.push(peer.run());
    }
  const results = new Map<string, Result>();
  console.log(`${''.padEnd(34)}median s   best s   cpu s   RSS MiB`);
  for (const [name, all] of measures) {
    const result = {
      median: median(all.map(({ seconds }) => seconds)),
      best: Math.min(...all.map(({ seconds }) => seconds)),
      cpu: median(all.map(({ cpuSeconds }) => cpuSeconds)),
      rssMiB: Math.max(...all.map(({ rssMiB }) => rssMiB ?? 0)),
    };
    results.set(name, result);
    const numbers = [result.median, result.best, result.cpu].map((value) =>
      value.toFixed(3).padStart(8),
    );
    console.log(`${name.padEnd(32)}${numbers.join(' ')}  ${result.rssMiB.toFixed(0).padStart(8)}`);
  }
  return results;
}

export function median(values: readonly number[]): number {
  return [...values].sort((one, another) => one - another)[values.length >> 1]!;
}

/** Prints a ratio of medians and whether it keeps what was promised. */
export function ratio(
  results: Map<string, Result>,
  mine: string,
  peer: string,
  most: number,
): void {
  const one = results.get(mine)!;
  const other = results.get(peer)!;
  const wall = one.median / other.median;
  const best = one.best / other.best;
  const cpu = one.cpu / other.cpu;
  const verdict = wall <= most ? 'ok' : 'TOO SLOW';
  console.log(
    `${mine} / ${peer}: median ${wall.toFixed(2)}, best ${best.toFixed(2)}, cpu ${cpu.toFixed(2)} (at most ${most}) ${verdict}`,
  );
}
