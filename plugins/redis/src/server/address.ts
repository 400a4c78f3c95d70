import { OpsError, readEnvFiles, type Site } from '@om-ops/kit';
import type { RedisSection } from '../site.ts';
import type { RedisAddress } from './client.ts';

/** Where the Redis of a site is: the profile, else its env files. @throws OpsError E_REDIS_SETTING (exit 2) */
export function redisAddress(site: Site, section: RedisSection, db?: number): RedisAddress {
  const { values } = readEnvFiles(site);
  const first = (keys: readonly string[]) =>
    keys.map((key) => values.get(key) ?? '').find((value) => value !== '');
  const said = section.url ?? first(section.envKeys) ?? 'redis://127.0.0.1:6379';
  const address = parsed(said);
  if (address === undefined)
    throw new OpsError(
      'E_REDIS_SETTING',
      `${section.url === null ? section.envKeys.join(' or ') : 'redis.url'} is no address of Redis.`,
      {
        exit: 'usage',
        suggestions: [
          'Write it as redis://host:6379/0, rediss://host:6379 or unix:///run/redis.sock',
        ],
      },
    );
  const password = first(section.passwordKeys) ?? address.password;
  const number = db ?? address.db;
  const place = address.socket ?? `${address.host}:${address.port}`;
  return {
    ...address,
    ...(password === undefined ? {} : { password }),
    db: number,
    where: `${place}/${number}`,
  };
}

function parsed(text: string): Omit<RedisAddress, 'where'> | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const plain = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  };
  const user = url.username === '' ? {} : { user: plain(url.username) };
  const password = url.password === '' ? {} : { password: plain(url.password) };
  if (/^(?:unix|redis\+socket):$/.test(url.protocol))
    return {
      socket: plain(url.pathname),
      tls: false,
      db: Number(url.searchParams.get('db') ?? 0),
      ...user,
      ...password,
    };
  if (!/^(?:rediss?|valkeys?):$/.test(url.protocol)) return undefined;
  const db = url.pathname.replace(/^\//, '');
  if (db !== '' && !/^\d+$/.test(db)) return undefined;
  return {
    host: url.hostname === '' ? '127.0.0.1' : url.hostname,
    port: url.port === '' ? 6379 : Number(url.port),
    tls: url.protocol === 'rediss:' || url.protocol === 'valkeys:',
    db: Number(db || 0),
    // A user that is only a placeholder, as `redis://:password@host`, is none.
    ...user,
    ...password,
  };
}
