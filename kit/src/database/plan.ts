import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { OpsError } from '../errors.ts';
import { type DatabaseUrl, parseDatabaseUrl } from './database-url.ts';
import { type DatabaseEngineName, type DatabaseSection, databaseDefaults } from './section.ts';

/** How a server is reached. What is missing is the client's own default. */
export interface DatabaseConnection {
  host?: string;
  port?: number;
  /** A Unix socket, for PostgreSQL also its folder; comes before host and port. */
  socket?: string;
  user?: string;
  password?: string;
}

export interface PlannedDatabase {
  name: string;
  /** What it is called in the archive: `shop.sql.gz`. */
  member: string;
  /** Of SQLite: the absolute path. */
  file?: string;
  /** It is only a further name in the env files: when there is no such database, the others are dumped all the same. */
  optional?: true;
}

type UnpackedDatabase = Omit<PlannedDatabase, 'member'>;

/** What is dumped, from where. */
export interface DatabasePlan {
  engine: DatabaseEngineName;
  connection: DatabaseConnection;
  databases: PlannedDatabase[];
}

export interface PlanDatabasesOptions {
  section: DatabaseSection;
  /** Folder that relative paths are below. */
  root: string;
  /** What the env files hold, and the absolute path of the file each key came from. */
  env: {
    values: ReadonlyMap<string, string>;
    origins: ReadonlyMap<string, string>;
    /** Absolute paths of env files that are there but may not be read. */
    unreadable?: readonly string[];
  };
  /** The env files that were looked at, for the error. */
  envFiles?: readonly string[];
  /** Whether the profile itself sets a key of the section; it then comes before the env files. Default: when it differs from the built-in one. */
  isSet?: (key: keyof DatabaseSection) => boolean;
}

/**
 * Which databases there are and how they are reached: from the site profile, and from the env files
 * for what the profile leaves open.
 *
 * @throws OpsError E_DATABASE_UNNAMED (exit 5) when nothing names a database, E_PERMISSION (exit 5)
 * when an env file that may name one cannot be read, E_DATABASE_SETTING (exit 2) for a port or an
 * address that makes no sense
 */
export function planDatabases(options: PlanDatabasesOptions): DatabasePlan | undefined {
  const { section } = options;
  const { engine } = section;
  if (engine === 'none') return undefined;
  refuseUnreadable(options, engine);
  const url = findUrl(options, engine);
  const databases = engine === 'sqlite' ? sqliteFiles(options, url) : names(options, url);
  if (databases.length === 0) throw unnamed(options);
  return {
    engine,
    connection: engine === 'sqlite' ? {} : connectionOf(options, url),
    databases: withMembers(databases),
  };
}

/** A database that only an unreadable file names would be missing from the backup, unnoticed. */
function refuseUnreadable({ section, env }: PlanDatabasesOptions, engine: DatabaseEngineName) {
  const [file] = env.unreadable ?? [];
  const named = engine === 'sqlite' ? section.files : section.databases;
  const { name: keys } = section.envKeys;
  if (file === undefined || named.length > 0 || keys.every((key) => env.values.has(key))) return;
  throw new OpsError(
    'E_PERMISSION',
    `${(env.unreadable ?? []).join(', ')} may not be read, and may name the databases of this site (${keys.join(', ')}).`,
    {
      exit: 'requirement',
      suggestions: [
        `Run om-ops with sudo, or as the user who owns ${file}.`,
        'Or name the databases in the site profile: om-ops config show',
      ],
    },
  );
}

