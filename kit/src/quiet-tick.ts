import { mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { privateCacheFolder } from './cache-folder.ts';
import { formatDuration, formatTime } from './text/format.ts';

/**
 * What the last whole tick found: until when nothing is due, as long as nothing it hangs on has changed. With it
 * the tick that comes each minute needs neither the profile nor the plugins. In the user's own cache: it may be lost, and
 * then the next tick is a whole one.
 *
 * Imports hardly anything but Node's own modules, because loading is what such a tick would cost.
 */
export interface QuietTick {
  /** Milliseconds since 1970; a clock that was set back lies before `from`. */
  from: number;
  until: number;
  /** What the answer was made of, as it was. */
  files: readonly SeenFile[];
  /** Processes that run a task; each has to be there still. */
  alive: readonly { pid: number; start: string | null }[];
  /** The file whose time says when the tick last came. */
  beat: string;
  /** What the tick answers. Times are ISO 8601 with offset. */
  held: readonly { task: string; why: string; until: string }[];
  next: { task: string; at: string } | null;
  pausedUntil: string | null;
}

/** Null: it was not there. */
export interface SeenFile {
  path: string;
  seen: string | null;
}

interface KeptTick extends QuietTick {
  /** Told apart from records of other versions, sites and users. */
  key: string;
}

const format = 1;

/** What of the environment decides which site and which plugins are meant. */
const deciding = [
  'OM_OPS_SITE',
  'OM_OPS_STATE',
  'OM_OPS_DATA_DIR',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'HOME',
  'TZ',
] as const;

/** Names the installation and the site that a tick is of. */
function keyOf(site: string | undefined, root: string, env: NodeJS.ProcessEnv): string {
  const isNamed = site !== undefined || Boolean(env.OM_OPS_SITE);
  const isRelative = !(site ?? env.OM_OPS_SITE ?? '').startsWith('/');
  const cwd = !isNamed || isRelative ? process.cwd() : null;
  return JSON.stringify([format, root, site ?? null, cwd, ...deciding.map((name) => env[name])]);
}

function pathOf(key: string, env: NodeJS.ProcessEnv): string | undefined {
  const folder = privateCacheFolder(env);
  // FNV-1a: node:crypto takes longer to load than the rest of the tick.
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++)
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193) >>> 0;
  return folder === undefined ? undefined : join(folder, `tick-${hash.toString(36)}.json`);
}

/** How a file is now: another content, another file or another link would give another text. */
export function seenFile(path: string): SeenFile {
  const stat = statSync(path, { throwIfNoEntry: false });
  return {
    path,
    seen:
      stat === undefined
        ? null
        : `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`,
  };
}

/** Field 22 of /proc/PID/stat: two processes of one pid differ in it. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/**
 * The record of the last whole tick where it holds now, with the tick noted down; undefined in every other case, and then
 * the whole tick has to run.
 *
 * @param site as given with `--site`
 * @param root the folder of the binary's package
 */
export function quietTick(
  site: string | undefined,
  { root, now, env = process.env }: { root: string; now: number; env?: NodeJS.ProcessEnv },
): QuietTick | undefined {
  try {
    const key = keyOf(site, root, env);
    const path = pathOf(key, env);
    if (path === undefined) return undefined;
    const kept = JSON.parse(readFileSync(path, 'utf8')) as KeptTick;
    if (kept.key !== key || !(now >= kept.from && now < kept.until)) return undefined;
    if (!kept.files.every((file) => seenFile(file.path).seen === file.seen)) return undefined;
    if (!kept.alive.every(({ pid, start }) => startOf(pid) === start && start !== null))
      return undefined;
    utimesSync(kept.beat, now / 1000, now / 1000);
    return kept;
  } catch {
    // The whole tick says what is wrong, if anything is.
    return undefined;
  }
}

/** Keeps the record for the ticks to come. Where it cannot be kept, each of them is a whole one. */
export function keepQuietTick(
  site: string | undefined,
  record: QuietTick,
  { root, env = process.env }: { root: string; env?: NodeJS.ProcessEnv },
): void {
  try {
    const key = keyOf(site, root, env);
    const path = pathOf(key, env);
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fresh = `${path}.${process.pid}`;
    writeFileSync(fresh, JSON.stringify({ ...record, key } satisfies KeptTick), { mode: 0o600 });
    renameSync(fresh, path);
  } catch {
    // Said above.
  }
}

/** That nothing is due, what is held, and what comes next, as lines. */
export function quietText(
  { held, next, pausedUntil }: Pick<QuietTick, 'held' | 'next' | 'pausedUntil'>,
  now: number,
): string[] {
  if (pausedUntil !== null) return [`Everything is paused until ${formatTime(pausedUntil)}.`];
  const waiting = held.map(
    ({ task, why, until }) => `${task} is due and ${why}, until ${formatTime(until)}.`,
  );
  const lines = waiting.length === 0 ? ['Nothing is due.'] : waiting;
  if (next === null) return lines;
  const length = formatDuration(Math.max(0, Date.parse(next.at) - now));
  return [...lines, `Next: ${next.task}, ${formatTime(next.at)} (in ${length}).`];
}
