import { engineNamed, type NamedEngine } from './engine-name.ts';
import type { DatabaseEngineName } from './section.ts';

/** What an address like `mysql://user:password@host:3306/name` says. */
export interface DatabaseUrl {
  engine: DatabaseEngineName;
  /** For SQLite, the path that is most likely meant. */
  name?: string;
  /** Of SQLite: every path that may be meant, the likeliest first. `sqlite:///data/app.db` is relative in Python and absolute elsewhere. */
  paths?: string[];
  host?: string;
  port?: number;
  socket?: string;
  user?: string;
  password?: string;
}

const scheme = /^(?:jdbc:)?([a-z][a-z0-9]*(?:[+_-][a-z0-9_+-]+)?):/i;

/**
 * Which database an address is of: `postgresql+asyncpg://…`, `jdbc:mysql://…`, `mongodb+srv://…`,
 * `user:pw@tcp(host:3306)/name` of Go, `mysql:host=…;dbname=…` of PHP, `host=… dbname=…` of libpq. Undefined for
 * what is no address of a database.
 */
export function engineOfUrl(text: string): NamedEngine | undefined {
  const value = text.trim();
  const word = scheme.exec(value)?.[1];
  if (word?.toLowerCase() === 'file')
    return /^file:[^\s]/i.test(value) ? { engine: 'sqlite' } : undefined;
  const named = word === undefined ? undefined : engineNamed(word);
  if (named !== undefined) {
    const rest = value.slice(scheme.exec(value)![0].length);
    const isAddress =
      rest.startsWith('//') ||
      (named.engine === 'sqlite' && /^\S/.test(rest)) ||
      /^[a-z_ ]+=|^(?:thin:)?@/i.test(rest);
    return isAddress && rest !== '' ? named : undefined;
  }
  if (goAddress.test(value)) return { engine: 'mysql' };
  if (/(?:^|\s)dbname\s*=/.test(value) && /(?:^|\s)(?:host|user|port)\s*=/.test(value))
    return { engine: 'postgres' };
  return undefined;
}

/** Undefined for what is no address of a database that om-ops dumps. */
export function parseDatabaseUrl(text: string): DatabaseUrl | undefined {
  const value = text.trim();
  const engine = engineOfUrl(value)?.engine;
  if (engine === undefined) return undefined;
  if (engine === 'sqlite') return sqliteUrl(value);
  const go = goAddress.exec(value);
  if (go !== null) return goUrl(go);
  const rest = value.replace(scheme, '');
  return rest.startsWith('//') ? serverUrl(engine, rest.slice(2)) : pairs(engine, rest);
}

