import { type Node, named, wordsOf } from '../config/configuration.ts';
import { compiled } from './regex.ts';

export type Modifier = '' | '=' | '^~' | '~' | '~*' | '@';

export interface Location {
  node: Node;
  modifier: Modifier;
  /** Latin1, as nginx compares it. */
  path: string;
}

/** What happens to a path. */
export type Found =
  | { kind: 'location'; location: Location; regexes: readonly Location[] }
  /** nginx sends the browser to the same path with a slash behind it. */
  | { kind: 'slash'; location: Location; regexes: readonly Location[] }
  /** No location: the server's own directives. */
  | { kind: 'server'; regexes: readonly Location[] };

export function locationOf(node: Node): Location {
  const [first = '', second] = wordsOf(node);
  if (second !== undefined) return { node, modifier: first as Modifier, path: second };
  // `location =/x` and `location ~\.php$` are written without the blank as well.
  const glued = /^(=|\^~|~\*|~|@)([\s\S]*)$/.exec(first);
  if (glued === null) return { node, modifier: '', path: first };
  const modifier = glued[1] as Modifier;
  return { node, modifier, path: modifier === '@' ? first : (glued[2] as string) };
}

/** `location ^~ /api/`, as it would be written. */
export function nameOf({ modifier, path }: Location): string {
  const name = Buffer.from(path, 'latin1').toString('utf8');
  return modifier === '' || modifier === '@' ? name : `${modifier} ${name}`;
}

/** Those directly in a block. */
export function locationsIn(nodes: readonly Node[]): Location[] {
  return named(nodes, 'location').map(locationOf);
}

/** All of them, nested ones behind the one they are in. */
export function allLocations(nodes: readonly Node[]): Location[] {
  return locationsIn(nodes).flatMap((one) => [one, ...allLocations(one.node.children)]);
}

const passes = [
  'proxy_pass',
  'fastcgi_pass',
  'uwsgi_pass',
  'scgi_pass',
  'memcached_pass',
  'grpc_pass',
];

/** The directive that hands a request on, if the block has one of its own: none is inherited. */
export function passOf(node: Node): Node | undefined {
  return named(node.children, ...passes)[0];
}

type Step = 'exact' | 'slash' | 'prefix' | 'regex' | 'none';

/**
 * Which location answers a path, as `ngx_http_core_find_location` does: `=` first; the longest prefix, then what
 * is nested in it; unless `^~` forbids it the regular expressions of the level in the order of the file, nested
 * ones before outer ones; else the prefix.
 *
 * @param server the server's node
 * @param path decoded, latin1, without the query: see `normalPath`
 */
export function findLocation(server: Node, path: string): Found {
  const search = new Search(path);
  const step = search.find(server.children);
  const { found, unclear } = search;
  if (found === undefined) return { kind: 'server', regexes: unclear };
  return { kind: step === 'slash' ? 'slash' : 'location', location: found, regexes: unclear };
}

class Search {
  readonly #path: string;
  found: Location | undefined;
  /** Regular expressions that JavaScript does not know: they may match first. */
  readonly unclear: Location[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  find(nodes: readonly Node[]): Step {
    const locations = locationsIn(nodes);
    let step = this.#prefix(locations);
    let withoutRegexes = false;
    if (step === 'prefix') {
      const outer = this.found as Location;
      withoutRegexes = outer.modifier === '^~';
      step = this.find(outer.node.children);
    }
    if (step === 'exact' || step === 'slash' || step === 'regex') return step;
    if (!withoutRegexes && this.#regex(locations)) return 'regex';
    return step;
  }

  #prefix(locations: readonly Location[]): Step {
    let best: Location | undefined;
    let slash: Location | undefined;
    for (const one of locations) {
      const { modifier, path } = one;
      if (modifier === '=' && path === this.#path) {
        this.found = one;
        return 'exact';
      }
      if (modifier === '' || modifier === '^~') {
        if (this.#path.startsWith(path) && (best === undefined || path.length > best.path.length))
          best = one;
      }
      if (
        (modifier === '' || modifier === '^~' || modifier === '=') &&
        path === `${this.#path}/` &&
        passOf(one.node) !== undefined
      )
        slash = one;
    }
    // A location of exactly this path is taken, and not sent elsewhere.
    if (slash !== undefined && best?.path !== this.#path) {
      this.found = slash;
      return 'slash';
    }
    if (best === undefined) return 'none';
    this.found = best;
    return 'prefix';
  }

  #regex(locations: readonly Location[]): boolean {
    for (const one of locations) {
      if (one.modifier !== '~' && one.modifier !== '~*') continue;
      const regex = compiled(one.path, one.modifier === '~*');
      if (regex === undefined) this.unclear.push(one);
      else if (regex.test(this.#path)) {
        this.found = one;
        this.find(one.node.children);
        return true;
      }
    }
    return false;
  }
}

/**
 * A path as nginx compares it: without query, decoded, `.`, `..` and double slashes resolved.
 *
 * @returns latin1; undefined for what nginx answers with 400
 */
export function normalPath(asked: string, mergesSlashes = true): string | undefined {
  const bytes = Buffer.from(asked.replace(/[?#].*$/s, ''), 'utf8').toString('latin1');
  if (!bytes.startsWith('/') || /%(?![0-9a-f]{2})/i.test(bytes)) return undefined;
  const decoded = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (decoded.includes('\0')) return undefined;
  const merged = mergesSlashes ? decoded.replace(/\/{2,}/g, '/') : decoded;
  const out: string[] = [];
  const parts = merged.slice(1).split('/');
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1;
    if (part === '..') {
      if (out.pop() === undefined) return undefined;
    } else if (part !== '.') out.push(part);
    if ((part === '.' || part === '..') && isLast) out.push('');
  }
  return `/${out.join('/')}`;
}
