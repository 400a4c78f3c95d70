import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OpsError, rotatedFiles } from '@om-ops/kit';
import { knownProcesses } from '../app/known.ts';
import type { Pm2Setting } from '../app/look.ts';
import type { AppProcess } from '../app/process.ts';

/** A file that an instance writes to. */
export interface AppLog {
  path: string;
  stream: 'stdout' | 'stderr' | 'both';
  /** PM2's number of the instance; null when several share the file, or PM2 could not be asked. */
  instance: number | null;
}

/**
 * The logs of an app. While PM2 does not know it, those that lie where PM2 puts them.
 *
 * @throws OpsError E_NO_LOGS (exit 5), or what is wrong with PM2
 */
export async function appLogs(
  setting: Pm2Setting,
  processes: readonly AppProcess[],
  { onlyErrors, signal }: { onlyErrors: boolean; signal: AbortSignal },
): Promise<AppLog[]> {
  const all = processes.length > 0 ? logsOf(processes) : leftLogs(setting);
  if (all.length === 0 && processes.length === 0) await knownProcesses(setting, signal);
  const wanted = onlyErrors ? all.filter(({ stream }) => stream !== 'stdout') : all;
  if (wanted.length > 0) return wanted;
  throw new OpsError(
    'E_NO_LOGS',
    `${setting.section.app} writes ${onlyErrors ? 'its errors' : 'its output'} to no file.`,
    {
      exit: 'requirement',
      suggestions: [
        'Name files in the ecosystem file (out_file, error_file), then: om-ops pm2 setup',
      ],
    },
  );
}

function logsOf(processes: readonly AppProcess[]): AppLog[] {
  const found = new Map<string, AppLog>();
  const add = (path: string | null, stream: AppLog['stream'], instance: number) => {
    if (path === null) return;
    const known = found.get(path);
    if (known === undefined) found.set(path, { path, stream, instance });
    else {
      if (known.stream !== stream) known.stream = 'both';
      if (known.instance !== instance) known.instance = null;
    }
  };
  for (const { id, outLog, errLog, bothLog } of processes) {
    add(outLog, 'stdout', id);
    add(errLog, 'stderr', id);
    if (outLog === null || errLog === null) add(bothLog, 'both', id);
  }
  return [...found.values()];
}

function leftLogs({ section: { app }, place: { home } }: Pm2Setting): AppLog[] {
  const folder = join(home, 'logs');
  const name = app.replace(/[^a-zA-Z0-9\\.\\-]/g, '-');
  const pattern = new RegExp(`^${RegExp.escape(name)}-(out|error)(?:-(\\d+))?\\.log$`);
  return namesIn(folder).flatMap((file): AppLog[] => {
    const [, kind, id] = pattern.exec(file) ?? [];
    if (kind === undefined) return [];
    return [
      {
        path: join(folder, file),
        stream: kind === 'out' ? 'stdout' : 'stderr',
        instance: id === undefined ? null : Number(id),
      },
    ];
  });
}

/** What logrotate and pm2-logrotate have made of a log, the newest first. */
export async function olderFiles(path: string): Promise<string[]> {
  const start = `${basename(path).replace(/\.log$/, '')}__`;
  const folder = dirname(path);
  const own = namesIn(folder)
    .filter((name) => name.startsWith(start) && /\.log(?:\.gz)?$/.test(name))
    .map((name) => join(folder, name))
    .sort((a, b) => modified(b) - modified(a));
  return [...own, ...(await rotatedFiles(path))];
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
