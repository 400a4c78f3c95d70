import { basename, dirname, join } from 'node:path';
import { parseDatabaseUrl } from '../database-url.ts';
import { engineNamed, type NamedEngine } from '../engine-name.ts';
import type { DatabaseEngineName, DatabaseEnvKeys } from '../section.ts';
import { django } from './django.ts';

/** What a file of a framework says about the site's database. */
export interface FileFinding {
  /** Its path below root. */
  path: string;
  named: NamedEngine;
  databases?: string[];
  /** SQLite files below root. */
  files?: string[];
  host?: string;
  port?: number;
  user?: string;
  /** Keys of the env files that it takes its settings from. */
  envKeys?: Partial<DatabaseEnvKeys>;
  /** The password stands in it, where om-ops does not read it. */
  holdsPassword?: true;
  /** Of a compose file: the name by which the other services reach it, and where this machine does. */
  service?: { name: string; port: number | undefined };
}

/** What the files say, the surest first. */
export async function findingsOf(texts: ReadonlyMap<string, string>): Promise<FileFinding[]> {
  const found: FileFinding[] = [];
  for (const [path, text] of texts) {
    const name = basename(path);
    if (name === 'schema.prisma') found.push(...prisma(path, text));
    else if (name === 'wp-config.php') found.push(...wordpress(path, text));
    else if (name === 'database.yml') found.push(...(await rails(path, text)));
    else if (/^(?:docker-)?compose[\w.-]*\.ya?ml$/.test(name))
      found.push(...(await compose(path, text)));
    else if (name.endsWith('.py')) found.push(...django(path, text));
    else if (name === 'config.production.json') found.push(...ghost(path, text));
    else if (name === 'config.json' || name === 'ormconfig.json') found.push(...json(path, text));
  }
  return found;
}

/** The engines whose drivers the site depends on. */
export function driversOf(texts: ReadonlyMap<string, string>): Map<DatabaseEngineName, string> {
  const found = new Map<DatabaseEngineName, string>();
  for (const [path, text] of texts) {
    if (!/(?:package\.json|requirements\.txt|pyproject\.toml|Gemfile|go\.mod)$/.test(path))
      continue;
    for (const [engine, pattern] of drivers) {
      const name = pattern.exec(text)?.[1];
      if (name !== undefined && !found.has(engine)) found.set(engine, `${name} in ${path}`);
    }
  }
  return found;
}

const drivers: readonly [DatabaseEngineName, RegExp][] = [
  [
    'postgres',
    /["'/\s](pg|pg-promise|postgres|psycopg2?(?:-binary)?|psycopg\[binary\]|asyncpg|pgx|lib\/pq)["'@\s=><~[/]/,
  ],
  [
    'mysql',
    /["'/\s](mysql2?|mariadb|mysqlclient|pymysql|PyMySQL|aiomysql|go-sql-driver\/mysql)["'@\s=><~[/]/,
  ],
  ['sqlite', /["'/\s](better-sqlite3|sqlite3|sqlite|go-sqlite3|aiosqlite)["'@\s=><~[/]/],
];

function prisma(path: string, text: string): FileFinding[] {
  const block = /\bdatasource\s+\w+\s*\{([^}]*)\}/.exec(text.replace(/^\s*\/\/.*$/gm, ''))?.[1];
  const provider = /\bprovider\s*=\s*\[?\s*"([^"]+)"/.exec(block ?? '')?.[1];
  const named = engineNamed(provider ?? '');
  if (block === undefined || named === undefined) return [];
  // A pooler stands before the address of the application; a dump wants the server itself.
  const keys = ['directUrl', 'url'].flatMap(
    (field) => new RegExp(`\\b${field}\\s*=\\s*env\\("([^"]+)"\\)`).exec(block)?.[1] ?? [],
  );
  const literal = /\burl\s*=\s*"([^"]+)"/.exec(block)?.[1];
  const file = literal === undefined ? undefined : parseDatabaseUrl(literal)?.name;
  return [
    {
      path,
      named,
      ...(keys.length > 0 ? { envKeys: { url: keys } } : {}),
      ...(named.engine === 'sqlite' && file !== undefined
        ? { files: [join(dirname(path), file)] }
        : {}),
    },
  ];
}

