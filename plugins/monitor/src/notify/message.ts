import type { Owner } from '@om-ops/kit';
import type { Line } from '../rules/alert.ts';
import type { Level } from '../rules/pass.ts';

/** One message to one channel, as it waits in `outbox/<id>.json` and is kept in `outbox/done/`. */
export interface Message {
  version: 1;
  /** The same at each try, so that a receiver can tell twins. */
  id: string;
  channel: string;
  /** `notice`: of another channel that refuses. */
  kind: 'alert' | 'digest' | 'notice';
  level: Level;
  /** ISO 8601 with offset. */
  createdAt: string;
  /** What of the alerts is told; none for a digest. */
  lines: readonly Line[];
  /** What a digest or a notice says. */
  text: { subject: string; body: string } | null;
  state: 'waiting' | 'sent' | 'refused' | 'given-up' | 'dropped' | 'in-doubt';
  tries: readonly Try[];
  /** Not before this. */
  nextAt: string;
  /** Who is sending it. */
  claim: (Owner & { at: string }) | null;
  /** Of several receivers those that have it. */
  delivered: readonly string[];
  /** Those that refused it for good. */
  refused: readonly string[];
  /** The channels that it was on its way through before. */
  via: readonly string[];
  /** Passes whose lines are in it. */
  passes: readonly string[];
}

export interface Try {
  at: string;
  ok: boolean;
  /** Without secrets; null: it was sent. */
  error: string | null;
}

/** What became of a try. */
export interface Delivery {
  /** `later`: it may work another time. `never`: it will not, whatever the time. */
  outcome: 'sent' | 'later' | 'never';
  error: string | null;
  /** The receiver asked for so long a pause. */
  retryAfterMs?: number;
  delivered?: readonly string[];
  refused?: readonly string[];
}

const steps = [10, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600] as const;
/** After so long nobody waits for it any more. */
export const givenUpAfterMs = 7 * 86_400_000;

/** How long to wait after so many failed tries. */
export function backOffMs(tries: number): number {
  return (steps[Math.min(tries, steps.length) - 1] ?? steps[0]) * 1000;
}
