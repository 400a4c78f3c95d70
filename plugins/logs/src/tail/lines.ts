import { setTimeout as delay } from 'node:timers/promises';
import { followFile, isOpsError, lastLines, logTimeOf, type Redact } from '@om-ops/kit';
import { filesOf, isGeneration } from '../sources/files.ts';
import type { Source } from '../sources/source.ts';

/** A line, where it is from, and when it was written. */
export interface TailLine {
  source: string;
  /** The file; null of what is none. */
  file: string | null;
  /** ISO 8601; null where the line does not say, and none before it did. */
  time: string | null;
  /** Without secrets. */
  text: string;
}

export interface TailOptions {
  lines: number;
  redact: Redact;
  signal: AbortSignal;
  since?: number;
}

/** Live files of a source as they are now: one may have come meanwhile. */
async function liveFiles({ patterns }: Source): Promise<string[]> {
  const found = await filesOf(patterns);
  const live = found.filter(({ path }) => !isGeneration(path)).map(({ path }) => path);
  const named = patterns.filter((one) => !/[*?[{]/.test(one) && !isGeneration(one));
  return [...new Set([...live, ...named])];
}

/** The last lines of all sources together, in the order of their times. */
export async function lastOf(
  sources: readonly Source[],
  { lines, redact, signal, since }: TailOptions,
): Promise<TailLine[]> {
  const all: (TailLine & { at: number })[] = [];
  for (const source of sources) {
    for (const file of await liveFiles(source)) {
      const texts = await lastLines(file, lines, { redact, signal }).catch(orNone);
      all.push(...timed(texts, source.name, file));
    }
    if (source.lines !== null) all.push(...(await linesOf(source, { lines, signal, since })));
  }
  return all
    .filter(({ at }) => since === undefined || at >= since)
    .sort((a, b) => a.at - b.at)
    .slice(-lines)
    .map(({ at: _, ...line }) => line);
}

async function linesOf(
  { name, lines: given }: Source,
  { lines, signal, since }: { lines: number; signal: AbortSignal; since: number | undefined },
): Promise<(TailLine & { at: number })[]> {
  const found: (TailLine & { at: number })[] = [];
  let at = 0;
  for await (const { text, time } of given?.lines(
    { lines, follow: false, ...(since === undefined ? {} : { since: new Date(since) }) },
    signal,
  ) ?? []) {
    at = time ? Date.parse(time) : (logTimeOf(text) ?? at);
    found.push({
      source: name,
      file: null,
      time: at === 0 ? null : new Date(at).toISOString(),
      text,
      at,
    });
  }
  return found;
}

/** A line without a time stays with the one before. */
function timed(
  texts: readonly string[],
  source: string,
  file: string,
): (TailLine & { at: number })[] {
  let at = texts.map((text) => logTimeOf(text)).find((time) => time !== undefined) ?? 0;
  return texts.map((text) => {
    at = logTimeOf(text) ?? at;
    return { source, file, time: at === 0 ? null : new Date(at).toISOString(), text, at };
  });
}

function orNone(error: unknown): string[] {
  if (isOpsError(error) && error.code === 'E_NOT_FOUND') return [];
  throw error;
}

/** How often is looked for files that have come. */
const lookMs = 500;

/** The last lines, and those that come, of files that come later too; until the signal aborts. */
export async function* followAll(
  sources: readonly Source[],
  options: TailOptions,
): AsyncGenerator<TailLine> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const waiting: TailLine[] = [];
  let wake: () => void = () => {};
  let failure: unknown;
  const pump = async (lines: AsyncIterable<TailLine>) => {
    try {
      for await (const line of lines) {
        waiting.push(line);
        wake();
      }
    } catch (error) {
      if (!signal.aborted) failure ??= error;
      wake();
    }
  };
  const pumps: Promise<void>[] = [];
  const known = new Set<string>();
  const begin = async (isFirst: boolean) => {
    for (const source of sources)
      for (const file of await liveFiles(source)) {
        if (known.has(file)) continue;
        known.add(file);
        // Of a file that has just come, everything is new.
        const lines = isFirst ? options.lines : 1_000_000;
        pumps.push(pump(followed(source.name, file, { ...options, lines, signal })));
      }
  };
  await begin(true);
  for (const source of sources)
    if (source.lines !== null) pumps.push(pump(followedLines(source, { ...options, signal })));
  const look = async () => {
    while (!signal.aborted) {
      await delay(lookMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await begin(false);
    }
  };
  pumps.push(look());
  try {
    while (!signal.aborted) {
      if (failure !== undefined) throw failure;
      const line = waiting.shift();
      if (line !== undefined) {
        yield line;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (waiting.length > 0) resolve();
      });
    }
  } finally {
    stop.abort();
    await Promise.allSettled(pumps);
  }
}

async function* followed(
  source: string,
  file: string,
  { lines, redact, signal }: TailOptions,
): AsyncGenerator<TailLine> {
  for await (const { text } of followFile(file, { lines, redact, signal }))
    yield { source, file, time: timeIn(text), text };
}

async function* followedLines(
  { name, lines: given }: Source,
  { lines, signal }: TailOptions,
): AsyncGenerator<TailLine> {
  for await (const { text, time } of given?.lines({ lines, follow: true }, signal) ?? [])
    yield { source: name, file: null, time: time ?? timeIn(text), text };
}

function timeIn(text: string): string | null {
  const at = logTimeOf(text);
  return at === undefined ? null : new Date(at).toISOString();
}
