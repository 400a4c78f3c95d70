import type { DatabaseConnection } from '../plan.ts';

/** The argument by which a client reads what {@link optionFile} wrote; must come first. */
export function mysqlCredentials(): string {
  return '--defaults-extra-file=/dev/fd/3';
}

/** How the server is reached, in the format of MySQL's and MariaDB's option files. */
export function optionFile({ host, port, socket, user, password }: DatabaseConnection): string {
  const options: [name: string, value: string | number | undefined][] = [
    ['user', user],
    ['password', password],
    ['socket', socket],
    ['host', host],
    ['port', port],
    ['protocol', protocolOf({ host, port, socket })],
  ];
  const lines = options
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quoted(String(value))}`);
  return `[client]\n${lines.join('\n')}\n`;
}

/** Clients take `localhost` for the socket, whatever the port says; applications do not. */
function protocolOf({
  host,
  port,
  socket,
}: Pick<
  { [K in keyof DatabaseConnection]: DatabaseConnection[K] | undefined },
  'host' | 'port' | 'socket'
>): string | undefined {
  if (socket !== undefined) return 'socket';
  if (host === 'localhost' && port === undefined) return undefined;
  return host === undefined ? undefined : 'tcp';
}

/** Within quotes only the backslash, the quote and line endings mean something; `#` and spaces do not. */
function quoted(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `"${escaped}"`;
}

/**
 * A client reads `~/.my.cnf` after the file we hand it, and `~/.mylogin.cnf` last of all: with a
 * password of our own it gets an empty home instead, or it would log in as somebody else.
 */
export function mysqlEnvironment(
  { password }: DatabaseConnection,
  folder: string,
): Record<string, string> {
  return password === undefined
    ? { LC_ALL: 'C' }
    : { LC_ALL: 'C', HOME: folder, MYSQL_TEST_LOGIN_FILE: '/dev/null' };
}
