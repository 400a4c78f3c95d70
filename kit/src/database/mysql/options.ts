import type { DatabaseConnection } from '../plan.ts';

/**
 * The arguments by which a client reads what {@link optionFile} wrote, which must come first, and by which it reaches
 * the server that the site says, whatever `~/.my.cnf` and groups like `[mysqldump]` say: they are read later than any
 * file of ours, and only the command line comes after them.
 */
export function mysqlArguments({ host, port, socket, user }: DatabaseConnection): string[] {
  const tcpPort = socket === undefined && !isLocal({ host, port, socket }) ? (port ?? 3306) : port;
  const options: [name: string, value: string | number | undefined][] = [
    ['protocol', protocolOf({ host, port, socket })],
    ['socket', socket],
    ['host', socket === undefined ? host : undefined],
    ['port', socket === undefined ? tcpPort : undefined],
    ['user', user],
  ];
  return [
    '--defaults-extra-file=/dev/fd/3',
    ...options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
  ];
}

/** The password, in the format of MySQL's and MariaDB's option files. */
export function optionFile({ password }: DatabaseConnection): string {
  return password === undefined ? '[client]\n' : `[client]\npassword=${quoted(password)}\n`;
}

type Place = {
  [K in 'host' | 'port' | 'socket']?: DatabaseConnection[K] | undefined;
};

/** Clients take `localhost` for the socket, whatever the port says; applications do not. */
function isLocal({ host, port, socket }: Place): boolean {
  return socket === undefined && port === undefined && (host ?? 'localhost') === 'localhost';
}

function protocolOf(place: Place): 'socket' | 'tcp' {
  return place.socket !== undefined || isLocal(place) ? 'socket' : 'tcp';
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
 * password of our own it gets an empty home instead, or it would log in with another one. Without, these files may
 * have it, and the rest of them that says where and as whom comes before the command line.
 */
export function mysqlEnvironment(
  { password }: DatabaseConnection,
  folder: string,
): Record<string, string | undefined> {
  const env = { LC_ALL: 'C', MYSQL_GROUP_SUFFIX: undefined };
  return password === undefined
    ? env
    : { ...env, HOME: folder, MYSQL_TEST_LOGIN_FILE: '/dev/null', MYSQL_PWD: undefined };
}