function sqliteUrl(text: string): DatabaseUrl | undefined {
  const [, word = ''] = scheme.exec(text) ?? [];
  const path = plain(text.replace(scheme, '').replace(/[?#].*$/s, ''));
  const slashes = /^\/*/.exec(path)![0].length;
  const rest = path.slice(slashes);
  if (rest === '' || /^:?memory:?$/.test(rest)) return undefined;
  // `sqlite://host/path` there is none: what follows two slashes is the path.
  const relative = rest.replace(/^%kernel\.project_dir%\//, '');
  const isFile = word.toLowerCase() === 'file';
  const byCount: Record<number, string[]> = {
    0: [relative],
    1: [`/${rest}`],
    2: [relative],
    3: isFile ? [`/${rest}`, relative] : [relative, `/${rest}`],
  };
  const paths = relative === rest ? (byCount[slashes] ?? [`/${rest}`]) : [relative];
  return { engine: 'sqlite', name: paths[0]!, paths };
}

const goAddress = /^(?:([^\s:@/]*)(?::(.*))?@)?(tcp|tcp6|unix)\(([^()]+)\)\/([^\s/?]*)(?:\?\S*)?$/;

function goUrl([, user, password, kind, address = '', name]: RegExpExecArray): DatabaseUrl {
  return compact({
    engine: 'mysql',
    name,
    user,
    password,
    ...(kind === 'unix' ? { socket: address } : hostAndPort(address)),
  });
}

const place =
  String.raw`(\[[^\]\s]*\](?::\d+)?|[^\s:/?#@]*(?::\d+)?(?:,[^\s/?#@]*)?)` +
  String.raw`(?:\/([^\s?#]*))?(?:\?([^\s#]*))?(?:#.*)?$`;
const serverAddress = new RegExp(String.raw`^(?:([^\s:@/?#]*)(?::([^\s/?#]*))?@)?${place}`);
/** Many passwords have a `/`, a `#` or a `?` in them although it should be encoded: then the last `@` ends them. */
const looseAddress = new RegExp(String.raw`^(?:([^\s:@/?#]*)(?::(\S*))?@)${place}`);

function serverUrl(engine: DatabaseEngineName, text: string): DatabaseUrl | undefined {
  const strict = serverAddress.exec(text);
  // An `@` behind the host, unless it is in a parameter, ends the credentials after all.
  const isCut = strict?.[1] === undefined && text.replace(/=[^&#@]*@/g, '').includes('@');
  const found = strict === null || isCut ? looseAddress.exec(text) : strict;
  if (found === null) return undefined;
  const [, user, password, address = '', path = '', query = ''] = found;
  const parameters = new URLSearchParams(query.replace(/^&/, ''));
  const parameter = (...names: string[]) => {
    for (const name of names) {
      const value = parameters.get(name);
      if (value !== null && value !== '') return value;
    }
    return undefined;
  };
  // Of several hosts of a cluster the first one.
  const server = hostAndPort(plain(address.split(',')[0]!));
  const host = parameter('host', 'hostaddr');
  const port = Number(parameter('port'));
  return compact({
    engine,
    name: plain(path.replace(/\/+$/, '')) || parameter('dbname', 'database'),
    ...server,
    ...(host === undefined ? {} : hostAndPort(host)),
    ...(Number.isInteger(port) && port > 0 ? { port } : {}),
    ...socketOf(parameter('socket', 'unix_socket', 'unixSocket', 'socketPath')),
    user: plain(user ?? '') || parameter('user', 'username'),
    password: plain(password ?? '') || parameter('password'),
  });
}

function socketOf(socket: string | undefined): { socket?: string } {
  return socket?.startsWith('/') ? { socket } : {};
}

/** `host=127.0.0.1;dbname=shop` of PHP, `host=127.0.0.1 dbname=shop user=app password='x y'` of libpq. */
function pairs(engine: DatabaseEngineName, text: string): DatabaseUrl {
  const found = new Map<string, string>();
  for (const [, key = '', single, bare = ''] of text.matchAll(
    /(?:^|[\s;])\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s;]*))/gi,
  )) {
    found.set(key.toLowerCase(), single?.replace(/\\(.)/g, '$1') ?? bare);
  }
  const port = Number(found.get('port'));
  return compact({
    engine,
    name: found.get('dbname') ?? found.get('database'),
    ...hostAndPort(found.get('host') ?? found.get('hostaddr') ?? ''),
    ...(Number.isInteger(port) && port > 0 ? { port } : {}),
    ...socketOf(found.get('unix_socket')),
    user: found.get('user') ?? found.get('username'),
    password: found.get('password'),
  });
}

/** A host as settings have it. */
export interface HostSetting {
  host?: string;
  port?: number;
  socket?: string;
}

/**
 * Takes apart what stands where a host belongs: `127.0.0.1:3307`, `localhost:/run/mysqld/mysqld.sock`,
 * `/run/mysqld/mysqld.sock`, `[::1]:3306`, `[::1]`, `::1`, `p:localhost` of PHP, `tcp(db:3306)` of Go, `unix:///run/x.sock`.
 */
export function hostAndPort(text: string): HostSetting {
  const go = /^(?:tcp6?|unix)\((.*)\)$/.exec(text.trim())?.[1];
  const value = (go ?? text.trim()).replace(/^(?:p:|tcp:\/\/)/, '');
  const socket = /^(?:unix:(?:\/\/)?|[^:/[\]]*:)?(\/.*)$/.exec(value)?.[1];
  if (socket !== undefined) return { socket: socket.replace(/^\/+/, '/') };
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(value);
  if (bracketed !== null) return serverOf(bracketed[1]!, bracketed[2]);
  const [, host, port] = /^([^:]*):(\d{1,5})$/.exec(value) ?? [];
  return host === undefined ? serverOf(value, undefined) : serverOf(host, port);
}

function serverOf(host: string, port: string | undefined): HostSetting {
  const number = Number(port);
  return {
    ...(host === '' ? {} : { host }),
    ...(port !== undefined && number >= 1 && number <= 65535 ? { port: number } : {}),
  };
}

function compact(url: { [K in keyof DatabaseUrl]: DatabaseUrl[K] | undefined }): DatabaseUrl {
  return Object.fromEntries(
    Object.entries(url).filter(([, value]) => value !== undefined && value !== ''),
  ) as unknown as DatabaseUrl;
}

function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
