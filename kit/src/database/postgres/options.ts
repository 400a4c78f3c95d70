import { basename, dirname } from 'node:path';
import type { DatabaseConnection } from '../plan.ts';

/** Where the server is and as whom: nothing secret. */
export function serverArguments({ host, port, socket, user }: DatabaseConnection): string[] {
  // libpq takes the folder of the socket for a host; the socket's own name ends in the port.
  const named = socket === undefined ? null : /^\.s\.PGSQL\.(\d+)$/.exec(basename(socket));
  const folder = named === null ? socket : dirname(socket ?? '');
  const where = folder ?? host;
  // Said even when it is the usual one: PGPORT and a service may name another server.
  const which = named === null ? (port ?? 5432) : Number(named[1]);
  return [
    ...(where === undefined ? [] : [`--host=${where}`]),
    `--port=${which}`,
    ...(user === undefined ? [] : [`--username=${user}`]),
  ];
}

/** A database by name only: a plain name with `=` in it, or one that looks like an address, would be taken apart. */
export function conninfo(database: string): string {
  return `dbname='${database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** One line that fits every server; only the two characters that mean something are escaped. */
export function passfile(password: string): string {
  return `*:*:*:*:${password.replaceAll('\\', '\\\\').replaceAll(':', '\\:')}\n`;
}

/**
 * What the site says comes before what the user's environment says: PGHOSTADDR would reach another server under the
 * same name, a service of `~/.pg_service.conf` and PGOPTIONS would set what is not left open. With a
 * password of our own no other is tried.
 */
export function postgresEnvironment({
  password,
}: DatabaseConnection): Record<string, string | undefined> {
  return {
    LC_ALL: 'C',
    PGCONNECT_TIMEOUT: '15',
    PGAPPNAME: 'om-ops',
    PGCLIENTENCODING: 'UTF8',
    PGHOSTADDR: undefined,
    PGSERVICE: undefined,
    PGSERVICEFILE: undefined,
    PGOPTIONS: undefined,
    PGTZ: undefined,
    PGDATESTYLE: undefined,
    PGTARGETSESSIONATTRS: undefined,
    ...(password === undefined ? {} : { PGPASSFILE: '/dev/fd/3', PGPASSWORD: undefined }),
  };
}
