// Runs ours and its peers in turn and prints medians and ratios; used by restore.ts and verify.ts.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface Measure {
  seconds: number;
  cpuSeconds: number;
  rssMiB?: number;
}

export interface Peer {
  name: string;
  /** Not timed. */
  prepare?(): void;
  run(): Measure;
}

/** A shell command with the processor time of all it started. */
export function shell(command: string): Measure {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', `${command}; code=$?; times; exit $code`],
    {
      encoding: 'utf8',
    },
  );
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  const times = stdout.trim().split('\n').at(-1) ?? '';
  const cpuSeconds = [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest),
    0,
  );
  return { seconds, cpuSeconds };
}

const dist = join(import.meta.dirname, '../../plugins/backup/dist');

/**
 * Ours, compiled, in a process of its own. `body` calls `work(progress)`, which is timed with the
 * threads it starts; what any om-ops command takes to start is printed apart.
 */
export function ours(module: string, body: string): Measure {
  if (!existsSync(join(dist, module))) throw new Error('Build first: node scripts/build.mjs');
  const script = `
    import { readFileSync } from 'node:fs';
    import * as ours from ${JSON.stringify(join(dist, module))};
    const progress = { report() {}, warn: console.error, signal: new AbortController().signal };
    const start = performance.now();
    ${body}
    const seconds = (performance.now() - start) / 1000;
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    const rss = Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    console.log(JSON.stringify({ seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, rssMiB: rss / 1024 }));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Measure;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The first peer is ours. Returns the ratio of its time to each other's, and its memory at the most. */
export function compare(
  peers: readonly Peer[],
  runs: number,
): { ratios: Map<string, number>; rssMiB: number } {
  const measures = new Map<string, Measure[]>(peers.map(({ name }) => [name, []]));
  for (let run = 0; run < runs; run++) {
    // The order turns, so that no peer always comes after the same one.
    const turned = peers.map((_, at) => peers[(at + run) % peers.length] as Peer);
    for (const peer of turned) {
      peer.prepare?.();
      measures.get(peer.name)?.push(peer.run());
    }
  }
  const seconds = new Map<string, number>();
  console.log('                          wall s   CPU s   RSS MiB');
  for (const [name, all] of measures) {
    const wall = median(all.map((measure) => measure.seconds));
    const cpu = median(all.map((measure) => measure.cpuSeconds));
    const rss = Math.max(...all.map((measure) => measure.rssMiB ?? 0));
    seconds.set(name, wall);
    console.log(
      `${name.padEnd(24)}${wall.toFixed(2).padStart(8)}${cpu.toFixed(2).padStart(8)}${(rss ? rss.toFixed(0) : '').padStart(10)}   ${all.map((one) => one.seconds.toFixed(2)).join(' ')}`,
    );
  }
  const [first] = peers;
  const own = seconds.get(first?.name ?? '') ?? Number.NaN;
  const ratios = new Map([...seconds].map(([name, wall]) => [name, own / wall]));
  const rssMiB = Math.max(
    ...(measures.get(first?.name ?? '') ?? []).map(({ rssMiB = 0 }) => rssMiB),
  );
  return { ratios, rssMiB };
}

/** Prints whether a target is met; returns whether. */
export function judge(what: string, found: number, most: number): boolean {
  const met = found <= most;
  console.log(`${met ? 'met   ' : 'MISSED'} ${what}: ${found.toFixed(2)} (at most ${most})`);
  return met;
}
