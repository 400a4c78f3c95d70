import { type Configuration, type Node, named, placeOf, wordsOf } from '../config/configuration.ts';
import { type Effective, effective, sentHeaders, utf8 } from './effective.ts';
import { findLocation, type Location, nameOf, normalPath, passOf } from './locations.ts';
import type { Answering } from './servers.ts';

/** A group of servers that requests are handed to. */
export interface Upstream {
  name: string;
  servers: readonly string[];
  from: string;
}

/** What becomes of a path at one address. */
export interface Route {
  /** As it was asked, or the location's own. */
  path: string;
  /** The addresses where it is so. */
  listen: readonly string[];
  server: string;
  serverNames: readonly string[];
  /** As it is written: `^~ /api/`; null: the server's own directives answer. */
  location: string | null;
  from: string;
  does: 'proxy' | 'redirect' | 'return' | 'other' | 'files' | 'refuse';
  /** The address that is asked, for this path; with variables in it as they stand. */
  target: string | null;
  /** What `proxy_pass` says. */
  backend: string | null;
  upstream: Upstream | null;
  settings: readonly Effective[];
  headers: readonly Effective[];
  /** Sentences. */
  notes: readonly string[];
}

const shown = [
  'proxy_http_version',
  'client_max_body_size',
  'proxy_connect_timeout',
  'proxy_send_timeout',
  'proxy_read_timeout',
];

/** What nginx does with a path that comes in at one address. */
export function routeOf(configuration: Configuration, at: Answering, path: string): Route {
  const { node } = at.server;
  const head = {
    path,
    listen: [at.address],
    server: placeOf(node),
    serverNames: at.server.names.filter((name) => name !== '').map(utf8),
  };
  const merges = effective(node, 'merge_slashes').value !== 'off';
  const normal = normalPath(path, merges);
  if (normal === undefined)
    return {
      ...head,
      ...nothing,
      location: null,
      from: placeOf(node),
      does: 'refuse',
      notes: ['nginx answers 400.'],
    };
  const early = answeredBefore(node);
  if (early !== undefined)
    return {
      ...head,
      ...nothing,
      location: null,
      from: placeOf(early),
      ...returned(early),
      notes: [],
    };
  const found = findLocation(node, normal);
  const notes = [
    ...rewriteNotes(node),
    ...found.regexes.map(
      (one) =>
        `${nameOf(one)} (${placeOf(one.node)}) is a regular expression om-ops cannot try; it may match first.`,
    ),
  ];
  if (found.kind === 'server')
    return { ...head, ...nothing, location: null, from: placeOf(node), does: 'files', notes };
  const { location } = found;
  const where = { location: nameOf(location), from: placeOf(location.node) };
  if (found.kind === 'slash') {
    const target = utf8(location.path);
    return {
      ...head,
      ...nothing,
      ...where,
      does: 'redirect',
      target,
      notes: [`nginx answers 301 to ${target}.`, ...notes],
    };
  }
  const action = actionOf(
    configuration,
    location,
    normal,
    Buffer.from(path, 'utf8').toString('latin1'),
  );
  return { ...head, ...where, ...action, notes: [...notes, ...action.notes] };
}

const nothing = {
  target: null,
  backend: null,
  upstream: null,
  settings: [],
  headers: [],
} as const;

type Action = Pick<
  Route,
  'does' | 'target' | 'backend' | 'upstream' | 'settings' | 'headers' | 'notes'
>;

/** What a location does with a path that it answers. */
export function actionOf(
  configuration: Configuration,
  location: Location,
  path: string,
  asked = encoded(path),
): Action {
  const { node } = location;
  const notes = [...rewriteNotes(node), ...conditionNotes(node)];
  const early = answeredBefore(node);
  if (early !== undefined) return { ...nothing, ...returned(early), notes };
  const pass = passOf(node);
  if (pass === undefined) return { ...nothing, does: 'files', notes };
  if (pass.directive.name !== 'proxy_pass')
    return {
      ...nothing,
      does: 'other',
      target: utf8(wordsOf(pass).join(' ')),
      notes: [`${pass.directive.name} at ${placeOf(pass)}.`, ...notes],
    };
  const written = wordsOf(pass)[0] ?? '';
  const isRewritten = named(node.children, 'rewrite').length > 0;
  return {
    does: 'proxy',
    backend: utf8(written),
    target: utf8(settled(targetOf(written, location, { path, asked, isRewritten }), node)),
    upstream: upstreamOf(configuration, settled(written, node)) ?? null,
    settings: shown.map((name) => effective(node, name)),
    headers: sentHeaders(node),
    notes,
  };
}

/** A `return` that stands before everything else. */
function answeredBefore(node: Node): Node | undefined {
  return named(node.children, 'return')[0];
}

function returned(node: Node): { does: Route['does']; target: string | null } {
  const [code = '', text] = wordsOf(node);
  const status = /^\d+$/.test(code) ? Number(code) : 302;
  const where = text ?? (/^\d+$/.test(code) ? undefined : code);
  const isRedirect = status >= 301 && status <= 308 && where !== undefined;
  return {
    does: isRedirect ? 'redirect' : 'return',
    target: isRedirect ? utf8(where) : String(status),
  };
}

function rewriteNotes(node: Node): string[] {
  return named(node.children, 'rewrite').map(
    (one) => `rewrite ${utf8(wordsOf(one).join(' '))} (${placeOf(one)}) may change the path first.`,
  );
}

function conditionNotes(node: Node): string[] {
  return named(node.children, 'if').map((one) => {
    const inside = one.children.map(({ directive }) => directive.name).join(', ');
    return `if ${utf8(wordsOf(one).join(' '))} (${placeOf(one)}) can decide otherwise: ${inside}.`;
  });
}

/**
 * The address that is asked. A URI in `proxy_pass` takes the place of what the location matched; with a variable
 * in it, it is taken as it stands; without a URI the path goes on as it came.
 *
 * @param path as nginx compares it
 * @param asked as it came, with its query
 */
export function targetOf(
  written: string,
  { modifier, path: matched }: Location,
  { path, asked, isRewritten }: { path: string; asked: string; isRewritten: boolean },
): string {
  const parts = /^(https?:\/\/)(unix:[^:]+(?::|$)|[^/?]*)([\s\S]*)$/i.exec(written);
  if (parts === null) return written;
  const [, scheme = '', host = '', uri = ''] = parts;
  if (uri === '') return `${scheme}${host}${asked}`;
  if (written.includes('$')) return written;
  const query = /\?.*$/s.exec(asked)?.[0] ?? '';
  const isPlain = modifier === '' || modifier === '^~' || modifier === '=';
  // nginx refuses a URI below a regular expression; after a `rewrite … break` the whole path is taken.
  if (!isPlain || isRewritten) return `${scheme}${host}${uri}${query}`;
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
