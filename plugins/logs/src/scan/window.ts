import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { logTimeOf } from '@om-ops/kit';
import type { LogFile } from '../sources/files.ts';
import type { Range } from './chunks.ts';

const pieceBytes = 64 * 1024;

/**
 * Where in a file a window of time begins and ends, found by halving: nothing outside of it is read. The whole file
 * where its lines say no times, or it is packed.
 */
export function rangeOf(
  file: Pick<LogFile, 'path' | 'packed'>,
  { since, until }: { since?: number; until?: number },
): Range {
  if (file.packed !== null || (since === undefined && until === undefined)) return {};
  const descriptor = openSync(file.path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    return {
      ...(since === undefined ? {} : { from: firstAt(descriptor, size, since) }),
      ...(until === undefined ? {} : { to: firstAt(descriptor, size, until) }),
    };
  } finally {
    closeSync(descriptor);
  }
}

/** Where the first line begins that is not older than this; the end when all are. */
function firstAt(file: number, size: number, time: number): number {
  let low = 0;
  let high = size;
  while (high - low > pieceBytes) {
    const middle = Math.floor((low + high) / 2);
    const found = timeNear(file, middle);
    if (found === undefined) break;
    if (found.time < time) low = found.at;
    else high = middle;
  }
  return firstFrom(file, low, time) ?? size;
}

/** The same, line by line from the begin of one. */
function firstFrom(file: number, from: number, time: number): number | undefined {
  let start = from;
  let isTimed = false;
  const buffer = Buffer.alloc(4 * pieceBytes);
  for (;;) {
    const read = readSync(file, buffer, 0, buffer.length, start);
    if (read === 0) return isTimed ? undefined : from;
    const text = buffer.toString('latin1', 0, read);
    let at = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
      const own = logTimeOf(text.slice(at, Math.min(end, at + 400)));
      if (own !== undefined) {
        isTimed = true;
        if (own >= time) return start + at;
      }
      at = end + 1;
    }
    // A line that is longer than all this says nothing of its time.
    start += at === 0 ? read : at;
    if (read < buffer.length) return isTimed ? undefined : from;
  }
}

/** The first line behind a place that says when it was written. */
function timeNear(file: number, from: number): { time: number; at: number } | undefined {
  const buffer = Buffer.alloc(pieceBytes);
  const read = readSync(file, buffer, 0, pieceBytes, from);
  const text = buffer.toString('latin1', 0, read);
  for (let at = text.indexOf('\n') + 1; at > 0 && at < text.length; ) {
    const end = text.indexOf('\n', at);
    const time = logTimeOf(text.slice(at, end === -1 ? at + 400 : Math.min(end, at + 400)));
    if (time !== undefined) return { time, at: from + at };
    if (end === -1) return undefined;
    at = end + 1;
  }
  return undefined;
}

/** Of a piece that could not be looked for: only its lines within the window. A line without a time stays with the one before. */
export function within(
  chunk: string,
  { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY },
): string {
  if (since === Number.NEGATIVE_INFINITY && until === Number.POSITIVE_INFINITY) return chunk;
  let isIn = true;
  const lines = chunk.split('\n').filter((line) => {
    const time = logTimeOf(line);
    if (time !== undefined) isIn = time >= since && time < until;
    return isIn;
  });
  const text = lines.join('\n');
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
