import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec, execLook } from '@om-ops/kit';
import { readDump } from '../app/dump.ts';
import { type AppProcess, processesOf } from '../app/process.ts';
import type { Pm2Place } from '../daemon/place.ts';
import { runningDefinition } from './definition.ts';

/** What was there before, to put it back: null where nothing was. */
export interface SavedFiles {
  dump: Buffer | null;
  backup: Buffer | null;
}

export function savedFiles({ home }: Pick<Pm2Place, 'home'>): SavedFiles {
  return { dump: content(dumpPath(home)), backup: content(backupPath(home)) };
}

/** Whether the next boot brings back exactly these processes. */
export function isSaved(processes: readonly AppProcess[], app: string, home: string): boolean {
  const dump = readDump(home);
  if ('problem' in dump) return false;
  const entries = dump.entries.filter(({ name }) => name === app);
  if (entries.length !== processes.length || entries.some(({ status }) => status === 'stopped'))
    return false;
  const kept = processesOf(
    entries.map(({ whole }, at) => ({ name: app, pm_id: processes[at]?.id, pm2_env: whole })),
    app,
  );
  const same = (list: readonly AppProcess[]) => JSON.stringify(runningDefinition(list, app));
  return same(kept) === same(processes);
}

/** Those of the saved lists that others may read: they hold every secret of every app. */
export function openFiles({
  home,
  owner,
}: Pick<Pm2Place, 'home' | 'owner'>): { path: string; mode: string }[] {
  return [dumpPath(home), backupPath(home)].flatMap((path) => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isFile() !== true || found.uid !== owner.uid || (found.mode & 0o077) === 0)
      return [];
    return [{ path, mode: (found.mode & 0o7777).toString(8).padStart(4, '0') }];
  });
}

/**
 * Writes the app, as it runs, into what PM2 starts at boot, and nothing else: `pm2 save` would also take in and
 * drop other apps. Returns a warning where the old list could not be read.
 */
export async function save(
  place: Pm2Place,
  app: string,
  list: unknown,
  signal: AbortSignal,
): Promise<string | undefined> {
  const dump = readDump(place.home);
  const current = processesOf(list, app).map(({ definition }) => kept(definition));
  let entries: Record<string, unknown>[];
  let warning: string | undefined;
  if ('problem' in dump) {
    warning = `${dump.problem}: what runs now was saved instead.`;
    entries = (list as { pm2_env: Record<string, unknown> }[]).map(({ pm2_env }) => kept(pm2_env));
  } else {
    const others = dump.entries.map(({ whole }) => whole);
    const at = others.findIndex(({ name }) => name === app);
    const rest = others.filter(({ name }) => name !== app);
    entries =
      at === -1 ? [...rest, ...current] : [...rest.slice(0, at), ...current, ...rest.slice(at)];
  }
  const before = content(dumpPath(place.home));
  if (before !== null) await write(place, backupPath(place.home), before, signal);
  await write(
    place,
    dumpPath(place.home),
    Buffer.from(JSON.stringify(entries, undefined, 2)),
    signal,
  );
  return warning;
}

/** Puts back what was there. */
export async function restoreSaved(
  place: Pm2Place,
  before: SavedFiles,
  signal: AbortSignal,
): Promise<void> {
  for (const [path, data] of [
    [dumpPath(place.home), before.dump],
    [backupPath(place.home), before.backup],
  ] as const) {
    const now = content(path);
    if (data === null) {
      if (now !== null) await asOwner(place, 'rm', ['-f', '--', path], signal);
    } else if (now === null || !now.equals(data)) await write(place, path, data, signal);
  }
}

export async function closeFiles(
  place: Pm2Place,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (paths.length > 0) await asOwner(place, 'chmod', ['600', '--', ...paths], signal);
}

function kept({
  instances: _,
  pm_id: __,
  prev_restart_delay: ___,
  ...rest
}: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

/** As the owner, whole or not at all, and for nobody else to read from its first byte on. */
const writer = `
set -e
umask 077
trap 'rm -f -- "$1.new"' EXIT
cat > "$1.new"
[ "$(wc -c < "$1.new")" -eq "$2" ]
mv -f -- "$1.new" "$1"
`;

async function write(
  place: Pm2Place,
  path: string,
  data: Buffer,
  signal: AbortSignal,
): Promise<void> {
  await exec('sh', ['-c', writer, 'sh', path, String(data.length)], {
    input: data,
    signal,
    ...(place.isOther ? { user: place.owner.uid } : {}),
  });
}

async function asOwner(
  place: Pm2Place,
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await execLook(program, args, { signal, ...(place.isOther ? { user: place.owner.uid } : {}) });
}

function dumpPath(home: string): string {
  return join(home, 'dump.pm2');
}

function backupPath(home: string): string {
  return join(home, 'dump.pm2.bak');
}

function content(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
