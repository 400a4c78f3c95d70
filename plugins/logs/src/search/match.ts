import { isAtLeast, type Severity, severityOf } from '@om-ops/kit';
import { asBytes, decoded } from '../scan/chunks.ts';
import { countLines, type Feed } from '../scan/feed.ts';
import { combinedLine, type Format } from '../scan/format.ts';
import { typedExpression } from '../site.ts';

export interface Wanted {
  pattern: string;
  isFixed: boolean;
  level: Severity | undefined;
  /** `status=500`, all of which have to hold. */
  fields: readonly { key: string; value: string }[];
  context: number;
  /** So many of the last are kept. */
  limit: number;
  /** Only counted: nothing is kept. */
  onlyCount: boolean;
}

export interface Match {
  source: string;
  file: string;
  text: string;
  before: string[];
  after: string[];
}

export interface Matches {
  lines: number;
  count: number;
  bySource: Map<string, number>;
  /** The last ones, in the order of files and lines; as they were read. */
  matches: Match[];
  formats: Format[];
}

/** Lines that a pattern matches, of all files and generations. */
export async function findMatches(feeds: AsyncIterable<Feed>, wanted: Wanted): Promise<Matches> {
  const found: Matches = { lines: 0, count: 0, bySource: new Map(), matches: [], formats: [] };
  const next = finder(wanted);
  const accepts = acceptor(wanted);
  for await (const feed of feeds) {
    found.formats.push(feed.format);
    let count = 0;
    for await (const bytes of feed.chunks) {
      found.lines += countLines(bytes);
      const chunk = next.isText ? decoded(bytes) : bytes;
      for (let at = next.find(chunk, 0); at !== -1; ) {
        const start = chunk.lastIndexOf('\n', at) + 1;
        const end = chunk.indexOf('\n', at);
        const stop = end === -1 ? chunk.length : end;
        if (next.isIn(chunk, start, stop) && accepts(chunk, start, stop)) {
          count += 1;
          if (!wanted.onlyCount)
            keep(found, wanted, matchAt(chunk, start, stop, feed, wanted.context));
        }
        at = stop >= chunk.length ? -1 : next.find(chunk, stop + 1);
      }
    }
    found.count += count;
    found.bySource.set(feed.source, (found.bySource.get(feed.source) ?? 0) + count);
  }
  return found;
}

interface Finder {
  /** The place of a hit from there on; -1 for none. */
  find(chunk: string, from: number): number;
  /** Whether it is within one line: `[^x]*` goes over the end of one. */
  isIn(chunk: string, start: number, end: number): boolean;
  /** It wants text and not bytes. */
  isText: boolean;
}

function finder({ pattern, isFixed }: Wanted): Finder {
  if (isFixed) {
    const bytes = asBytes(pattern);
    return {
      find: (chunk, from) => chunk.indexOf(bytes, from),
      isIn: () => true,
      isText: false,
    };
  }
  const expression = typedExpression(pattern, 'gim');
  const alone = typedExpression(pattern, 'i');
  // What means a character beyond ASCII cannot be found among bytes.
  const isText = /[^ -~]|\\[upP]/.test(pattern);
  return {
    isText,
    isIn: (chunk, start, end) => alone.test(chunk.slice(start, end)),
    find(chunk, from) {
      expression.lastIndex = from;
      const hit = expression.exec(chunk);
      // An expression that matches nothing at all matches at every place.
      return hit === null || hit.index >= chunk.length ? -1 : hit.index;
    },
  };
}

function acceptor({
  level,
  fields,
}: Wanted): (chunk: string, start: number, end: number) => boolean {
  if (level === undefined && fields.length === 0) return () => true;
  return (chunk, start, end) => {
    const line = chunk.slice(start, end);
    const severity = level === undefined ? null : severityOf(line);
    if (level !== undefined && (severity === null || !isAtLeast(severity, level))) return false;
    return fields.every(({ key, value }) => fieldOf(line, key) === value);
  };
}

const accessFields: Readonly<Record<string, number>> = {
  client: 1,
  user: 2,
  method: 4,
  path: 5,
  status: 6,
  bytes: 7,
};

/** A field of JSON (`user.id` for one within another), of an access line, or `key=value`. */
export function fieldOf(line: string, key: string): string | undefined {
  if (line.startsWith('{')) {
    try {
      let at: unknown = JSON.parse(decoded(line));
      for (const part of key.split('.'))
        at =
          typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined;
      return at === undefined || typeof at === 'object' ? undefined : String(at);
    } catch {
      return undefined;
    }
  }
  const place = accessFields[key];
  const access = place === undefined ? null : combinedLine.exec(line);
  if (place !== undefined && access !== null) return access[place];
  const pair = new RegExp(`(?<![\\w.])${RegExp.escape(key)}=(?:"([^"]*)"|(\\S*))`).exec(line);
  return pair === null ? undefined : (pair[1] ?? pair[2]);
}

function matchAt(
  chunk: string,
  start: number,
  end: number,
  { source, name }: Feed,
  context: number,
): Match {
  const before: string[] = [];
  for (let at = start, left = context; left > 0 && at > 0; left -= 1) {
    const begin = chunk.lastIndexOf('\n', at - 2) + 1;
    before.unshift(own(chunk.slice(begin, at - 1)));
    at = begin;
  }
  const after: string[] = [];
  for (let at = end + 1, left = context; left > 0 && at < chunk.length; left -= 1) {
    const stop = chunk.indexOf('\n', at);
    after.push(own(chunk.slice(at, stop === -1 ? undefined : stop)));
    at = stop === -1 ? chunk.length : stop + 1;
  }
  return {
    source,
    file: name,
    text: own(chunk.slice(start, Math.min(end, start + 16_384))),
    before,
    after,
  };
}

/** A copy as text: a part of a piece would keep all of it. */
function own(bytes: string): string {
  return /[^\0-\u00ff]/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

function keep({ matches }: Matches, { limit }: Wanted, match: Match): void {
  matches.push(match);
  if (matches.length > limit * 2 + 100) matches.splice(0, matches.length - limit);
}
