import type { DatabaseEngineName, PlannedDatabase } from '@om-ops/kit/database';

/** What is known about a database before it is dumped. All of it may be missing. */
export interface DatabaseFacts {
  tables?: number;
  /** Size in the server or of the file; a dump may be larger or smaller. */
  bytes?: number;
  characterSet?: string;
  collation?: string;
}

export interface ServerFacts {
  /** `10.11.6-MariaDB`, `15.4`, and for SQLite the library's version. */
  server?: string;
  /** The program that dumps and its version: `mariadb-dump 10.11.6-MariaDB`. */
  client: string;
  /** By name. */
  databases: ReadonlyMap<string, DatabaseFacts>;
  /** Names of optional databases that are not there; they are not dumped. */
  absent: readonly string[];
  /** What the user may not see of a database, so that the dump silently lacks it: `routines`. By name. */
  unseen?: ReadonlyMap<string, readonly string[]>;
  /** What the user has to know although the dump will work. Sentences. */
  warnings: readonly string[];
}

/** A dump on its way. */
export interface RunningDump {
  output: AsyncIterable<Uint8Array>;
  /** Rejects with an OpsError when the dump failed; must be awaited even when the output has ended. Resolves with warnings. */
  done: Promise<readonly string[]>;
}

/** One kind of database. Nothing here leaves a credential anywhere. */
export interface DatabaseEngine {
  readonly name: DatabaseEngineName;
  /** Where the databases are, for people: `127.0.0.1:3306`, a socket, a folder. */
  readonly where: string;
  /** Asks the server once, before the first dump. @throws OpsError when it cannot be reached or refuses */
  inspect(databases: readonly PlannedDatabase[], signal: AbortSignal): Promise<ServerFacts>;
  /** Starts a dump. `inspect` was called before. @throws OpsError */
  start(database: PlannedDatabase, signal: AbortSignal): Promise<RunningDump>;
}

/** What is said about an optional database that is not there. */
export function leftOut(database: PlannedDatabase, where: string): string {
  return `The env files name a database ${database.file ?? database.name} too, which is not at ${where}, or this user may not use it: it is left out.`;
}
