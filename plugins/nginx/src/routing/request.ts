import type { Answering } from './servers.ts';

/** What is known of a request before it is asked: a path, at one address, of a browser that asks for a site. */
export interface Request {
  /** Decoded, latin1; as it is by now. */
  path: string;
  /** Behind the question mark; as it is by now. */
  query: string;
  /** As it came, latin1. */
  asked: string;
  /** What `set` and regular expressions have given a value. */
  values: ReadonlyMap<string, string | undefined>;
  host: string | undefined;
  serverName: string;
  isSsl: boolean;
  port: string | undefined;
}

/** @param path as nginx compares it @param asked as it came, latin1 */
export function requestOf(
  { server, address, listen }: Answering,
  serverName: string,
  { path, asked }: { path: string; asked: string },
): Request {
  return {
    path,
    query: /\?([^#]*)/s.exec(asked)?.[1] ?? '',
    asked,
    values: new Map(),
    host: /^[\w.-]*[a-z0-9][\w.-]*$/i.test(serverName) ? serverName.toLowerCase() : undefined,
    serverName: server.names[0] ?? '',
    isSsl: listen.isSsl,
    port: /:(\d+)$/.exec(address)?.[1],
  };
}

/** The value of a variable of nginx; undefined for what only nginx knows. */
export function valueIn(name: string, request: Request): string | undefined {
  if (request.values.has(name)) return request.values.get(name);
  switch (name) {
    case 'uri':
    case 'document_uri':
      return request.path;
    case 'request_uri':
      return request.asked;
    case 'args':
    case 'query_string':
      return request.query;
    case 'is_args':
      return request.query === '' ? '' : '?';
    case 'host':
      return request.host;
    case 'server_name':
      return request.serverName;
    case 'server_port':
      return request.port;
    case 'scheme':
      return request.isSsl ? 'https' : 'http';
    case 'https':
      return request.isSsl ? 'on' : '';
    default:
      return name.startsWith('arg_') ? argumentOf(name.slice('arg_'.length), request) : undefined;
  }
}

function argumentOf(name: string, { query }: Request): string {
  const found = query.split('&').find((one) => one.split('=', 1)[0]?.toLowerCase() === name);
  return found?.slice(name.length + 1) ?? '';
}

const variable = /\$(?:\{(\w+)\}|(\w+))/g;

/** A text with the values of its variables; those that only nginx knows stand as they are written. */
export function filled(text: string, request: Request): string {
  return text.replace(
    variable,
    (written, braced, plain) => valueIn(braced ?? plain, request) ?? written,
  );
}

/** {@link filled}; undefined when there is a variable in it that only nginx knows. */
export function known(text: string, request: Request): string | undefined {
  for (const [, braced, plain] of text.matchAll(variable))
    if (valueIn((braced ?? plain) as string, request) === undefined) return undefined;
  return filled(text, request);
}
