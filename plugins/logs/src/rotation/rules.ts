import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Site } from '@om-ops/kit';
import type { LogsSection, RotationEntry } from '../site.ts';
import { isGeneration } from '../sources/files.ts';

/** How a writer takes up its file anew. */
export type Reopen =
  | { by: 'command'; argv: string[] }
  | { by: 'signal'; name: string; pidfile: string; from: string };

/** What logrotate is to do with files of one folder. */
export interface RotationRule {
  /** Of the profile; several folders of one have a rule each. */
  name: string;
  folder: string;
  /** Absolute. */
  files: string[];
  size: string | null;
  every: RotationEntry['every'] | null;
  keep: number;
  compress: boolean;
  method: 'reopen' | 'copytruncate';
  reopen: Reopen | null;
  /** Whose folder it is, where logrotate would refuse to work as root; null: not needed. */
  su: { user: string; group: string } | null;
}

/** The rules of the profile as they are for the files that are there; a pattern that names none is told. */
export function rotationRules(
  site: Pick<Site, 'below'>,
  { rotation }: Pick<LogsSection, 'rotation'>,
  names: readonly string[] = Object.keys(rotation),
): { rules: RotationRule[]; empty: { name: string; pattern: string }[] } {
  const rules: RotationRule[] = [];
  const empty: { name: string; pattern: string }[] = [];
  for (const name of names) {
    const entry = rotation[name] as RotationEntry;
    const files = entry.files.flatMap((pattern) => {
      const found = liveFiles(site.below(pattern));
      if (found.length === 0) empty.push({ name, pattern: site.below(pattern) });
      return found;
    });
    for (const folder of new Set(files.map((one) => dirname(one)))) {
      const own = files.filter((one) => dirname(one) === folder);
      const reopen = reopenOf(site, entry, own);
      rules.push({
        name,
        folder,
        files: own,
        size: entry.size ?? null,
        every: entry.every ?? (entry.size === undefined ? 'daily' : null),
        keep: entry.keep,
        compress: entry.compress ?? true,
        method: entry.method === 'copytruncate' || reopen === null ? 'copytruncate' : 'reopen',
        reopen: entry.method === 'copytruncate' ? null : reopen,
        su: ownerOf(folder),
      });
    }
  }
  return { rules, empty };
}

function liveFiles(pattern: string): string[] {
  const found = /[*?[{]/.test(pattern) ? globSync(pattern).sort() : [pattern];
  return found.filter((path) => !isGeneration(path) && existsSync(path));
}

function reopenOf(
  site: Pick<Site, 'below'>,
  { reopen }: RotationEntry,
  files: readonly string[],
): Reopen | null {
  if (reopen?.command !== undefined) return { by: 'command', argv: reopen.command };
  if (reopen?.signal !== undefined) {
    const { name, pidfile } = reopen.signal;
    return signalOf(name, site.below(pidfile), 'the profile');
  }
  const [first = ''] = files;
  // PM2 keeps its logs below its home, and takes them up anew at SIGUSR2.
  const pm2 = join(dirname(dirname(first)), 'pm2.pid');
  if (basename(dirname(first)) === 'logs' && isRunning(pm2)) return signalOf('USR2', pm2, 'PM2');
  const nginx = ['/run/nginx.pid', '/var/run/nginx.pid'].find(isRunning);
  if (dirname(first) === '/var/log/nginx' && nginx !== undefined)
    return signalOf('USR1', nginx, 'nginx');
  return null;
}

function signalOf(name: string, pidfile: string, from: string): Reopen {
  return { by: 'signal', name: name.replace(/^SIG/, ''), pidfile, from };
}

function isRunning(pidfile: string): boolean {
  try {
    return existsSync(`/proc/${readFileSync(pidfile, 'utf8').trim()}/stat`);
  } catch {
    return false;
  }
}

/** logrotate passes over a folder that others than root may write to, unless it works as its owner. */
function ownerOf(folder: string): RotationRule['su'] {
  if (process.geteuid?.() !== 0) return null;
  const { uid, gid, mode } = statSync(folder);
  const isInsecure = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
  if (uid === 0 && !isInsecure) return null;
  return { user: nameIn('/etc/passwd', uid), group: nameIn('/etc/group', gid) };
}

function nameIn(file: string, id: number): string {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.split(':')[2] === String(id));
  return line?.split(':')[0] ?? String(id);
}
