import { OpsError } from '../errors.ts';
import { type DatabaseUrl, hostAndPort, parseDatabaseUrl } from './database-url.ts';
import {
  type DatabaseEngineName,
  type DatabaseSection,
  databaseDefaults,
  urlKeys,
} from './section.ts';
import { sqliteFiles } from './sqlite/files.ts';

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
  /** Of SQLite: where a relative path was looked for, when it may mean several places. */
  tried?: string[];
  /** It is only a further name in the env files: when there is no such database, the others are dumped all the same. */
  optional?: true;
}

export type UnpackedDatabase = Omit<PlannedDatabase, 'member'>;

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
    /** Key to a variable in its value that nothing sets. */
    unresolved?: ReadonlyMap<string, string>;
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
  refuseUnresolved(options);
  const urls = findUrls(options, engine);
  const url = urls[0] ?? { engine };
  const databases = engine === 'sqlite' ? sqliteFiles(options) : names(options, urls);
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

/** Addresses of this engine, the first one first. Another engine's address is no mistake: a site may have both. */
function findUrls(
  { section, env }: PlanDatabasesOptions,
  engine: DatabaseEngineName,
): DatabaseUrl[] {
  return urlKeys(section).flatMap((key) => {
    const url = parseDatabaseUrl(env.values.get(key) ?? '');
    return url?.engine === engine ? url : [];
  });
}

/** Taken as it stands, it would name another database, or another server. */
function refuseUnresolved({ section, env }: PlanDatabasesOptions): void {
  const { name, user, host, port } = section.envKeys;
  for (const key of [...name, ...user, ...host, ...port, ...urlKeys(section)]) {
    const variable = env.unresolved?.get(key);
    if (variable === undefined) continue;
    throw new OpsError(
      'E_DATABASE_SETTING',
      `${key} in ${env.origins.get(key) ?? 'the env file'} takes a part of its value from \${${variable}}, which no env file sets.`,
      {
        exit: 'usage',
        suggestions: [
          `Set ${variable} in one of the env files, or write the value out.`,
          'Or say it in the site profile (database.databases, database.host, database.user), which comes first.',
        ],
      },
    );
  }
}

/** The profile means every database it names; of several names in env files, some may be left over. */
function furtherName(index: number, inProfile: boolean): { optional?: true } {
  return index > 0 && !inProfile ? { optional: true } : {};
}

function names(
  { section, env }: PlanDatabasesOptions,
  urls: readonly DatabaseUrl[],
): UnpackedDatabase[] {
  const inProfile = section.databases.length > 0;
  const found = inProfile
    ? section.databases
    : section.envKeys.name.map((key) => env.values.get(key) ?? '');
  const all = new Set(found.filter((name) => name !== ''));
  if (all.size === 0) {
    // Those of another server could not be reached by the same connection.
    for (const url of urls) {
      if (url.name !== undefined && isSameServer(url, urls[0]!)) all.add(url.name);
    }
  }
  return [...all].map((name, index) => ({ name, ...furtherName(index, inProfile) }));
}

function isSameServer(a: DatabaseUrl, b: DatabaseUrl): boolean {
  return a.host === b.host && a.port === b.port && a.socket === b.socket;
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
  const inProfile = isSet('host');
  const setting = inProfile ? section.host : firstValue(env, envKeys.host);
  const said = setting === undefined ? {} : hostAndPort(setting);
  const socket =
    section.socket ??
    said.socket ??
    (inProfile
      ? undefined
      : (firstValue(env, envKeys.socket ?? ['DB_SOCKET']) ??
        (said.host === undefined ? url.socket : undefined)));
  const host = said.host ?? (inProfile ? undefined : url.host) ?? section.host;
  const port = section.port ?? said.port ?? portOf(env, envKeys.port) ?? url.port;
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
  const keys = [...section.envKeys.name, ...urlKeys(section)].join(', ');
  return new OpsError(
    'E_DATABASE_UNNAMED',
    `No database is named: \`${key}\` of the site profile is empty, and none of ${keys} names one in ${looked}.`,
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
