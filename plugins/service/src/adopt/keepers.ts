import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { processOf } from '@om-ops/kit/proc';
import type { PlainProcess } from '../site.ts';

/** Something else that would start the process again. */
export interface Keeper {
  kind: 'cron' | 'screen' | 'tmux' | 'rc.local';
  /** Where it stands: a file and its line, a pid. */
  where: string;
}

/** Lines of cron that name its script, and a terminal that it lives in. Never changed: named. */
export function keepersOf(plain: PlainProcess, pid: number | null): Keeper[] {
  const script = plain.argv.findLast((one) => !one.startsWith('-') && /[./]/.test(one));
  const name = script === undefined ? undefined : basename(script);
  return [...(name === undefined ? [] : cronKeepers(name)), ...terminalKeeper(pid)];
}

function cronKeepers(name: string): Keeper[] {
  const files = [
    '/etc/crontab',
    '/etc/rc.local',
    ...below('/etc/cron.d'),
    ...below('/var/spool/cron/crontabs'),
    ...below('/var/spool/cron'),
  ];
  const pattern = new RegExp(`(?<![\\w.-])${RegExp.escape(name)}(?![\\w.-])`);
  return files.flatMap((path) =>
    textOf(path)
      .split('\n')
      .flatMap((line, at): Keeper[] =>
        !/^\s*#/.test(line) && pattern.test(line)
          ? [{ kind: path === '/etc/rc.local' ? 'rc.local' : 'cron', where: `${path}:${at + 1}` }]
          : [],
      ),
  );
}

function terminalKeeper(pid: number | null): Keeper[] {
  for (let at = pid; at !== null && at > 1; ) {
    const found = processOf(at);
    if (found === undefined) return [];
    const program = basename(found.argv[0] ?? '')
      .replace(/:$/, '')
      .toLowerCase();
    if (program === 'screen' || program === 'tmux') return [{ kind: program, where: `pid ${at}` }];
    at = found.parent;
  }
  return [];
}

function below(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((one) => one.isFile())
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
