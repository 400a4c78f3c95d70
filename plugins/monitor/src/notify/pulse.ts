import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  clauseOf,
  fromSystemError,
  isoWithOffset,
  messageOf,
  systemCode,
  writeFileAtomicSync,
} from '@om-ops/kit';
import { msOf } from '../site/amounts.ts';
import type { NotifySection } from '../site/notify.ts';
import { networkText } from './channels/webhook.ts';
import { isWebAddress, sendRequest } from './http.ts';
import type { Secrets } from './secrets.ts';

/** `STATE/monitor/pulse.json`: the request that tells somebody outside that all is well. */
export interface PulseRecord {
  sentAt: string | null;
  failedAt: string | null;
  error: string | null;
}

const pathOf = (state: string): string => join(state, 'monitor', 'pulse.json');
const noPulse: PulseRecord = { sentAt: null, failedAt: null, error: null };

export function readPulse(state: string): PulseRecord {
  try {
    return { ...noPulse, ...(JSON.parse(readFileSync(pathOf(state), 'utf8')) as PulseRecord) };
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || code === 'ENOENT') return noPulse;
    throw fromSystemError(error, 'read', pathOf(state));
  }
}

export interface PulseOptions {
  state: string;
  heartbeat: NotifySection['heartbeat'];
  secrets: Secrets;
  redact(text: string): string;
  warn(message: string): void;
  now: Date;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * After a good pass: one request, unless the last is younger than `every`. It is not tried again: that none comes is
 * what the other side is there for.
 *
 * @returns whether one was sent
 * @throws the signal's reason
 */
export async function sendPulse(options: PulseOptions): Promise<boolean> {
  const { state, heartbeat, secrets, redact, warn, now, timeoutMs, signal } = options;
  if (heartbeat.urlKey === null) return false;
  const before = readPulse(state);
  const age = now.getTime() - Date.parse(before.sentAt ?? '');
  // A second early is in time: passes do not come to the millisecond.
  if (age >= 0 && age < msOf(heartbeat.every) - 1000) return false;
  let error: string | null = null;
  try {
    const url = secrets(heartbeat.urlKey);
    if (!isWebAddress(url)) throw new Error(`${heartbeat.urlKey} holds no http address`);
    const { status } = await sendRequest(url, { method: 'GET', timeoutMs, signal });
    if (status < 200 || status >= 300) error = `answered ${status}`;
  } catch (thrown) {
    signal.throwIfAborted();
    error = redact(clauseOf(networkText(thrown)));
  }
  const at = isoWithOffset(now);
  const next =
    error === null ? { sentAt: at, failedAt: null, error } : { ...before, failedAt: at, error };
  if (error !== null) warn(`The heartbeat could not be sent: ${error}.`);
  try {
    writeFileAtomicSync(pathOf(state), `${JSON.stringify(next)}\n`, { sync: false });
  } catch (thrown) {
    warn(messageOf(thrown));
  }
  return error === null;
}
