import { OpsError, type Progress, silentProgress, waitUntil } from '@om-ops/kit';
import type { Pm2Place } from '../daemon/place.ts';
import { daemonProcesses, isAt } from '../daemon/processes.ts';
import { DaemonConnection, DaemonError, RefusedError } from '../daemon/socket.ts';
import type { AppProcess } from './process.ts';

export type Order = 'start' | 'restart' | 'stop' | 'reset';

/**
 * Tells a daemon what to do with these processes, one after the other, by their numbers: a name would
 * also be taken for a namespace, a regular expression or `all`. No environment is handed on.
 *
 * @throws OpsError E_PM2_ORDER (exit 1); the signal's reason
 */
export async function order(
  what: Order,
  place: Pick<Pm2Place, 'socket'>,
  processes: readonly AppProcess[],
  progress: Progress,
): Promise<void> {
  const { signal } = progress;
  await talk(place, what, async (call) => {
    for (const one of processes) {
      signal.throwIfAborted();
      progress.report({ stage: `${what} ${one.id}` });
      const limitMs = one.killTimeoutMs + 60_000;
      switch (what) {
        case 'stop':
          await call('stopProcessId', one.id, limitMs, signal);
          break;
        case 'reset':
          await call('resetMetaProcessId', one.id, limitMs, signal);
          break;
        default:
          // Else the timer that waits to start it again would start a second one.
          if (one.status === 'waiting restart')
            await call('stopProcessId', one.id, limitMs, signal);
          await call('restartProcessId', { id: one.id, env: {} }, limitMs, signal);
      }
    }
  });
}

type Call = (
  method: string,
  argument: unknown,
  timeoutMs: number,
  signal: AbortSignal,
) => Promise<unknown>;

async function talk(
  { socket }: Pick<Pm2Place, 'socket'>,
  what: string,
  work: (call: Call) => Promise<void>,
): Promise<void> {
  try {
    using connection = await DaemonConnection.open(socket);
    await work((method, argument, timeoutMs, signal) =>
      connection.call(method, argument, { timeoutMs, signal }),
    );
  } catch (error) {
    if (!(error instanceof DaemonError || error instanceof RefusedError)) throw error;
    throw new OpsError('E_PM2_ORDER', `PM2 did not ${what} it: ${error.message}.`, {
      suggestions: ['See how it stands: om-ops pm2 status'],
      cause: error,
    });
  }
}

/** A definition as PM2 keeps it, started anew, as `pm2 resurrect` does. @throws OpsError E_PM2_ORDER (exit 1) */
export function bringBack(
  place: Pick<Pm2Place, 'socket'>,
  definitions: readonly Readonly<Record<string, unknown>>[],
  signal: AbortSignal,
): Promise<void> {
  return talk(place, 'bring back', async (call) => {
    for (const { instances: _, pm_id: __, ...definition } of definitions)
      await call('prepare', definition, 120_000, signal);
  });
}

/** Takes processes out of PM2, for good. @throws OpsError E_PM2_ORDER (exit 1) */
export function remove(
  place: Pick<Pm2Place, 'socket'>,
  processes: readonly AppProcess[],
  signal: AbortSignal,
): Promise<void> {
  return talk(place, 'remove', async (call) => {
    for (const { id, killTimeoutMs } of processes)
      await call('deleteProcessId', id, killTimeoutMs + 60_000, signal);
  });
}

/** Ends a daemon and waits until its process is gone. @throws OpsError E_TIMED_OUT (exit 1) */
export async function endDaemon(
  { socket, home }: Pick<Pm2Place, 'socket' | 'home'>,
  signal: AbortSignal,
): Promise<void> {
  try {
    using connection = await DaemonConnection.open(socket);
    await connection.call('killMe', {}, { timeoutMs: 10_000, signal });
  } catch (error) {
    if (!(error instanceof DaemonError && error.why === 'absent')) throw error;
  }
  // It answers before it has ended.
  await waitUntil(
    async () => {
      const left = daemonProcesses().find((daemon) => isAt(daemon, home));
      return left === undefined ? { value: true } : { seen: `process ${left.pid} is still there` };
    },
    {
      what: `the PM2 daemon of ${home} has ended`,
      deadlineMs: 20_000,
      everyMs: 50,
      progress: { ...silentProgress(), signal },
    },
  );
}
