import { engineNamed, type NamedEngine } from '../engine-name.ts';
import type { databaseDefaults } from '../section.ts';

/** Settings that belong together: `MYSQL_DATABASE`, `MYSQL_USER`, `MYSQL_PASSWORD`, … */
export interface SettingGroup {
  /** What the keys start with; empty for none. */
  prefix: string;
  keys: Partial<Record<SettingRole, string[]>>;
  /** What says which engine it is, and the key that does. */
  named: (NamedEngine & { key: string }) | undefined;
}

export type SettingRole =
  | 'name'
  | 'file'
  | 'user'
  | 'password'
  | 'host'
  | 'port'
  | 'socket'
  | 'engine';

/** The last words of a key, and what it then holds. */
const roles: readonly [SettingRole, RegExp][] = [
  ['file', /(?:FILENAME|FILE_?PATH|FILE|STORAGE|SQLITE_PATH|PATH)$/i],
  ['socket', /(?:UNIX_?SOCKET|SOCKET_?PATH|SOCKET)$/i],
  ['user', /(?:USER_?NAME|USER|LOGIN)$/i],
  ['password', /(?:PASSWORD|PASSWD|PASS|PWD)$/i],
  ['host', /(?:HOST_?NAME|HOST|SERVER|ADDRESS|ADDR)$/i],
  ['port', /(?:TCP_PORT|PORT)$/i],
  [
    'engine',
    /(?:CLIENT|CONNECTION|DIALECT|TYPE|ENGINE|DRIVER_?NAME|DRIVER|PROVIDER|ADAPTER|BACKEND|VENDOR|KIND)$/i,
  ],
  ['name', /(?:DATABASE|DBNAME|NAME|DB)$/i],
];

/** What `DB_TABLE_NAME` and their like name is no database. */
const otherNames =
  /(?:table|schema|instance|cluster|container|volume|pool|collection|service|network|image|ssl|replica_?set|user|role|app|server|host)[_.-]+$/i;
/** What makes a group one of a database: `NAME` and `USER` alone are anybody's. */
const databaseWord =
  /(?:^|[^a-z])(?:dbs?|database|datasource|mysql|maria(?:db)?|postgres(?:ql|qldb|db)?|pg|psql|sql(?:ite)?3?|sqlsettings|typeorm|sequelize|knex|rds|mongo(?:db)?|mssql|oracle|redis|valkey)(?:$|[^a-z])/i;
/** What tests, shadow copies, replicas and caches are called: not what the site lives on. */
const secondary =
  /(?:^|_)(?:tests?|testing|ci|shadow|replicas?|read(?:only|er)?|slave|staging|old|legacy|backup|cache|session|queue|dev(?:elopment)?)(?:_|$)/i;

export function isSecondary(key: string): boolean {
  return secondary.test(key);
}

/** True for a key that speaks of a database: `DB_HOST`, `POSTGRES_SSL`, `MYSQL_ROOT_PASSWORD`. */
export function speaksOfDatabase(key: string): boolean {
  return databaseWord.test(words(key)) || /^PG[A-Z]/.test(key);
}

/** `databaseClient` as `database_Client`, so that its words can be told. */
function words(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
}

/** The settings that name a database, by what their keys start with; those that name none are left out. */
export function databaseGroups(values: ReadonlyMap<string, string>): SettingGroup[] {
  const groups = new Map<string, SettingGroup>();
  for (const [key, value] of values) {
    if (value === '') continue;
    for (const [role, prefix] of readings(key)) {
      const group = groups.get(prefix) ?? { prefix, keys: {}, named: undefined };
      groups.set(prefix, group);
      group.keys[role] = [...(group.keys[role] ?? []), key];
    }
  }
  const found = [...groups.values()].filter(
    (group) => isOfDatabase(group) && (group.keys.name !== undefined || nameless(group, values)),
  );
  for (const group of found) complete(group, groups, values);
  return found;
}

/** `DB_NAME` is the name of `DB_`; `POSTGRES_DB` that of `POSTGRES_`, `PGDATABASE` that of `PG`. */
function* readings(key: string): Generator<[SettingRole, string]> {
  for (const [role, pattern] of roles) {
    const found = pattern.exec(key);
    if (found === null) continue;
    const prefix = key.slice(0, found.index);
    if (prefix !== '' && !/[_.-]$/.test(prefix) && prefix !== 'PG' && !/[a-z]$/.test(prefix))
      continue;
    if (prefix !== '' && /[a-z]$/.test(prefix) && !/^[A-Z]/.test(found[0])) continue;
    yield [role, prefix];
    return;
  }
}

