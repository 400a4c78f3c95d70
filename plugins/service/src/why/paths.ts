import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { exec, isOpsError } from '@om-ops/kit';
import { parseEnvFile } from '@om-ops/kit/site';
import { formatBytes } from '@om-ops/kit/text';
import type { Cause, Surroundings } from './cause.ts';

/** What is missing, may not be used, or is full around a service. */
export async function pathCauses(around: Surroundings, signal: AbortSignal): Promise<Cause[]> {
  const { programs, cwd, envFiles, writes } = around;
  const missing = [
    ...programs.filter((path) => !existsSync(path)).map((path) => absent(path, 'It is to start')),
    ...(cwd !== null && !existsSync(cwd) ? [absent(cwd, 'Its working folder is')] : []),
    ...envFiles
      .filter(({ path, mayBeMissing }) => !mayBeMissing && !existsSync(path))
      .map(({ path }) => absent(path, 'Its environment is to come from')),
  ];
  const folders = new Set([...(cwd === null ? [] : [cwd]), ...writes, '/tmp', '/var']);
  return [
    ...missing,
    ...programs.flatMap(interpreterCause),
    ...(await permissionCauses(around, signal)),
    ...[...folders].flatMap(diskCause),
    ...envFiles.flatMap(({ path }) => keyCauses(path)),
  ];
}

function absent(path: string, what: string): Cause {
  return {
    code: 'path-missing',
    level: 'cause',
    message: `${what} ${path}, which is not there.`,
    evidence: [`no such file: ${path}`],
    command: `ls -ld ${dirname(path)}`,
  };
}

/** A script whose first line names what is not there fails as if it were not there itself. */
function interpreterCause(path: string): Cause[] {
  const first = firstLine(path);
  const interpreter = /^#!\s*(\S+)/.exec(first)?.[1];
  if (interpreter === undefined) return [];
  const evidence = [`${path}: ${first.slice(0, 120)}`];
  if (first.endsWith('\r'))
    return [
      {
        code: 'script-line-ends',
        level: 'cause',
        message: `${path} has line ends of Windows, so that its interpreter is not found.`,
        evidence,
        command: `sed -i 's/\\r$//' ${path}`,
      },
    ];
  return existsSync(interpreter)
    ? []
    : [
        {
          code: 'path-missing',
          level: 'cause',
          message: `${path} is to be run by ${interpreter}, which is not there.`,
          evidence,
        },
      ];
}

function firstLine(path: string): string {
  try {
    if (!statSync(path).isFile()) return '';
    return readFileSync(path, 'latin1').slice(0, 256).split('\n')[0] ?? '';
  } catch {
    return '';
  }
}

/** Prints what may not be entered or started, from the top: the first one is what blocks. */
const script =
  'for p; do if [ -d "$p" ]; then [ -x "$p" ] || { echo "$p"; exit; }; elif [ -e "$p" ]; then [ -x "$p" ] || { echo "$p"; exit; }; fi; done';

async function permissionCauses(
  { user, programs, cwd }: Surroundings,
  signal: AbortSignal,
): Promise<Cause[]> {
  const [program] = programs;
  const found: Cause[] = [];
  for (const path of [program, cwd]) {
    if (path === undefined || path === null || !existsSync(path)) continue;
    const blocked = await blockedAt(path, user, signal);
    if (blocked === undefined) continue;
    const { mode, uid, gid } = statSync(blocked);
    found.push({
      code: 'permission',
      level: 'cause',
      message: `${user ?? 'Its user'} may not ${statSync(blocked).isDirectory() ? 'enter' : 'start'} ${blocked}.`,
      evidence: [`mode ${(mode & 0o7777).toString(8)}, owner ${uid}, group ${gid}`],
      command: `namei -l ${path}`,
    });
  }
  return found;
}

async function blockedAt(
  path: string,
  user: string | null,
  signal: AbortSignal,
): Promise<string | undefined> {
  const way: string[] = [path];
  for (let at = dirname(path); ; at = dirname(at)) {
    way.unshift(at);
    if (at === '/') break;
  }
  try {
    const { stdout } = await exec('/bin/sh', ['-c', script, 'sh', ...way], {
      signal,
      timeoutMs: 5000,
      cwd: '/',
      ...(user === null ? {} : { user }),
    });
    return stdout.trim() || undefined;
  } catch (error) {
    if (isOpsError(error) && ['E_NO_USER', 'E_PERMISSION'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Less than this is as good as nothing. */
const leastBytes = 20 * 1024 * 1024;

function diskCause(folder: string): Cause[] {
  try {
    const { bavail, bsize, blocks, ffree, files } = statfsSync(folder);
    const free = bavail * bsize;
    const noInodes = files > 0 && ffree < 100;
    if (!noInodes && (blocks === 0 || free > Math.min(leastBytes, blocks * bsize * 0.01)))
      return [];
    return [
      {
        code: 'disk-full',
        level: 'cause',
        message: `The file system of ${folder} is full.`,
        evidence: [`${formatBytes(free)} free, ${ffree} of ${files} inodes free`],
        command: `df -h ${folder}; df -i ${folder}`,
      },
    ];
  } catch {
    return [];
  }
}

/** What the example beside an env file asks for, and it does not have. Names only. */
function keyCauses(path: string): Cause[] {
  const example = [`${path}.example`, `${dirname(path)}/.env.example`].find(
    (one) => one !== path && existsSync(one),
  );
  if (example === undefined || !existsSync(path)) return [];
  const values = keysOf(path);
  const lacking = [...keysOf(example).keys()].filter((key) => !values.has(key));
  const empty = [...keysOf(example).keys()].filter((key) => values.get(key) === '');
  if (lacking.length + empty.length === 0) return [];
  return [
    {
      code: 'env-keys',
      level: 'suspect',
      message: `${path} lacks keys that ${example} has.`,
      evidence: [
        ...(lacking.length === 0 ? [] : [`not there: ${lacking.join(', ')}`]),
        ...(empty.length === 0 ? [] : [`empty: ${empty.join(', ')}`]),
      ],
      command: 'om-ops env check',
    },
  ];
}

function keysOf(path: string): Map<string, string> {
  try {
    const lines = parseEnvFile(readFileSync(path, 'utf8'));
    return new Map(
      lines.flatMap((line) =>
        line.kind === 'assignment' ? [[line.key, line.value] as const] : [],
      ),
    );
  } catch {
    return new Map();
  }
}
