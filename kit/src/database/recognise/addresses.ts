import { type DatabaseUrl, engineOfUrl, parseDatabaseUrl } from '../database-url.ts';
import type { NamedEngine } from '../engine-name.ts';
import type { FileFinding } from './files.ts';
import { isSecondary, speaksOfDatabase } from './settings.ts';

export interface Address {
  key: string;
  named: NamedEngine;
  url: DatabaseUrl | undefined;
}

/** Every setting that holds the address of a database, under whatever key, the likeliest first. */
export function addressesOf(
  values: ReadonlyMap<string, string>,
  findings: readonly FileFinding[],
): Address[] {
  const found: Address[] = [];
  for (const [key, value] of values) {
    const named = engineOfUrl(value);
    if (named === undefined) continue;
    const url = parseDatabaseUrl(value);
    // Anything may be a `file:`, and a database only under a name that says so.
    const isFile = /^file:/i.test(value.trim());
    if (named.engine === 'sqlite' && url === undefined) continue;
    if (isFile && !speaksOfDatabase(key) && !/(?:_|^)(?:URL|URI|DSN)$/i.test(key)) continue;
    if (isFile && !speaksOfDatabase(key) && !/\.(?:db3?|sqlite3?)(?:\?|$)/i.test(value)) continue;
    found.push({ key, named, url });
  }
  const byPrisma = findings.flatMap(({ envKeys }) => envKeys?.url ?? []);
  const rank = ({ key }: Address) =>
    byPrisma.includes(key)
      ? byPrisma.indexOf(key)
      : isSecondary(key)
        ? 100
        : /^(?:DATABASE|DB)_(?:URL|URI|DSN)$/i.test(key)
          ? 20
          : /(?:DATABASE|DATASOURCE|(?:^|_)DB)/i.test(key)
            ? 30
            : 40;
  return found.sort((a, b) => rank(a) - rank(b));
}

/** Another database of the same server, reached as the same user. */
export function isSameServer({ named, url }: Address, other: DatabaseUrl | undefined): boolean {
  if (url === undefined || other === undefined || named.engine !== other.engine) return false;
  if (url.engine === 'sqlite') return false;
  return (
    url.host === other.host &&
    url.port === other.port &&
    url.socket === other.socket &&
    url.user === other.user &&
    url.name !== undefined &&
    url.name !== other.name
  );
}

export function isSameDatabase(a: DatabaseUrl, b: DatabaseUrl | undefined): boolean {
  return b !== undefined && a.engine === b.engine && a.name === b.name;
}