function firstValue(
  { values }: PlanDatabasesOptions['env'],
  keys: readonly string[],
): string | undefined {
  for (const key of keys) {
    const value = values.get(key);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

function findUrl({ section, env }: PlanDatabasesOptions, engine: DatabaseEngineName): DatabaseUrl {
  for (const key of section.envKeys.url ?? ['DATABASE_URL']) {
    const url = parseDatabaseUrl(env.values.get(key) ?? '');
    // Another engine's address is no mistake: a site may have both.
    if (url?.engine === engine) return url;
  }
  return { engine };
}

/** The profile means every database it names; of several names in env files, some may be left over. */
function furtherName(index: number, inProfile: boolean): { optional?: true } {
  return index > 0 && !inProfile ? { optional: true } : {};
}

function names({ section, env }: PlanDatabasesOptions, url: DatabaseUrl): UnpackedDatabase[] {
  const inProfile = section.databases.length > 0;
  const found = inProfile
    ? section.databases
    : section.envKeys.name.map((key) => env.values.get(key) ?? '');
  const all = new Set(found.filter((name) => name !== ''));
  if (all.size === 0 && url.name !== undefined) all.add(url.name);
  return [...all].map((name, index) => ({ name, ...furtherName(index, inProfile) }));
}

function sqliteFiles(
  { section, root, env }: PlanDatabasesOptions,
  url: DatabaseUrl,
): UnpackedDatabase[] {
  const files = new Set(section.files.map((file) => resolve(root, file)));
  if (files.size === 0) {
    for (const key of section.envKeys.name) {
      const value = env.values.get(key) ?? '';
      if (value === '' || value === ':memory:') continue;
      files.add(existing(value, root, env.origins.get(key)));
    }
  }
  if (files.size === 0 && url.name !== undefined) files.add(existing(url.name, root, undefined));
  return [...files].map((file, index) => ({
    name: basename(file).replace(/\.(?:db3?|sqlite3?)$/i, '') || basename(file),
    file,
    ...furtherName(index, section.files.length > 0),
  }));
}

/** An application takes such a path from where it runs: below root, or beside its env file. */
function existing(value: string, root: string, origin: string | undefined): string {
  const beside = origin === undefined ? undefined : resolve(dirname(origin), value);
  return beside !== undefined && existsSync(beside) ? beside : resolve(root, value);
}

function withMembers(databases: readonly UnpackedDatabase[]): PlannedDatabase[] {
  const taken = new Set<string>();
  return databases.map((database) => {
    const plain = database.name
      .replace(/[\0/\\:%]/g, (character) => encodeURIComponent(character))
      .replace(/^\./, '%2E');
    let stem = plain;
    for (let number = 2; taken.has(stem.toLowerCase()); number++) stem = `${plain}-${number}`;
    taken.add(stem.toLowerCase());
    return { ...database, member: `${stem}.sql.gz` };
  });
}

function connectionOf(options: PlanDatabasesOptions, url: DatabaseUrl): DatabaseConnection {
  const { section, env } = options;
  const isSet =
    options.isSet ?? ((key: keyof DatabaseSection) => section[key] !== databaseDefaults[key]);
  const { envKeys } = section;
  const envHost = firstValue(env, envKeys.host) ?? url.host;
  const host = isSet('host') ? section.host : (envHost ?? section.host);
  const socket =
    section.socket ??
    (isSet('host') ? undefined : (firstValue(env, envKeys.socket ?? ['DB_SOCKET']) ?? url.socket));
  const port = section.port ?? portOf(env, envKeys.port) ?? url.port;
  const user = section.user ?? firstValue(env, envKeys.user) ?? url.user;
  const password = firstValue(env, envKeys.password) ?? url.password;
  return {
    ...(socket === undefined ? { host } : { socket }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  };
}

function portOf(env: PlanDatabasesOptions['env'], keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = env.values.get(key);
    if (value === undefined || value === '') continue;
    const port = Number(value);
    if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
    const where = env.origins.get(key) ?? 'the env file';
    throw new OpsError(
      'E_DATABASE_SETTING',
      `${key} in ${where} is no port: expected 1 to 65535.`,
      {
        exit: 'usage',
        suggestions: ['Correct it there, or set `database.port` in the site profile.'],
      },
    );
  }
  return undefined;
}

function unnamed({ section, root, envFiles = [] }: PlanDatabasesOptions): OpsError {
  const isSqlite = section.engine === 'sqlite';
  const key = isSqlite ? 'database.files' : 'database.databases';
  const looked = envFiles.length === 0 ? `any env file below ${root}` : envFiles.join(', ');
  return new OpsError(
    'E_DATABASE_UNNAMED',
    `No database is named: \`${key}\` of the site profile is empty, and none of ${section.envKeys.name.join(', ')} is set in ${looked}.`,
    {
      exit: 'requirement',
      suggestions: [
        isSqlite
          ? 'Name the files in the site profile: database: {engine: sqlite, files: [data/app.db]}'
          : 'Name the databases in the site profile: database: {databases: [my_database]}',
        'For a site without a database: database: {engine: none}',
      ],
    },
  );
}
