import { OpsError, type Progress } from '@om-ops/kit';
import type { Pm2Place } from '../daemon/place.ts';
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
  { socket }: Pick<Pm2Place, 'socket'>,
  processes: readonly AppProcess[],
  progress: Progress,
): Promise<void> {
  const { signal } = progress;
  try {
    using connection = await DaemonConnection.open(socket);
    for (const one of processes) {
      signal.throwIfAborted();
      progress.report({ stage: `${what} ${one.id}` });
      const limits = { timeoutMs: one.killTimeoutMs + 60_000, signal };
      const call = (method: string, argument: unknown) => connection.call(method, argument, limits);
      switch (what) {
        case 'stop':
          await call('stopProcessId', one.id);
          break;
        case 'reset':
          await call('resetMetaProcessId', one.id);
          break;
        default:
          // Else the timer that waits to start it again would start a second one.
          if (one.status === 'waiting restart') await call('stopProcessId', one.id);
          await call('restartProcessId', { id: one.id, env: {} });
      }
    }
  } catch (error) {
    if (!(error instanceof DaemonError || error instanceof RefusedError)) throw error;
    throw new OpsError('E_PM2_ORDER', `PM2 did not ${what} it: ${error.message}.`, {
      suggestions: ['See how it stands: om-ops pm2 status'],
      cause: error,
    });
  }
}
