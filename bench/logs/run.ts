// `om-ops logs errors` and `search` against grep, and what the guides do, on logs of 504 MB, in turn; ratios of one run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLog } from './log-file.ts';

const rounds = Number(process.argv[2] ?? 3);
const megabytes = Number(process.argv[3] ?? 504);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'om-bench-logs-'));

interface Measured {
  cpu: number;
  wall: number;
  rss: number;
}

function measure(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Measured {
  const { stderr, error } = spawnSync('/usr/bin/time', ['-f', '%U %S %e %M', program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  const [user, system, wall, kilobytes] = (stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number) as [number, number, number, number];
  return { cpu: user + system, wall, rss: kilobytes / 1024 };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;

try {
  for (const kind of ['json', 'text', 'access'] as const)
    writeLog(
      join(folder, `${kind}.log`),
      (kind === 'access' ? megabytes * 0.4 : megabytes) * 1e6,
      kind,
    );
  const profile = join(folder, 'om-ops.yaml');
  const sources = ['json', 'text', 'access']
    .map((one) => `${one}: {files: [${one}.log]}`)
    .join(', ');
  writeFileSync(
    profile,
    `site: bench\nroot: ${folder}\nstate: ${folder}/state\nlogs: {sources: {${sources}}}\n`,
  );
  const ours = (...argv: string[]) =>
    measure(join(root, 'bin/om-ops'), ['logs', ...argv, '--quiet', '--json'], {
      OM_OPS_SITE: profile,
    });
  const file = (kind: string) => join(folder, `${kind}.log`);
  const guide = `grep -i error ${file('json')} | sort | uniq -c | sort -rn | head -10`;
  const jobs: Record<string, () => Measured> = {
    'start-up': () =>
      measure(join(root, 'bin/om-ops'), ['config', 'path'], { OM_OPS_SITE: profile }),
    'grep -ci error, json': () => measure('grep', ['-ci', 'error', file('json')]),
    'grep -ci error, text': () => measure('grep', ['-ci', 'error', file('text')]),
    'grep -cF, json': () => measure('grep', ['-cF', 'deadlock detected', file('json')]),
    "the guide's pipeline, json": () => measure('sh', ['-c', guide], { LC_ALL: 'C' }),
    'errors, json': () => ours('errors', 'json', '--since', '3650d'),
    'errors, text': () => ours('errors', 'text', '--since', '3650d'),
    'search --fixed --count, json': () =>
      ours('search', '--fixed', 'deadlock detected', 'json', '--count'),
    'access --by path': () => ours('access', 'access'),
    tail: () => ours('tail', '--lines', '50'),
    ...(existsSync('/usr/bin/goaccess')
      ? {
          goaccess: () =>
            measure('goaccess', [
              file('access'),
              '--log-format=COMBINED',
              '-o',
              join(folder, 'out.html'),
            ]),
        }
      : {}),
  };
  const all = new Map<string, Measured[]>(Object.keys(jobs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const [name, job] of Object.entries(jobs)) all.get(name)?.push(job());
  const of = (name: string, key: keyof Measured) =>
    median((all.get(name) ?? []).map((one) => one[key]));
  for (const name of all.keys())
    console.log(
      `${name.padEnd(30)} ${of(name, 'cpu').toFixed(2)} s CPU, ${of(name, 'wall').toFixed(2)} s, ${Math.round(of(name, 'rss'))} MiB`,
    );
  const ratio = (a: string, b: string) => (of(a, 'cpu') / of(b, 'cpu')).toFixed(2);
  console.log(`\nerrors json / grep -ci: ${ratio('errors, json', 'grep -ci error, json')} (≤ 2.5)`);
  console.log(`errors text / grep -ci: ${ratio('errors, text', 'grep -ci error, text')} (≤ 2.7)`);
  console.log(
    `errors json / the guide's: ${ratio('errors, json', "the guide's pipeline, json")} (≤ 0.6)`,
  );
  console.log(
    `search / grep -cF: ${ratio('search --fixed --count, json', 'grep -cF, json')} (≤ 2)`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
