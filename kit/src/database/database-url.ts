import type { DatabaseEngineName } from './section.ts';

/** What an address like `mysql://user:password@host:3306/name` says. */
export interface DatabaseUrl {
  engine: DatabaseEngineName;
  /** For SQLite, the path. */
  name?: string;
  host?: string;
  port?: number;
  socket?: string;
  user?: string;
  password?: string;
}

const engines: Readonly<Record<string, DatabaseEngineName>> = {
  'mysql:': 'mysql',
  'mysql2:': 'mysql',
  'mariadb:': 'mysql',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'file:': 'sqlite',
  'sqlite:': 'sqlite',
  'sqlite3:': 'sqlite',
};

/** Undefined for what is no address of a database we know. */
export function parseDatabaseUrl(text: string): DatabaseUrl | undefined {
  const engine = engines[/^[a-z0-9]+:/i.exec(text)?.[0].toLowerCase() ?? ''];
  if (engine === undefined) return undefined;
  if (engine === 'sqlite') {
    const path = text.replace(/^[a-z0-9]+:(?:\/\/(?=\/|\.))?/i, '').replace(/\?.*$/s, '');
    return path === '' || path === ':memory:' ? undefined : { engine, name: plain(path) };
  }
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const socket = url.searchParams.get('socket') ?? url.searchParams.get('host');
  const name = plain(url.pathname.replace(/^\//, ''));
  return {
    engine,
    ...(name === '' ? {} : { name }),
    ...(url.hostname === '' ? {} : { host: plain(url.hostname).replace(/^\[(.*)\]$/, '$1') }),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    ...(socket?.startsWith('/') ? { socket } : {}),
    ...(url.username === '' ? {} : { user: plain(url.username) }),
    ...(url.password === '' ? {} : { password: plain(url.password) }),
  };
}

function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
