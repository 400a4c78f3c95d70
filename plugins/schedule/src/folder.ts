import { join } from 'node:path';

/** Where the schedule keeps what it knows. */
export function scheduleFolders(state: string) {
  const folder = join(state, 'schedule');
  return {
    folder,
    ledger: join(folder, 'ledger.jsonl'),
    runs: join(folder, 'runs'),
    /** Its time says when the tick last came, its content where. */
    tick: join(folder, 'tick.json'),
    locks: join(state, 'locks'),
  };
}
