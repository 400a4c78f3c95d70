import { type Configuration, type Node, named, placeOf, wordsOf } from '../config/configuration.ts';
import { accessOf } from './access.ts';
import { effective, nearest, sentHeaders, utf8 } from './effective.ts';
import { type Location, locationsIn, passOf } from './locations.ts';
import { filled, type Request } from './request.ts';
import type { Route, Upstream } from './route.ts';

const shown = [
  'proxy_http_version',
  'client_max_body_size',
  'proxy_connect_timeout',
  'proxy_send_timeout',
  'proxy_read_timeout',
];

/** Of what hands nothing on. */
export const nothing = {
  target: null,
  backend: null,
  upstream: null,
  settings: [],
  headers: [],
} as const;

export type Action = Pick<
  Route,
  'does' | 'target' | 'backend' | 'upstream' | 'settings' | 'headers' | 'notes'
>;

/** Modules that answer by themselves. */
const answering =
  /^(?:stub_status|empty_gif|js_content|perl|echo|grpc_pass|content_by_lua(?:_block|_file)?)$/;

/** A request that has come to where it is answered. */
interface Arrived {
  request: Request;
  /** It was sent here by nginx itself: its path is another than the one that was asked for. */
  isInside: boolean;
  /** By `rewrite … break`. */
  isBroken: boolean;
}

/**
 * What answers in the end, after whoever may not be answered is refused.
 *
 * @param node the location, the `if` in it that holds, or the server
 * @param arrived undefined: any path of the location
 */
export function contentOf(
  configuration: Configuration,
  location: Location | undefined,
  node: Node,
  arrived: Arrived | undefined,
): Action {
  const { refusedBy, notes } = accessOf(node);
  if (refusedBy !== undefined) {
    const said = `nginx answers 403: ${refusedBy.directive.name} ${wordsOf(refusedBy).join(' ')} (${placeOf(refusedBy)}).`;
    return { ...nothing, does: 'refuse', notes: [said, ...errorPageNotes(node, 403)] };
  }
  const pass = passOf(node) ?? (location === undefined ? undefined : passOf(location.node));
  if (pass === undefined || location === undefined) {
    const own = node.children.find(({ directive }) => answering.test(directive.name));
    if (own !== undefined) return { ...nothing, does: 'other', target: own.directive.name, notes };
    return { ...nothing, does: 'files', notes: [...fallbackNotes(node), ...notes] };
  }
  if (pass.directive.name !== 'proxy_pass')
    return {
      ...nothing,
      does: 'other',
      target: utf8(wordsOf(pass).join(' ')),
      notes: [`${pass.directive.name} at ${placeOf(pass)}.`, ...notes],
    };
  const written = wordsOf(pass)[0] ?? '';
  const fill = (text: string) =>
    arrived === undefined ? settled(text, node) : filled(text, arrived.request);
  const target = targetOf(written, location, sent(location, node, arrived));
  return {
    does: 'proxy',
    backend: utf8(written),
    target: utf8(fill(target)),
    upstream: upstreamOf(configuration, fill(written)) ?? null,
    settings: shown.map((name) => effective(node, name)),
    headers: sentHeaders(node),
    notes,
  };
}

interface Sent {
  /** As nginx compares it. */
  path: string;
  /** As it is sent on where nothing takes its place, with its query. */
  asked: string;
  /** By `rewrite … break`: it is sent whole. */
  isRewritten: boolean;
}

function sent(location: Location, node: Node, arrived: Arrived | undefined): Sent {
  if (arrived === undefined) {
    const isRewritten = named(node.children, 'rewrite').length > 0;
    return { path: location.path, asked: encoded(location.path), isRewritten };
  }
  const { request, isInside, isBroken } = arrived;
  const { path, query } = request;
  const asked = isInside ? `${encoded(path)}${query === '' ? '' : `?${query}`}` : request.asked;
  return { path, asked, isRewritten: isBroken };
}

