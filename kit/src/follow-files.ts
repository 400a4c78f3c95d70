import { realpathSync } from 'node:fs';
import { isOpsError } from './errors.ts';
import { execLines } from './exec.ts';
import { findProgram } from './find-program.ts';
import { lastLines, rotatedFiles } from './last-lines.ts';
import type { Redact } from './lines.ts';

/** A line of a file that is followed. */
export interface FileLine {
  file: string;
  text: string;
}

export interface FollowOptions {
  /** How many of the last lines come first, those of rotated files included. */
  lines: number;
  redact: Redact;
  signal: AbortSignal;
}

/**
 * The last lines of a file and then those that are appended, until the signal aborts: through rotation,
 * truncation, and while the file is not there yet. Uses `tail -F`.
 *
 * @throws OpsError E_PROGRAM_MISSING (exit 5), E_PROGRAM_FAILED (1); the signal's reason
 */
export async function* followFile(file: string, options: FollowOptions): AsyncGenerator<FileLine> {
  const { lines, redact, signal } = options;
  const here = await lastLines(file, lines, { redact, signal, older: [] }).catch(orNone);
  const [newest, ...older] = await rotatedFiles(file);
  if (newest !== undefined && here.length < lines) {
    const before = await lastLines(newest, lines - here.length, { redact, signal, older });
    for (const text of before) yield { file, text };
  }
  const args = ['-F', '-n', String(lines), ...untilWeEnd(), '--', file];
  for await (const { text, from } of execLines('tail', args, { redact, signal })) {
    // There it says that the file was replaced or cut off.
    if (from === 'stdout') yield { file, text };
  }
}

/** Killed at once, nobody here could end it, and it would wait for a line for ever. BusyBox' tail cannot be told. */
function untilWeEnd(): string[] {
  const tail = findProgram('tail');
  const isSmall = tail === undefined || /busybox|toybox/.test(realpathSync(tail));
  return isSmall ? [] : [`--pid=${process.pid}`];
}

/** {@link followFile} for several files at once, in the order their lines come; each may begin with as many as it says. */
export async function* followFiles(
  files: readonly (string | { file: string; lines: number })[],
  options: FollowOptions,
): AsyncGenerator<FileLine> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const sources = files.map((one) => {
    const { file, lines } = typeof one === 'string' ? { file: one, lines: options.lines } : one;
    return followFile(file, { ...options, lines, signal });
  });
  const next = new Map(sources.map((source) => [source, step(source)]));
  try {
    while (next.size > 0) {
      const { source, result } = await Promise.race(next.values());
      if (result.done === true) next.delete(source);
      else {
        next.set(source, step(source));
        yield result.value;
      }
    }
  } finally {
    stop.abort();
    await Promise.allSettled(next.values());
  }
}

async function step(source: AsyncGenerator<FileLine>) {
  return { source, result: await source.next() };
}

/** A file that is not there yet has no lines; the following begins when it comes. */
function orNone(error: unknown): string[] {
  if (isOpsError(error) && error.code === 'E_NOT_FOUND') return [];
  throw error;
}
