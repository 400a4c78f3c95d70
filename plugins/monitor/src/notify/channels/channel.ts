import type { Composed, Sender } from '../compose.ts';
import type { Message } from '../message.ts';

export interface Way {
  message: Message;
  composed: Composed;
  sender: Sender;
  /** The value of a key of the env files. @throws OpsError E_NO_SECRET (exit 5) */
  secret(key: string): string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** The pause an answer asks for: `Retry-After: 120`, or a date. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim())
    ? Number(header) * 1000
    : Date.parse(header) - now.getTime();
  return ms > 0 ? Math.min(ms, 86_400_000) : undefined;
}