/** Where a request goes for which there is no file. */
function fallbackNotes(node: Node): string[] {
  const tried = nearest(node, 'try_files');
  const last = tried === undefined ? undefined : wordsOf(tried).at(-1);
  if (tried === undefined || last === undefined) return [];
  const from = `try_files at ${placeOf(tried)}`;
  if (last.startsWith('='))
    return [`What is not there is answered with ${last.slice(1)} (${from}).`];
  if (!last.startsWith('@')) return [`What is not there goes to ${utf8(last)} (${from}).`];
  const named = locationNamed(node, last);
  const pass = named === undefined ? undefined : passOf(named.node);
  const then =
    pass === undefined
      ? ''
      : `, which hands it on: ${pass.directive.name} ${utf8(wordsOf(pass).join(' '))} (${placeOf(pass)})`;
  return [`What is not there goes to ${utf8(last)}${then} (${from}).`];
}

function locationNamed(node: Node, name: string): Location | undefined {
  let server: Node = node;
  while (server.parent !== undefined && server.directive.name !== 'server') server = server.parent;
  return locationsIn(server.children).find(
    ({ path, modifier }) => modifier === '@' && path === name,
  );
}

/** What is shown instead of a status. */
export function errorPageNotes(node: Node, status: number): string[] {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) {
    const pages = named(at.children, 'error_page');
    const own = pages.find((one) => wordsOf(one).slice(0, -1).includes(String(status)));
    if (own !== undefined)
      return [
        `Instead of ${status} there is ${utf8(wordsOf(own).at(-1) ?? '')} (error_page at ${placeOf(own)}).`,
      ];
    if (pages.length > 0) return [];
  }
  return [];
}

/**
 * The address that is asked. A URI in `proxy_pass` takes the place of what the location matched; with a variable
 * in it, it is taken as it stands; without a URI, or after `rewrite … break`, the path goes on as it is.
 */
function targetOf(
  written: string,
  { modifier, path: matched }: Location,
  { path, asked, isRewritten }: Sent,
): string {
  const parts = /^(https?:\/\/)(unix:[^:]+(?::|$)|[^/?]*)([\s\S]*)$/i.exec(written);
  if (parts === null) return written;
  const [, scheme = '', host = '', uri = ''] = parts;
  if (uri === '') return `${scheme}${host}${asked}`;
  if (written.includes('$')) return written;
  if (isRewritten) return `${scheme}${host}${asked}`;
  const query = /\?.*$/s.exec(asked)?.[0] ?? '';
  const isPlain = modifier === '' || modifier === '^~' || modifier === '=';
  // nginx refuses a URI below a regular expression.
  if (!isPlain) return `${scheme}${host}${uri}${query}`;
  return `${scheme}${host}${uri}${encoded(path.slice(matched.length))}${query}`;
}

/** With the variables that `set` gives a value in the location or around it; others are known only to nginx. */
function settled(address: string, node: Node): string {
  if (!address.includes('$')) return address;
  const values = new Map<string, string>();
  for (let at: Node | undefined = node; at !== undefined; at = at.parent)
    for (const one of named(at.children, 'set')) {
      const [name = '', value = ''] = wordsOf(one);
      if (!values.has(name.slice(1))) values.set(name.slice(1), value);
    }
  return address.replace(/\$(?:\{(\w+)\}|(\w+))/g, (written, braced, plain) => {
    const value = values.get(braced ?? plain);
    return value === undefined || value.includes('$') ? written : value;
  });
}

/** As nginx writes a path into a request line. */
function encoded(path: string): string {
  return path.replace(
    /[\0-\x20\x7f-\xff%?#]/g,
    (ch) => `%${ch.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** The `upstream` that a `proxy_pass` names. */
export function upstreamOf({ main }: Configuration, written: string): Upstream | undefined {
  const host = /^https?:\/\/([^/:?$]+)/i.exec(written)?.[1]?.toLowerCase();
  if (host === undefined) return undefined;
  const found = named(main, 'http')
    .flatMap(({ children }) => named(children, 'upstream'))
    .find((one) => wordsOf(one)[0]?.toLowerCase() === host);
  return found === undefined
    ? undefined
    : {
        name: utf8(host),
        servers: named(found.children, 'server').map((one) => utf8(wordsOf(one).join(' '))),
        from: placeOf(found),
      };
}
