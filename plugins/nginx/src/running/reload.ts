import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import {
  execLook,
  findProgram,
  messageOf,
  OpsError,
  type Progress,
  systemCode,
  waitUntil,
} from '@om-ops/kit';
import { complaint, complaintsSince, type LogEnds, logEnds } from './complaints.ts';
import { type Master, sameMaster } from './master.ts';

/** How nginx is told. */
export type ReloadWay = { command: readonly string[] } | { signal: number };

/** The profile's command; where that is systemd's and there is no systemd, the master is told by itself. */
export function reloadWay(command: readonly string[], master: Master): ReloadWay {
  const isSystemd = ['systemctl', 'service'].includes(basename(command[0] ?? ''));
  const there = findProgram(command[0] ?? '') !== undefined;
  return isSystemd && (!there || !existsSync('/run/systemd/system'))
    ? { signal: master.pid }
    : { command };
}

export function wayText(way: ReloadWay): string {
  return 'command' in way ? way.command.join(' ') : `kill -HUP ${way.signal}`;
}

/** Refusals are said by then: a master that was told and is silent has not heard. */
const impatientMs = 5000;

export interface Reloaded {
  /** Its new workers. */
  workers: readonly number[];
  /** What was odd and did no harm, as sentences. */
  warnings: readonly string[];
  ms: number;
}

/** A slow machine with many sites; refusals come earlier, by what the log says. */
const longestMs = 20_000;

/**
 * Makes the master read its configuration again, and believes no exit code: it is done when there are new workers
 * under the master, and it has complained of nothing. A master that refuses says so in its log within some 3 s.
 *
 * @param errorLogs where it complains
 * @throws OpsError E_RELOAD_REFUSED (exit 1) in nginx's words, E_NGINX_GONE, E_TIMED_OUT (1)
 */
export async function reload(
  master: Master,
  way: ReloadWay,
  errorLogs: readonly string[],
  progress: Progress,
): Promise<Reloaded> {
  const before = sameMaster(master);
  if (before === undefined) throw gone(master);
  const old = new Set(before.workers.map(({ pid }) => pid));
  const ends = logEnds(errorLogs);
  const started = performance.now();
  const warnings = await tell(master, way, progress.signal);
  let isTold = 'signal' in way || warnings.length > 0;
  const workers = await waitUntil(
    async () => {
      if (!isTold && performance.now() - started > impatientMs) {
        isTold = true;
        // Who may not signal it can only wait for the command.
        if (maySignal(master)) {
          hangUp(master);
          warnings.push(
            `${wayText(way)} said that all is well and reached another nginx or none; the master (${master.pid}) was told by a signal.`,
          );
        }
      }
      return look(master, old, ends);
    },
    {
      what: 'nginx has new workers',
      deadlineMs: longestMs,
      everyMs: 50,
      progress,
      suggestions: ['Look at what nginx says: om-ops nginx logs'],
    },
  );
  return { workers, warnings, ms: Math.round(performance.now() - started) };
}

function look(master: Master, old: ReadonlySet<number>, ends: LogEnds) {
  const [refusal] = complaintsSince(ends, master.pid);
  const now = sameMaster(master);
  if (now === undefined) throw gone(master);
  const workers = now.workers.filter(({ pid, isLeaving }) => !old.has(pid) && !isLeaving);
  // Until they have been told to leave, the old ones answer too, with what they know.
  const serving = now.workers.filter(({ pid, isLeaving }) => old.has(pid) && !isLeaving);
  if (workers.length > 0 && serving.length === 0) return { value: workers.map(({ pid }) => pid) };
  if (workers.length === 0 && refusal !== undefined)
    throw new OpsError(
      'E_RELOAD_REFUSED',
      `nginx did not take the new configuration: ${complaint(refusal)}.`,
      {
        suggestions: ['Look at what nginx says: om-ops nginx logs'],
      },
    );
  return { seen: 'the old workers serve on' };
}

function gone({ pid }: Pick<Master, 'pid'>): OpsError {
  return new OpsError('E_NGINX_GONE', `The nginx master (${pid}) does not run any more.`, {
    suggestions: [
      'Start nginx: sudo systemctl start nginx',
      'Look at what it said: om-ops nginx logs',
    ],
  });
}

async function tell(master: Master, way: ReloadWay, signal: AbortSignal): Promise<string[]> {
  if ('signal' in way) {
    hangUp(master);
    return [];
  }
  const [program = '', ...args] = way.command;
  try {
    await execLook(program, args, { signal });
    return [];
  } catch (error) {
    signal.throwIfAborted();
    if (!maySignal(master)) throw error;
    // A stale pid file, a unit of another name: the master is known by itself.
    hangUp(master);
    const why = messageOf(error).replace(/\.$/, '');
    return [
      `${way.command.join(' ')} did not work, and the master (${master.pid}) was told by a signal: ${why}.`,
    ];
  }
}

function maySignal({ pid }: Master): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'EPERM';
  }
}

function hangUp({ pid }: Master): void {
  try {
    process.kill(pid, 'SIGHUP');
  } catch (error) {
    if (systemCode(error) === 'ESRCH') throw gone({ pid });
    throw new OpsError('E_PERMISSION', `nginx (${pid}) may not be told by this user.`, {
      exit: 'requirement',
      suggestions: ['Run the command with sudo.'],
      cause: error,
    });
  }
}
