import type { Readable } from 'node:stream';

/** What is where a dump is to be loaded: nothing, a database without tables, or one that has some. */
export type TargetState = 'absent' | 'empty' | 'filled';

/** A database that a dump is loaded into. */
export interface LoadTarget {
  /** For people: `shop_new at 127.0.0.1:3306`. */
  readonly place: string;
  /** @throws OpsError when the server cannot be reached or refuses */
  state(signal: AbortSignal): Promise<TargetState>;
  /** Makes it, as the original was made. @throws OpsError */
  create(original: OriginalDatabase, signal: AbortSignal): Promise<void>;
  /** Loads SQL, and stops at the first error. @throws OpsError */
  load(sql: Readable, signal: AbortSignal): Promise<void>;
  /** Rows by table, named as the row counter names them. */
  rows(signal: AbortSignal): Promise<Map<string, number>>;
  /** Removes it with all that is in it. Only for one that we made. */
  drop(): Promise<void>;
  /** How the site gets to use it. */
  swap(original: string): string[];
}

/** What `meta.json` says of the database that was dumped. */
export interface OriginalDatabase {
  name: string;
  characterSet?: string;
  collation?: string;
}
