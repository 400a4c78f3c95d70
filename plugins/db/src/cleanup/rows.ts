import type { Row, Server } from '../server/server.ts';
import type { ArchivedRow } from './archive.ts';

/** A table that loses rows with the one that is cleaned up. */
export interface Dependent {
  table: string;
  /** What happens to its rows. */
  action: 'cascade' | 'set-null' | 'restrict';
  /** How many of its rows are concerned. */
  rows: number;
}

export interface CleanupTable {
  /** As SQL writes it. */
  table: string;
  key: string[];
  /** Of each column of the key. */
  keyTypes: string[];
  count: number;
  oldest: string | null;
  /** What is older than this goes. */
  cutoff: string;
  dependents: Dependent[];
}

/** What a clean-up needs of a server, one for each kind. */
export interface CleanupServer {
  look(table: string, column: string, ageMs: number): Promise<CleanupTable>;
  /** Takes out one batch, in one transaction. `keep` gets the rows before they go. Returns how many went, by table. */
  batch(options: {
    table: CleanupTable;
    column: string;
    size: number;
    keep: ((rows: readonly ArchivedRow[]) => void) | undefined;
  }): Promise<Record<string, number>>;
  /** Puts rows back; what is there again is left. Returns how many came back. */
  putBack(rows: readonly ArchivedRow[]): Promise<number>;
}

/** In one transaction, rolled back when something fails. */
export async function inTransaction<T>(server: Server, work: () => Promise<T>): Promise<T> {
  await server.rows('BEGIN');
  try {
    const value = await work();
    await server.rows('COMMIT');
    return value;
  } catch (error) {
    await server.rows('ROLLBACK').catch(() => [] as Row[]);
    throw error;
  }
}
