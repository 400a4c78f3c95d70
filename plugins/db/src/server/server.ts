import type { Target } from './target.ts';

export type Row = Record<string, unknown>;

export interface ServerVersion {
  flavour: 'postgres' | 'mariadb' | 'mysql';
  /** As it says itself. */
  text: string;
  /** 150004 for PostgreSQL 15.4, 101114 for MariaDB 10.11.14. */
  number: number;
}

/** A session with a database server. By itself it only reads, and no statement takes longer than its limit. */
export interface Server {
  readonly target: Target;
  readonly version: ServerVersion;
  /** The server's own number of this session. */
  readonly session: number;
  /** @throws ServerError */
  rows<R extends Row = Row>(sql: string, values?: readonly unknown[]): Promise<R[]>;
  close(): Promise<void>;
}

export interface OpenOptions {
  signal: AbortSignal;
  /** Of one statement. Default 5 s; 0: none. */
  statementMs?: number;
  /** How long a lock is waited for. Default 2 s. */
  lockMs?: number;
  /** Default true. */
  readOnly?: boolean;
  /** Instead of that of the target. */
  database?: string;
}

/** What a server answered instead of rows. */
export class ServerError extends Error {
  /** SQLSTATE, or the name of MySQL's error: `42501`, `ER_ACCESS_DENIED_ERROR`. */
  readonly code: string;
  /** At which stage of reaching it this is. */
  readonly stage: Stage;

  constructor(message: string, code: string, stage: Stage, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.stage = stage;
  }

  /** The session may not do this: others may. */
  get isDenied(): boolean {
    return this.stage === 'privilege';
  }
}

export type Stage =
  | 'name'
  | 'connect'
  | 'tls'
  | 'authentication'
  | 'database'
  | 'privilege'
  | 'statement';

const network: Record<string, Stage> = {
  ENOTFOUND: 'name',
  EAI_AGAIN: 'name',
  ECONNREFUSED: 'connect',
  ECONNRESET: 'connect',
  EHOSTUNREACH: 'connect',
  ENETUNREACH: 'connect',
  ETIMEDOUT: 'connect',
  ENOENT: 'connect',
  EACCES: 'connect',
  EPIPE: 'connect',
};

/** The stage of an error of the network; undefined: it is none. */
export function networkStage(code: string | undefined): Stage | undefined {
  return code === undefined ? undefined : network[code];
}