function isOfDatabase({ prefix, keys }: SettingGroup): boolean {
  if (/redis|valkey/i.test(prefix) || otherNames.test(prefix)) return false;
  if (databaseWord.test(words(prefix.replace(/[_.-]+$/, ''))) || prefix === 'PG') return true;
  const [name = ''] = keys.name ?? [];
  return (
    /(?:DATABASE|DBNAME|DB)$/i.test(name) &&
    (keys.user !== undefined || keys.host !== undefined || keys.engine !== undefined)
  );
}

/** SQLite by a file, or an engine alone: Laravel's `DB_CONNECTION=sqlite` has a place of its own. */
function nameless({ keys }: SettingGroup, values: ReadonlyMap<string, string>): boolean {
  if (keys.engine?.some((key) => engineNamed(values.get(key) ?? '') !== undefined)) return true;
  const files = (keys.file ?? []).filter((key) =>
    /\.(?:db3?|sqlite3?)$/i.test(values.get(key) ?? ''),
  );
  return files.length > 0;
}

/**
 * What a group leaves open may stand one level up: `database__client` for `database__connection__`, `DB_TYPE` for
 * `DB_POSTGRESDB_`, `DB_USER` for `DB_AUTH_`.
 */
function complete(
  group: SettingGroup,
  groups: ReadonlyMap<string, SettingGroup>,
  values: ReadonlyMap<string, string>,
): void {
  for (let prefix = above(group.prefix); prefix !== undefined; prefix = above(prefix)) {
    for (const [role, keys] of Object.entries(groups.get(prefix)?.keys ?? {})) {
      if (role !== 'name' && role !== 'file') group.keys[role as SettingRole] ??= keys;
    }
  }
  // One level down: `GITEA__database__DB_TYPE` beside `GITEA__database__NAME`.
  const below = groups.get(`${group.prefix}DB_`)?.keys.engine;
  if (below !== undefined) group.keys.engine ??= below;
  group.named = engineOf(group, values);
}

function above(prefix: string): string | undefined {
  const parts = prefix.split(/(?<=[_.-])(?=[^_.-])/);
  return parts.length < 2 ? undefined : parts.slice(0, -1).join('');
}

function engineOf(
  { prefix, keys }: SettingGroup,
  values: ReadonlyMap<string, string>,
): SettingGroup['named'] {
  for (const key of keys.engine ?? []) {
    const named = engineNamed(values.get(key) ?? '');
    if (named !== undefined) return { ...named, key };
  }
  const [key = prefix] = keys.name ?? keys.file ?? [];
  const byPrefix = prefix
    .split(/[_.-]+/)
    .map((word) => engineNamed(word))
    .find((named) => named !== undefined);
  if (byPrefix !== undefined) return { ...byPrefix, key };
  if (/^WORDPRESS_/i.test(prefix)) return { engine: 'mysql', key };
  const [port = ''] = keys.port ?? [];
  if (values.get(port) === '5432') return { engine: 'postgres', key: port };
  if (values.get(port) === '3306') return { engine: 'mysql', key: port };
  if (keys.name === undefined && keys.file !== undefined) return { engine: 'sqlite', key };
  return undefined;
}

/** The lists of `database.envKeys` that a group needs and the built-in ones lack. */
export function envKeysOf({
  prefix,
  keys,
}: SettingGroup): Partial<typeof databaseDefaults.envKeys> {
  const separator = /[_.-]+$/.exec(prefix)?.[0] ?? '';
  const usual = { user: 'USER', password: 'PASSWORD', host: 'HOST', port: 'PORT' } as const;
  const found: Partial<typeof databaseDefaults.envKeys> = {};
  if (keys.name !== undefined) found.name = keys.name;
  for (const [role, word] of Object.entries(usual) as [keyof typeof usual, string][]) {
    // A key that is not set today is where it will be looked for tomorrow.
    found[role] = keys[role] ?? (separator === '' && prefix !== 'PG' ? [] : [`${prefix}${word}`]);
  }
  if (keys.socket !== undefined) found.socket = keys.socket;
  return found;
}

/** The database images of compose know a root password for those who make no user of their own. */
export function rootPassword(
  { prefix, keys }: SettingGroup,
  values: ReadonlyMap<string, string>,
): string | undefined {
  const key = `${prefix}ROOT_PASSWORD`;
  return keys.user === undefined && (values.get(key) ?? '') !== '' ? key : undefined;
}