/** om-ops reads the file as an env file: its names are the ones that are looked for anyway. */
function wordpress(path: string, text: string): FileFinding[] {
  return /define\s*\(\s*['"]DB_NAME['"]/.test(text) ? [{ path, named: { engine: 'mysql' } }] : [];
}

type Tree = { readonly [key: string]: unknown };

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function yamlTree(text: string): Promise<Tree> {
  const { parse } = await import('yaml');
  try {
    const value: unknown = parse(text, { merge: true, logLevel: 'silent', maxAliasCount: 100 });
    return isTree(value) ? value : {};
  } catch {
    return {};
  }
}

const plainText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

/** `<%= ENV["SHOP_DB"] %>` and `<%= ENV.fetch("SHOP_DB") { "shop" } %>` as `\0SHOP_DB`. */
function withoutRuby(text: string): string {
  return text
    .replace(/<%=\s*ENV(?:\.fetch)?\s*[[(]\s*["']([\w.]+)["'][^%]*%>/g, '"\\0$1"')
    .replace(/<%[^%]*%>/g, '');
}

async function rails(path: string, text: string): Promise<FileFinding[]> {
  const tree = await yamlTree(withoutRuby(text));
  const production = isTree(tree.production) ? tree.production : undefined;
  // With several databases there is one more level: production.primary.
  const primary = isTree(production?.primary) ? production.primary : production;
  if (primary === undefined) return [];
  const said = (field: string) => {
    const value = plainText(primary[field]);
    return value?.startsWith('\0') === true ? { key: value.slice(1) } : { value };
  };
  const adapter = said('adapter').value;
  const url = said('url');
  const named = engineNamed(adapter ?? '');
  const envKeys: Partial<DatabaseEnvKeys> = {};
  const take = (role: keyof DatabaseEnvKeys, key: string | undefined) => {
    if (key !== undefined) envKeys[role] = [key];
  };
  take('url', url.key);
  take('name', said('database').key);
  take('user', said('username').key);
  take('password', said('password').key);
  take('host', said('host').key);
  take('port', said('port').key);
  if (named === undefined) return [];
  const base = join(dirname(path), '..');
  const database = said('database').value;
  const { host, port } = { host: said('host').value, port: Number(said('port').value) };
  return [
    {
      path,
      named,
      ...(database === undefined
        ? {}
        : named.engine === 'sqlite'
          ? { files: [join(base, database)] }
          : { databases: [database] }),
      ...(host === undefined ? {} : { host }),
      ...(Number.isInteger(port) && port > 0 ? { port } : {}),
      ...(said('username').value === undefined ? {} : { user: said('username').value! }),
      ...(said('password').value === undefined ? {} : { holdsPassword: true as const }),
      ...(Object.keys(envKeys).length > 0 ? { envKeys } : {}),
    },
  ];
}

/** Ghost's `config.production.json`. */
function ghost(path: string, text: string): FileFinding[] {
  const database = treeOf(text)?.database;
  const named = isTree(database) ? engineNamed(plainText(database.client) ?? '') : undefined;
  if (!isTree(database) || named === undefined) return [];
  const connection = isTree(database.connection) ? database.connection : {};
  const { filename, user, ...rest } = connection;
  return [connectionFinding(path, named, { ...rest, username: user, storage: filename })];
}

/** Sequelize's `config/config.json` and TypeORM's `ormconfig.json`. */
function json(path: string, text: string): FileFinding[] {
  const first = treeOf(text);
  if (first === undefined) return [];
  const settings = isTree(first.production) ? first.production : first;
  const word = plainText(settings.dialect) ?? plainText(settings.type);
  const named = engineNamed(word ?? '');
  if (named === undefined) return [];
  const key = plainText(settings.use_env_variable);
  return [
    {
      ...connectionFinding(path, named, settings),
      ...(key === undefined ? {} : { envKeys: { url: [key] } }),
    },
  ];
}

function treeOf(text: string): Tree | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const first = Array.isArray(value) ? value[0] : value;
    return isTree(first) ? first : undefined;
  } catch {
    return undefined;
  }
}

/** By the names that Sequelize has for it. */
function connectionFinding(path: string, named: NamedEngine, settings: Tree): FileFinding {
  const said = (field: string) => plainText(settings[field]);
  const database = said('database');
  const file = said('storage') ?? database;
  const port = Number(settings.port);
  const where =
    named.engine === 'sqlite'
      ? file === undefined
        ? {}
        : { files: [file] }
      : database === undefined
        ? {}
        : { databases: [database] };
  return {
    path,
    named,
    ...where,
    ...(said('host') === undefined ? {} : { host: said('host')! }),
    ...(Number.isInteger(port) && port > 0 ? { port } : {}),
    ...(said('username') === undefined ? {} : { user: said('username')! }),
    ...(said('password') === undefined ? {} : { holdsPassword: true as const }),
  };
}

/** A service of a database image: its name, user and published port. A value `${KEY}` is taken from the env files. */
async function compose(path: string, text: string): Promise<FileFinding[]> {
  const services = (await yamlTree(text)).services;
  if (!isTree(services)) return [];
  const found: FileFinding[] = [];
  for (const [name, service] of Object.entries(services)) {
    if (!isTree(service)) continue;
    const image = plainText(service.image) ?? '';
    const named = engineNamed(/([^/:@]+)(?:[:@][^/]*)?$/.exec(image)?.[1] ?? '');
    if (named === undefined) continue;
    const settings = environmentOf(service.environment);
    const finding: FileFinding = {
      path,
      named,
      service: { name, port: publishedPort(service.ports) },
    };
    const setting = (pattern: RegExp) => [...settings].find(([key]) => pattern.test(key))?.[1];
    const take = (role: 'name' | 'user' | 'password', value: string | undefined) => {
      const key = /^\$\{?([A-Za-z_]\w*)/.exec(value ?? '')?.[1];
      if (key !== undefined) finding.envKeys = { ...finding.envKeys, [role]: [key] };
      else if (value !== undefined && role === 'name') finding.databases = [value];
      else if (value !== undefined && role === 'user') finding.user = value;
      else if (value !== undefined) finding.holdsPassword = true;
    };
    take('name', setting(/^(?:POSTGRES(?:QL)?|MYSQL|MARIADB)_(?:DB|DATABASE)$/));
    take('user', setting(/^(?:POSTGRES(?:QL)?|MYSQL|MARIADB)_(?:USER|USERNAME)$/));
    take('password', setting(/^(?:POSTGRES(?:QL)?|MYSQL|MARIADB)_PASSWORD$/));
    found.push(finding);
  }
  return found;
}

function environmentOf(value: unknown): Map<string, string> {
  const pairs = Array.isArray(value)
    ? value.map((line) => String(line).split(/=(.*)/s, 2))
    : isTree(value)
      ? Object.entries(value).map(([key, text]) => [key, plainText(text)])
      : [];
  return new Map(
    pairs.flatMap(([key, text]) =>
      key !== undefined && text !== undefined && text !== '' ? [[key, text] as const] : [],
    ),
  );
}

/** Of `127.0.0.1:5433:5432`, 5433. */
function publishedPort(ports: unknown): number | undefined {
  const [first] = Array.isArray(ports) ? (ports as unknown[]) : [];
  const text = isTree(first) ? plainText(first.published) : plainText(first);
  const port = Number(
    /(?:^|:)(\d{1,5}):\d{1,5}(?:\/tcp)?$/.exec(text ?? '')?.[1] ?? (isTree(first) ? text : ''),
  );
  return Number.isInteger(port) && port > 0 ? port : undefined;
}
