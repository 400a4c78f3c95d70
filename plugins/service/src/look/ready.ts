import { connect } from 'node:net';
import { probe } from '@om-ops/kit';
import type { ReadyEntry } from '../site.ts';

/** Whether a service answers; `ok` null: that cannot be told. */
export interface Ready {
  ok: boolean | null;
  detail: string;
}

const patienceMs = 3000;

/** Undefined when nothing says what a service answers. */
export async function askReady(
  { http, tcp, socket, queue }: ReadyEntry,
  signal: AbortSignal,
): Promise<Ready | undefined> {
  const asked: Promise<Ready>[] = [];
  if (http !== undefined) asked.push(answers(http, signal));
  if (tcp !== undefined) asked.push(connects(hostAndPort(tcp), tcp, signal));
  if (socket !== undefined) asked.push(connects({ path: socket }, socket, signal));
  if (queue !== undefined)
    asked.push(
      Promise.resolve({
        ok: null,
        detail: `whether workers take from the queue ${queue} is not asked: om-ops queue status`,
      }),
    );
  if (asked.length === 0) return undefined;
  const all = await Promise.all(asked);
  const ok = all.some((one) => one.ok === false)
    ? false
    : all.some((one) => one.ok === null)
      ? null
      : true;
  return { ok, detail: all.map(({ detail }) => detail).join('; ') };
}

async function answers(url: string, signal: AbortSignal): Promise<Ready> {
  const answer = await probe({ url }, { timeoutMs: patienceMs, signal });
  return answer.ok
    ? { ok: answer.status < 400, detail: `${url} answers ${answer.status}` }
    : { ok: false, detail: `${url}: ${answer.message}` };
}

function hostAndPort(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return { host: at === -1 ? 'localhost' : text.slice(0, at), port: Number(text.slice(at + 1)) };
}

function connects(
  to: { host: string; port: number } | { path: string },
  named: string,
  signal: AbortSignal,
): Promise<Ready> {
  return new Promise((resolve) => {
    const socket = connect({ ...to, signal });
    const end = (ok: boolean, said: string) => {
      socket.destroy();
      resolve({ ok, detail: `${named} ${said}` });
    };
    socket.setTimeout(patienceMs, () => end(false, `did not answer within ${patienceMs / 1000} s`));
    socket.once('connect', () => end(true, 'takes connections'));
    socket.once('error', ({ message }) => end(false, `takes no connections (${message})`));
  });
}
