import { hostname } from 'node:os';
import { join } from 'node:path';
import type { LedgerPlace } from './ledger/ledger.ts';

/** Where the schedule of a site keeps what it knows. */
export interface SchedulePlaces {
  folder: string;
  ledger: LedgerPlace;
  runs: string;
  /** Its time says when the tick last came, its content where. */
  tick: string;
  locks: string;
  /** The name of a lock: of a task, or of deciding. */
  lock(what: string): string;
}

/** Several sites and hosts may share one STATE, and have ticks of their own in it. */
export function schedulePlaces({ site, state }: { site: string; state: string }): SchedulePlaces {
  const folder = join(state, 'schedule');
  const host = hostname();
  return {
    folder,
    ledger: { path: join(folder, 'ledger.jsonl'), site, host },
    runs: join(folder, 'runs'),
    tick: join(folder, `tick-${encodeURIComponent(`${site}@${host}`)}.json`),
    locks: join(state, 'locks'),
    lock: (what) => `schedule-${site}@${host}-${what}`,
  };
}
