import { messageIn, templateOf } from './errors/template.ts';
import { countLines, type Feed } from './scan/feed.ts';
import { combinedLine, type Format } from './scan/format.ts';

/** How long things of one kind took, in ms. */
export interface Times {
  name: string;
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
  /** The line that took longest, as it was read. */
  slowest: string;
}

export interface Latencies {
  lines: number;
  /** Lines that say how long something took. */
  timed: number;
  kinds: Times[];
  formats: Format[];
}

/** The last number of an access line after the agent (nginx' `$request_time`, in seconds), by its name, or with a unit. */
const named =
  /"?\b(?:duration|elapsed|latency|took|response_?time|request_?time|time_?taken)(?:_?(ms|msec|millis(?:econds)?|s|sec|seconds|us|micros))?"?\s*(?:[=:]\s*|\s+(?:in\s+)?)"?(\d+(?:\.\d+)?)\s*(ms|msec|milliseconds|us|µs|\xc2\xb5s|s|sec|seconds|m|min)?\b/i;
const within = /\b(?:in|after|took)\s+(\d+(?:\.\d+)?)\s*(ms|milliseconds|us|s|sec|seconds)\b/i;
const requestTime = /" (\d+\.\d{3})(?: \S+)*$/;
const hint =
  /duration|elapsed|latency|took|response_?time|request_?time|time_?taken|\b(?:in|after) \d+(?:\.\d+)?\s*(?:ms|milliseconds|us|s|sec|seconds)\b/gi;

const units: Readonly<Record<string, number>> = {
  ms: 1,
  msec: 1,
  millis: 1,
  milliseconds: 1,
  us: 0.001,
  micros: 0.001,
  s: 1000,
  sec: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
};

/** In ms; undefined when the line does not say, or not in which unit. */
export function tookMs(line: string, kind: Format['kind']): number | undefined {
  if (kind === 'combined') {
    const [, seconds] = requestTime.exec(line) ?? [];
    return seconds === undefined ? undefined : Number(seconds) * 1000;
  }
  const [, before, number, after] = named.exec(line) ?? [];
  const unit = (before ?? after)?.toLowerCase();
  if (number !== undefined && unit !== undefined) return Number(number) * (units[unit] ?? 1);
  const [, count, ofTime = ''] = within.exec(line) ?? [];
  if (count !== undefined) return Number(count) * (units[ofTime.toLowerCase()] ?? 1);
  // Without a unit it is milliseconds where it is a whole number, as most write it.
  if (number !== undefined) return number.includes('.') ? Number(number) * 1000 : Number(number);
  return undefined;
}

interface Kind {
  count: number;
  values: number[];
  slowest: string;
  max: number;
}

export async function latenciesOf(
  feeds: AsyncIterable<Feed>,
  by: 'path' | 'operation',
): Promise<Latencies> {
  const kinds = new Map<string, Kind>();
  const found: Latencies = { lines: 0, timed: 0, kinds: [], formats: [] };
  for await (const { format, chunks } of feeds) {
    found.formats.push(format);
    for await (const chunk of chunks) {
      found.lines += countLines(chunk);
      for (const line of timedLines(chunk, format.kind)) {
        const ms = tookMs(line, format.kind);
        if (ms === undefined) continue;
        found.timed += 1;
        note(kinds, nameOf(line, by), ms, line);
      }
    }
  }
  found.kinds = [...kinds].map(([name, kind]) => timesOf(name, kind)).sort((a, b) => b.p95 - a.p95);
  return found;
}

function* timedLines(chunk: string, kind: Format['kind']): Generator<string> {
  if (kind === 'combined') {
    yield* chunk.split('\n');
    return;
  }
  hint.lastIndex = 0;
  for (let hit = hint.exec(chunk); hit !== null; hit = hint.exec(chunk)) {
    const start = chunk.lastIndexOf('\n', hit.index) + 1;
    const end = chunk.indexOf('\n', hit.index);
    hint.lastIndex = end === -1 ? chunk.length : end + 1;
    yield chunk.slice(start, end === -1 ? undefined : end);
  }
}

/** Without numbers and ids in it: `/api/projects/<hex>` is one path. */
function nameOf(line: string, by: 'path' | 'operation'): string {
  const access = combinedLine.exec(line);
  const path = access?.[5] ?? /"(?:path|url|route|uri)"\s*:\s*"([^"?]+)/.exec(line)?.[1];
  if (by === 'path') return path === undefined ? '(no path)' : templateOf(path.replace(/\?.*/, ''));
  const operation = /"(?:operation|op|task|job|event|name)"\s*:\s*"([^"]{1,100})"/.exec(line)?.[1];
  if (access !== null) return `${access[4]} ${templateOf((path ?? '').replace(/\?.*/, ''))}`;
  return operation ?? templateOf(messageIn(line)).slice(0, 100);
}

/** So many of a kind are kept, each with the same chance; the largest is always known. */
const mostValues = 20_000;
const mostKinds = 2000;

function note(kinds: Map<string, Kind>, name: string, ms: number, line: string): void {
  const at = kinds.has(name) || kinds.size < mostKinds ? name : '(others)';
  let kind = kinds.get(at);
  if (kind === undefined) {
    kind = { count: 0, values: [], slowest: '', max: -1 };
    kinds.set(Buffer.from(at, 'latin1').toString('latin1'), kind);
  }
  kind.count += 1;
  if (kind.values.length < mostValues) kind.values.push(ms);
  else {
    const place = Math.floor(Math.random() * kind.count);
    if (place < mostValues) kind.values[place] = ms;
  }
  if (ms > kind.max) {
    kind.max = ms;
    kind.slowest = Buffer.from(line.slice(0, 500), 'latin1').toString('utf8');
  }
}

function timesOf(name: string, { count, values, max, slowest }: Kind): Times {
  const sorted = values.sort((a, b) => a - b);
  const at = (share: number) =>
    rounded(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0);
  return { name, count, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: rounded(max), slowest };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
