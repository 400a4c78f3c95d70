import { type Node, named, placeOf, wordsOf } from '../config/configuration.ts';

/** What a directive is worth in a block, and where that stands. */
export interface Effective {
  name: string;
  value: string;
  /** `FILE:LINE`; null for nginx's own default. */
  from: string | null;
}

export function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

/** What nginx takes where nobody says otherwise. */
export const defaults: Readonly<Record<string, string>> = {
  proxy_http_version: '1.0',
  client_max_body_size: '1m',
  proxy_connect_timeout: '60s',
  proxy_send_timeout: '60s',
  proxy_read_timeout: '60s',
  proxy_buffering: 'on',
  proxy_request_buffering: 'on',
};

/** The nearest of a name, from the block outwards. */
export function nearest(node: Node, name: string): Node | undefined {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) {
    const found = named(at.children, name).at(0);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @param name of a directive with one value that inner blocks inherit */
export function effective(node: Node, name: string): Effective {
  const found = nearest(node, name);
  return found === undefined
    ? { name, value: defaults[name] ?? '', from: null }
    : { name, value: utf8(wordsOf(found).join(' ')), from: placeOf(found) };
}

/** The `proxy_set_header` that count: those of the nearest block that has any; all outer ones are lost then. */
export function effectiveHeaders(node: Node): Node[] {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) {
    const found = named(at.children, 'proxy_set_header');
    if (found.length > 0) return found;
  }
  return [];
}

/** The headers an upstream gets besides the browser's own. */
export function sentHeaders(node: Node): Effective[] {
  const set = effectiveHeaders(node).map((one) => {
    const [name = '', value = ''] = wordsOf(one);
    return { name: utf8(name), value: utf8(value), from: placeOf(one) };
  });
  const has = (name: string) => set.some((one) => one.name.toLowerCase() === name);
  return [
    ...set,
    ...(has('host') ? [] : [{ name: 'Host', value: '$proxy_host', from: null }]),
    ...(has('connection') ? [] : [{ name: 'Connection', value: 'close', from: null }]),
  ];
}

const sizeUnits: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const timeUnits: Readonly<Record<string, number>> = {
  ms: 1,
  '': 1000,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  M: 30 * 86_400_000,
  y: 365 * 86_400_000,
};

/** Bytes of `50m`; 0 is without limit. Undefined for what is no size. */
export function sizeOf(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+)([kmg]?)$/i.exec(text) ?? [];
  return number === undefined
    ? undefined
    : Number(number) * (sizeUnits[unit.toLowerCase()] as number);
}

/** Milliseconds of `300`, `5m`, `1h 30m`. Undefined for what is no time. */
export function timeOf(text: string): number | undefined {
  let sum = 0;
  let rest = text;
  do {
    const match = /^(\d+)(ms|[smhdwMy]?)\s*/.exec(rest);
    if (match === null) return undefined;
    sum += Number(match[1]) * (timeUnits[match[2] as string] as number);
    rest = rest.slice(match[0].length);
  } while (rest !== '');
  return sum;
}
