// What a checkpoint costs, as a whole command and by itself, beside `git status` and the start of a command that reads the
// profile.
// node bench/git/checkpoint.ts [FILES] [ROUNDS]
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCheckpoint } from '../../plugins/git/src/checkpoint/checkpoint.ts';
import { openRepository } from '../../plugins/git/src/repository/open.ts';

const files = Number(process.argv[2] ?? 3300);
const rounds = Number(process.argv[3] ?? 15);
const program = join(import.meta.dirname, '../../bin/om-ops');
const folder = mkdtempSync(join(tmpdir(), 'om-ops-bench-'));
const root = join(folder, 'root');
const profile = join(folder, 'om-ops.yaml');
const env = { ...process.env, NO_COLOR: '1', HOME: folder };

function timed(command: string, ...argv: string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(command, argv, { env, cwd: root });
  if (status !== 0) throw new Error(`${command} ${argv.join(' ')}: ${stderr}`);
  return performance.now() - started;
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

try {
  for (let number = 0; number < files; number += 1) {
    const at = join(root, `folder-${number % 60}`);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, `file-${number}.js`), `export const n = ${number};\n`.repeat(40));
  }
  writeFileSync(profile, `site: bench\nroot: ${root}\nstate: ${folder}/state\n`);
  execFileSync('git', ['init', '-q'], { cwd: root });
  execFileSync('git', ['add', '-A'], { cwd: root });
  const ann = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org'];
  execFileSync('git', [...ann, 'commit', '-qm', 'first'], { cwd: root });
  for (const number of [1, 2, 3]) writeFileSync(join(root, `new-${number}.txt`), 'new\n');
  const commands: [string, () => number][] = [
    ['git status', () => timed('git', 'status', '--porcelain', '--untracked-files=all')],
    ['om-ops git log', () => timed(program, 'git', 'log', '--site', profile)],
    ['om-ops git status', () => timed(program, 'git', 'status', '--site', profile)],
    ['om-ops git checkpoint', () => timed(program, 'git', 'checkpoint', '--site', profile)],
  ];
  const times = new Map(commands.map(([name]) => [name, [] as number[]]));
  const alone: number[] = [];
  for (const [, command] of commands) command();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, command] of commands) times.get(name)?.push(command());
    const started = performance.now();
    const { signal } = new AbortController();
    // Each of a second of its own: a name that is taken costs two more calls of git.
    const now = new Date(2026, 0, 1, 0, 0, round);
    const request = { message: undefined, now, envFiles: [], signal };
    await makeCheckpoint(openRepository(root), request);
    alone.push(performance.now() - started);
  }
  console.log(
    `checkpoint by itself     median ${median(alone).toFixed(0)} ms, fastest ${Math.min(...alone).toFixed(0)} ms`,
  );
  const [status = 0, start = 0] = [...times.values()].map(median);
  for (const [name, values] of times)
    console.log(
      `${name.padEnd(24)} median ${median(values).toFixed(0)} ms, fastest ${Math.min(...values).toFixed(0)} ms, ${((median(values) - start) / status).toFixed(1)} × git status beyond the start`,
    );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
