import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunOptions, type RunResult, runOmOps } from '@om-ops/test-support/om-ops';

/** Why faults cannot be injected here; undefined when they can. */
export const whyNoShim: string | undefined =
  process.platform !== 'linux'
    ? 'faults are injected on Linux only'
    : spawnSync('cc', ['--version']).status === 0 && existsSync('/usr/include/stdio.h')
      ? undefined
      : 'there is no C compiler: apt-get install gcc libc6-dev';

if (whyNoShim !== undefined)
  console.error(
    `\n*** NO FAULTS ARE INJECTED: ${whyNoShim}. What this step tests is untested. ***\n`,
  );

let built: string | undefined;

/** The shim, compiled once a process. */
function shim(): string {
  if (built !== undefined) return built;
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-shim-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  built = join(folder, 'shim.so');
  const source = join(import.meta.dirname, 'shim.c');
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', built, source, '-ldl']);
  return built;
}

export type Act =
  | { error: 'EIO' | 'ENOSPC' | 'EPERM' | 'EMFILE' }
  | { hook: string }
  | 'short'
  | 'kill-before'
  | 'kill-after'
  | 'signal';

export interface Fault {
  /** The folder whose files' calls count. */
  below: string;
  /** Which of them, by the names of shim.c. Default: all but `look`. */
  calls?: readonly string[];
  /** Which of these happens to what, from 1; without it they are only recorded. */
  at?: number;
  act?: Act;
  /** It happens to all that follow as well. */
  sticky?: boolean;
}

export interface Call {
  number: number;
  name: string;
  /** Without pids and random numbers; of a rename or link both, with a tab between. */
  path: string;
  /** As it was. */
  realPath: string;
  isHit: boolean;
}

export interface FaultyRun extends RunResult {
  calls: Call[];
}

/** Runs om-ops as it is, with the shim below it. */
export async function runWithFault(
  argv: readonly string[],
  fault: Fault,
  options: RunOptions = {},
): Promise<FaultyRun> {
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-fault-'));
  const log = join(folder, 'calls');
  const { below, calls, at, act, sticky } = fault;
  try {
    const run = await runOmOps(argv, {
      ...options,
      env: {
        ...options.env,
        LD_PRELOAD: shim(),
        OMF_BELOW: below,
        OMF_LOG: log,
        OMF_CALLS: calls && `,${calls.join(',')},`,
        OMF_AT: at === undefined ? undefined : String(at),
        OMF_ACT: act === undefined ? undefined : actText(act),
        OMF_STICKY: sticky ? '1' : undefined,
      },
    });
    const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
    return { ...run, calls: text.split('\n').filter(Boolean).map(parseCall) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function actText(act: Act): string {
  if (typeof act === 'string') return act;
  return 'hook' in act ? `hook:${act.hook}` : `error:${constants.errno[act.error]}`;
}

function parseCall(line: string): Call {
  const [, hit, number, name, path] = /^(hit )?(\d+) (\S+) (.*)$/.exec(line) ?? [];
  return {
    number: Number(number),
    name: name ?? '',
    path: plainName(path ?? ''),
    realPath: path ?? '',
    isHit: hit !== undefined,
  };
}

/** Temporary names without what differs from run to run. */
export function plainName(path: string): string {
  return path.replace(/\d+-(?:\d+|x)-[0-9a-f]{16}-[0-9a-f]+\.partial/g, 'X.partial');
}
