import { type Node, placeOf, wordsOf } from '../config/configuration.ts';
import { effective, effectiveHeaders, sizeOf, timeOf, utf8 } from '../routing/effective.ts';

/** One directive of the baseline. */
export interface Wanted {
  name: string;
  /** Of `proxy_set_header`: whose value is set. */
  header?: string;
  value: string;
}

export interface BaselineOptions {
  /** `50m`. */
  maxBodySize: string;
  timeoutSeconds: number;
}

export const headers: readonly Wanted[] = [
  { name: 'proxy_set_header', header: 'Host', value: '$host' },
  { name: 'proxy_set_header', header: 'X-Real-IP', value: '$remote_addr' },
  { name: 'proxy_set_header', header: 'X-Forwarded-For', value: '$proxy_add_x_forwarded_for' },
  { name: 'proxy_set_header', header: 'X-Forwarded-Proto', value: '$scheme' },
];

/** What the location of an API asks, `proxy_pass` left out: that one is the site's own. */
export function baseline({ maxBodySize, timeoutSeconds }: BaselineOptions): Wanted[] {
  return [
    { name: 'proxy_http_version', value: '1.1' },
    ...headers,
    { name: 'client_max_body_size', value: maxBodySize },
    { name: 'proxy_read_timeout', value: `${timeoutSeconds}s` },
    { name: 'proxy_connect_timeout', value: `${timeoutSeconds}s` },
  ];
}

export function written({ name, header, value }: Wanted): string {
  return `${name} ${header === undefined ? '' : `${header} `}${value};`;
}

/** Whether two ways to write a value of this directive mean the same: `5m` and `300s`. */
export function isSame({ name }: Wanted, one: string, other: string): boolean {
  if (one === other) return true;
  const read =
    name === 'client_max_body_size' ? sizeOf : name.endsWith('_timeout') ? timeOf : undefined;
  const value = read?.(one);
  return value !== undefined && value === read?.(other);
}

/** Those of the baseline that do not hold in a location, inherited values counted. */
export function missingFrom(node: Node, wanted: readonly Wanted[]): Wanted[] {
  return wanted.filter((one) => {
    if (one.header === undefined) return !isSame(one, effective(node, one.name).value, one.value);
    const found = headersNamed(node, one.header);
    return (
      found.length === 0 || found.some((header) => utf8(wordsOf(header)[1] ?? '') !== one.value)
    );
  });
}

export function headersNamed(node: Node, header: string): Node[] {
  return effectiveHeaders(node).filter(
    (one) => wordsOf(one)[0]?.toLowerCase() === header.toLowerCase(),
  );
}

/** What a value that is set now took the place of, if somebody has to know. */
export function warningOf(wanted: Wanted, before: string, node: Node): string | undefined {
  const { name, header } = wanted;
  const at = placeOf(node);
  if (name === 'client_max_body_size') {
    const [old, now] = [sizeOf(before), sizeOf(wanted.value)];
    if (old !== undefined && now !== undefined && now !== 0 && (old === 0 || old > now))
      return `client_max_body_size is lowered from ${before} (${at}) to ${wanted.value}: larger uploads will be refused. Keep it with --max-body-size ${before}.`;
  }
  if (name.endsWith('_timeout')) {
    const [old, now] = [timeOf(before), timeOf(wanted.value)];
    if (old !== undefined && now !== undefined && old > now)
      return `${name} is lowered from ${before} (${at}) to ${wanted.value}. Keep it with --timeout ${Math.ceil(old / 1000)}.`;
  }
  if (
    header !== undefined &&
    /\$(?:http_x_|http_cf_|proxy_protocol_|proxy_x_)|^https$/i.test(before)
  )
    return `${header} was ${before} (${at}), as it is set behind another proxy; it becomes ${wanted.value}.`;
  return undefined;
}
