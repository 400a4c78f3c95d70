export type DatabaseEngineName = 'mysql' | 'postgres' | 'sqlite';

/** Names of settings in the env files; of several, the first that is set counts. */
export interface DatabaseEnvKeys {
  /** Every one that is set names a database; for SQLite, a file. */
  name: string[];
  user: string[];
  password: string[];
  host: string[];
  port: string[];
  /** Path of a Unix socket. Default DB_SOCKET. */
  socket?: string[] | undefined;
  /** A whole address: `postgres://user:password@host:5432/name`, `file:./data/app.db`. Used for what the others leave open. Default DATABASE_URL. */
  url?: string[] | undefined;
}

/** `database` of the site profile. Never holds a password: that stays in the env files. */
export interface DatabaseSection {
  engine: DatabaseEngineName | 'none';
  /** Empty: found from the env files. */
  databases: string[];
  /** SQLite files below root; empty: found from the env files. */
  files: string[];
  host: string;
  /** Null: from the env files, else the engine's own. */
  port: number | null;
  /** Unix socket, for PostgreSQL also its folder; comes before host and port. */
  socket: string | null;
  /** Null: from the env files, else whoever runs om-ops. */
  user: string | null;
  /** Something else backs the site's database up: nothing is said of one that the profile leaves out. */
  elsewhere: boolean;
  envKeys: DatabaseEnvKeys;
}

export const databaseDefaults: DatabaseSection = {
  engine: 'mysql',
  databases: [],
  files: [],
  host: '127.0.0.1',
  port: null,
  socket: null,
  user: null,
  elsewhere: false,
  envKeys: {
    name: ['DB_NAME', 'DB_AUTH_NAME'],
    user: ['DB_USER'],
    password: ['DB_PASSWORD'],
    host: ['DB_HOST'],
    port: ['DB_PORT'],
  },
};

/** The keys of the env files that may hold a whole address. */
export function urlKeys({ envKeys }: DatabaseSection): readonly string[] {
  return envKeys.url ?? ['DATABASE_URL'];
}
