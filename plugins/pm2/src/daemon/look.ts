import { realpathSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pm2Place } from './place.ts';
import { type DaemonProcess, daemonProcesses, isAt } from './processes.ts';
import { DaemonConnection, DaemonError, type NoDaemon } from './socket.ts';

/** What there is to see of a PM2, without starting one. */
export interface DaemonLook {
  /** What it answered: its version and its list; or why there is no answer. */
  answer: { version: string; list: unknown } | { why: NoDaemon; message: string };
  /** The daemons of this home, by /proc; more than one when an old one was left behind. */
  here: DaemonProcess[];
  /** Those of other homes. */
  elsewhere: DaemonProcess[];
}

/** How long a daemon may take to answer who only looks. */
export const lookMs = 5000;

/**
 * Asks the daemon of a home what it runs. Starts none.
 *
 * @throws the signal's reason
 */
export async function lookAtDaemon(
  { home, socket }: Pick<Pm2Place, 'home' | 'socket'>,
  { signal, timeoutMs = lookMs }: { signal: AbortSignal; timeoutMs?: number },
): Promise<DaemonLook> {
  const asked = ask(socket, { signal, timeoutMs });
  const daemons = daemonProcesses();
  const real = realHome(home);
  const here = daemons.filter((one) => isAt(one, home) || isAt(one, real));
  const elsewhere = daemons.filter((one) => !here.includes(one));
  return { answer: await orStopped(asked, here, signal), here, elsewhere };
}

async function ask(
  socket: string,
  limits: { signal: AbortSignal; timeoutMs: number },
): Promise<DaemonLook['answer']> {
  try {
    using connection = await DaemonConnection.open(socket);
    const [version, list] = await Promise.all([
      connection.call('getVersion', {}, limits),
      connection.call('getMonitorData', {}, limits),
    ]);
    return { version: String(version), list };
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    return { why: error.why, message: error.message };
  }
}

/** A daemon that a signal has stopped will not answer, however long it is waited for. */
async function orStopped(
  asked: Promise<DaemonLook['answer']>,
  here: readonly DaemonProcess[],
  signal: AbortSignal,
): Promise<DaemonLook['answer']> {
  const [one] = here;
  if (one?.isStopped !== true || here.length > 1) return asked;
  const silent = { why: 'silent', message: 'it is stopped by a signal' } as const;
  const answer = await Promise.race([asked, delay(500, silent, { signal }).catch(() => silent)]);
  asked.catch(() => {});
  signal.throwIfAborted();
  return answer;
}

function realHome(home: string): string {
  try {
    return realpathSync(home);
  } catch {
    return home;
  }
}
