// Full backups against the peers, interleaved, of the same tree, to the same place: memory, if there is some.
//
//   node bench/backup/create.ts [--mb 400] [--runs 3] [--only code,mixed,images,dump] [--dir FOLDER] [--out FOLDER]
//
// Exits 1 when a target of the issue is missed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Mixture, makeDump, makeTree, mixtures } from './create-tree.ts';

const { values: flags } = parseArgs({
  options: {
    mb: { type: 'string', default: '400' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: 'code,mixed,images,dump' },
    dir: { type: 'string', default: tmpdir() },
    out: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
    dist: { type: 'string', default: join(import.meta.dirname, '../../plugins/backup/dist') },
  },
});
const megabytes = Number(flags.mb);
const runs = Number(flags.runs);
const dist = flags.dist;
if (!existsSync(join(dist, 'archive.js'))) throw new Error('Build first: node scripts/build.mjs');

interface Measure {
  seconds: number;
  cpuSeconds: number;
  bytes: number;
  rssMiB?: number;
}

type Run = (source: string, output: string) => Measure;

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** A shell pipeline; `times` prints the processor time of all it ran. */
const shell =
  (pipeline: (source: string, output: string) => string): Run =>
  (source, output) => {
    const script = `${pipeline(quoted(source), quoted(output))}; times`;
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    const seconds = (performance.now() - start) / 1000;
    if (status !== 0 || stderr !== '') throw new Error(`${script}: ${stderr}`);
    const times = stdout.trim().split('\n').at(-1) ?? '';
    const cpuSeconds = [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
      (sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest),
      0,
    );
    return { seconds, cpuSeconds, bytes: statSync(output).size };
  };

/** Ours, compiled, in a process of its own, that says at its end what it took. */
const ours =
  (body: string): Run =>
  (source, output) => {
    const script = `
      import { openSync } from 'node:fs';
      const [source, output] = process.argv.slice(1);
      const file = openSync(output, 'wx', 0o600);
      ${body}
      console.log(JSON.stringify(process.resourceUsage()));`;
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, source, output],
      { encoding: 'utf8' },
    );
    const seconds = (performance.now() - start) / 1000;
    if (status !== 0) throw new Error(stderr);
    const used = JSON.parse(stdout) as NodeJS.ResourceUsage;
    return {
      seconds,
      cpuSeconds: (used.userCPUTime + used.systemCPUTime) / 1e6,
      bytes: statSync(output).size,
      rssMiB: used.maxRSS / 1024,
    };
  };

const treePeers: Record<string, Run> = {
  'om-ops': ours(`
    const { createArchive } = await import(${JSON.stringify(join(dist, 'archive.js'))});
    const progress = { report() {}, warn() {}, signal: new AbortController().signal };
    await createArchive({ source, exclude: [], output: file, progress });`),
  'tar | pigz -6': shell((source, output) => `tar cf - -C ${source} . | pigz -6 > ${output}`),
  'tar | gzip -6': shell((source, output) => `tar cf - -C ${source} . | gzip -6 > ${output}`),
  'tarfile w:gz': shell(
    (source, output) =>
      `python3 -c 'import sys,tarfile; tarfile.open(sys.argv[2],"w:gz").add(sys.argv[1],".")' ${source} ${output}`,
  ),
};

