import { clauseOf, messageOf } from '@om-ops/kit';
import type { Source } from '../sources/source.ts';
import { asBytes, chunksOf, samplesOf } from './chunks.ts';
import { type Format, formatOf } from './format.ts';
import { rangeOf, within } from './window.ts';

/** A file, or whatever else gives lines, as pieces of whole lines. */
export interface Feed {
  source: string;
  /** The file; of what is none, the source. */
  name: string;
  format: Format;
  chunks: AsyncIterable<string>;
}

export interface FeedOptions {
  /** In ms since 1970. */
  since?: number;
  until?: number;
  signal: AbortSignal;
  /** Told of every file whose lines say no times, so that a window cannot be kept to. */
  untimed(name: string): void;
  /** Told of every file that could not be read. */
  skipped(name: string, why: string): void;
}

/** How many lines of what is no file are looked at. */
export const mostLines = 50_000;

/** All that sources have of a time, the oldest file first. */
export async function* feedsOf(
  sources: readonly Source[],
  options: FeedOptions,
): AsyncGenerator<Feed> {
  const hasWindow = options.since !== undefined || options.until !== undefined;
  for await (const feed of allFeeds(sources, options)) {
    const { hasTimes, looked } = feed.format;
    if (hasWindow && !hasTimes && looked > 0) options.untimed(feed.name);
    yield feed;
  }
}

async function* allFeeds(sources: readonly Source[], options: FeedOptions): AsyncGenerator<Feed> {
  for (const source of sources) {
    yield* fileFeeds(source, options);
    if (source.lines !== null) yield await lineFeed(source, options);
  }
}

async function* fileFeeds(source: Source, options: FeedOptions): AsyncGenerator<Feed> {
  const { since, until, signal, skipped } = options;
  const window = {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
  for (const file of source.files) {
    if (since !== undefined && file.modified < since) continue;
    const head = { source: source.name, name: file.path };
    try {
      if (file.packed === null) {
        const format = formatOf(samplesOf(file.path));
        const chunks = chunksOf(file, signal, format.hasTimes ? rangeOf(file, window) : {});
        yield { ...head, format, chunks };
      } else {
        const chunks = chunksOf(file, signal);
        const first = await chunks.next();
        const sample = first.done === true ? '' : first.value;
        yield { ...head, format: formatOf([sample]), chunks: cut(sample, chunks, window) };
      }
    } catch (error) {
      signal.throwIfAborted();
      skipped(file.path, clauseOf(messageOf(error)));
    }
  }
}

async function* cut(
  first: string,
  rest: AsyncGenerator<string>,
  window: { since?: number; until?: number },
): AsyncGenerator<string> {
  yield within(first, window);
  for await (const chunk of rest) yield within(chunk, window);
}

async function lineFeed(source: Source, options: FeedOptions): Promise<Feed> {
  const { since, until, signal, skipped } = options;
  const lines: string[] = [];
  try {
    const given = source.lines?.lines(
      {
        lines: mostLines,
        follow: false,
        ...(since === undefined ? {} : { since: new Date(since) }),
      },
      signal,
    );
    for await (const { text, time } of given ?? [])
      lines.push(time && !text.startsWith('{') ? `${time} ${text}` : text);
  } catch (error) {
    signal.throwIfAborted();
    skipped(source.name, clauseOf(messageOf(error)));
  }
  if (lines.length >= mostLines)
    skipped(source.name, `it has more than the ${mostLines} lines that were looked at`);
  const text = lines.length === 0 ? '' : `${asBytes(lines.join('\n'))}\n`;
  const format = formatOf([text]);
  const chunk = within(text, {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  });
  return { source: source.name, name: source.name, format, chunks: once(chunk) };
}

async function* once(chunk: string): AsyncGenerator<string> {
  if (chunk !== '') yield chunk;
}

export function countLines(chunk: string): number {
  let count = 0;
  for (let at = chunk.indexOf('\n'); at !== -1; at = chunk.indexOf('\n', at + 1)) count += 1;
  return count;
}
