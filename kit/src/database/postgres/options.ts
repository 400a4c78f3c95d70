import { basename, dirname } from 'node:path';
import type { DatabaseConnection } from '../plan.ts';

/** Where the server is and as whom: nothing secret. */
export function serverArguments({ host, port, socket, user }: DatabaseConnection): string[] {
  // libpq takes the folder of the socket for a host; the socket's own name ends in the port.
  const named = socket === undefined ? null : /^\.s\.PGSQL\.(\d+)$/.exec(basename(socket));
  const folder = named === null ? socket : dirname(socket ?? '');
  const where = folder ?? host;
  const which = named === null ? port : Number(named?.[1]);
  return [
    ...(where === undefined ? [] : [`--host=${where}`]),
    ...(which === undefined ? [] : [`--port=${which}`]),
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

/** With a password of our own nothing from outside may come before it. */
export function postgresEnvironment({ password }: DatabaseConnection): Record<string, string> {
  return {
    LC_ALL: 'C',
    PGCONNECT_TIMEOUT: '15',
    PGAPPNAME: 'om-ops',
    ...(password === undefined ? {} : { PGPASSFILE: '/dev/fd/3', PGPASSWORD: '' }),
  };
}