const dumpPeers: Record<string, Run> = {
  'om-ops': ours(`
    import { spawn } from 'node:child_process';
    const { gzipStream } = await import(${JSON.stringify(join(dist, 'gzip/stream.js'))});
    const dump = spawn('cat', [source], { stdio: ['ignore', 'pipe', 'inherit'] });
    await gzipStream(dump.stdout, file);`),
  'cat | pigz -6': shell((source, output) => `cat ${source} | pigz -6 > ${output}`),
  'cat | gzip -6': shell((source, output) => `cat ${source} | gzip -6 > ${output}`),
};

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function measure(peers: Record<string, Run>, source: string): Map<string, Measure> {
  const measures = new Map<string, Measure[]>(Object.keys(peers).map((name) => [name, []]));
  const names = Object.keys(peers);
  for (let run = 0; run < runs; run += 1) {
    // Another one starts each time, and each finds the source in memory.
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(run + turn) % names.length]!;
      const peer = peers[name]!;
      spawnSync('sh', ['-c', `tar cf - ${quoted(source)} 2> /dev/null | cat > /dev/null`]);
      const output = join(outputs, 'output.gz');
      measures.get(name)?.push(peer(source, output));
      rmSync(output);
    }
  }
  return new Map(
    [...measures].map(([name, all]) => [
      name,
      {
        seconds: median(all.map(({ seconds }) => seconds)),
        cpuSeconds: median(all.map(({ cpuSeconds }) => cpuSeconds)),
        bytes: median(all.map(({ bytes }) => bytes)),
        rssMiB: Math.max(...all.map(({ rssMiB }) => rssMiB ?? Number.NaN)),
      },
    ]),
  );
}

/** Prints the table; returns the targets that were missed. */
function judge(title: string, measures: Map<string, Measure>, limits: [string, string, number][]) {
  const own = measures.get('om-ops')!;
  console.log(`\n${title}`);
  console.table(
    Object.fromEntries(
      [...measures].map(([name, { seconds, cpuSeconds, bytes, rssMiB }]) => [
        name,
        {
          'wall s': seconds.toFixed(2),
          'CPU s': cpuSeconds.toFixed(2),
          MB: (bytes / 1e6).toFixed(1),
          'RSS MiB': rssMiB ? rssMiB.toFixed(0) : '',
          'ours/theirs, time': (own.seconds / seconds).toFixed(2),
          'ours/theirs, size': (own.bytes / bytes).toFixed(4),
        },
      ]),
    ),
  );
  const missed = limits.filter(([peer, what, limit]) => {
    const theirs = measures.get(peer)!;
    const ratio = what === 'size' ? own.bytes / theirs.bytes : own.seconds / theirs.seconds;
    return ratio > limit;
  });
  const messages = missed.map(([peer, what, limit]) => `${title}: ${what} > ${limit} × ${peer}`);
  if ((own.rssMiB ?? 0) > 250) messages.push(`${title}: more than 250 MiB`);
  return messages;
}

const folder = mkdtempSync(join(flags.dir, 'om-ops-bench-'));
const outputs = mkdtempSync(join(flags.out, 'om-ops-bench-'));
const missed: string[] = [];
try {
  for (const mixture of Object.keys(mixtures) as Mixture[]) {
    if (!flags.only.split(',').includes(mixture)) continue;
    const tree = join(folder, mixture);
    makeTree(tree, megabytes, mixture);
    const files = readdirSync(tree, { recursive: true }).length;
    const limits: [string, string, number][] = [
      ['tarfile w:gz', 'time', 0.25],
      ['tar | pigz -6', 'time', mixture === 'code' ? 1 : 0.8],
      ['tar | gzip -6', 'size', 1.01],
    ];
    const title = `${mixture}: ${megabytes} MB in ${files} files and folders`;
    missed.push(...judge(title, measure(treePeers, tree), limits));
    rmSync(tree, { recursive: true });
  }
  if (flags.only.split(',').includes('dump')) {
    const dump = join(folder, 'dump.sql');
    makeDump(dump, megabytes);
    const limits: [string, string, number][] = [
      ['cat | pigz -6', 'time', 1.1],
      ['cat | gzip -6', 'size', 1.01],
    ];
    missed.push(...judge(`dump: ${megabytes} MB`, measure(dumpPeers, dump), limits));
  }
} finally {
  for (const made of [folder, outputs]) rmSync(made, { recursive: true });
}
for (const message of missed) console.log(`MISSED ${message}`);
process.exitCode = missed.length > 0 ? 1 : 0;
