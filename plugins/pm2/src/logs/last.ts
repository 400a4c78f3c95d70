import { isOpsError, lastLines, logTimeOf, type Redact } from '@om-ops/kit';
import { type AppLog, olderFiles } from './files.ts';

/** A line of an app's log, without secrets. */
export interface LogLine {
  text: string;
  from: 'stdout' | 'stderr' | 'both';
  /** PM2's number of the instance; null where that is not known. */
  instance: number | null;
  file: string;
}

export interface LastLines {
  lines: LogLine[];
  /** False: not all of them say when they were written, so they stand file by file. */
  byTime: boolean;
}

interface Read {
  log: AppLog;
  lines: string[];
}

/**
 * The last lines of all logs together, in the order of their times. Where lines carry no times they stand
 * file by file, and each file gets its share.
 *
 * @throws OpsError E_PERMISSION (exit 5); the signal's reason
 */
export async function lastOfAll(
  logs: readonly AppLog[],
  count: number,
  { redact, signal }: { redact: Redact; signal: AbortSignal },
): Promise<LastLines> {
  const read: Read[] = [];
  for (const log of logs) {
    const lines = await linesOf(log.path, count, { redact, signal });
    if (lines.length > 0) read.push({ log, lines });
  }
  const timed = read.map(({ lines }) => timesOf(lines));
  if (read.length < 2 || timed.every((times) => times !== undefined))
    return { lines: merged(read, timed).slice(-count), byTime: true };
  const shares = shared(
    read.map(({ lines }) => lines.length),
    count,
  );
  return {
    lines: read.flatMap(({ log, lines }, at) =>
      last(lines, shares[at] ?? 0).map((text) => lineOf(log, text)),
    ),
    byTime: false,
  };
}

export function lineOf({ path, stream, instance }: AppLog, text: string): LogLine {
  return { text, from: stream, instance, file: path };
}

/** How many lines of each file, so that together they are `count`: none is left out for another's many. */
export function shared(lengths: readonly number[], count: number): number[] {
  const shares = lengths.map(() => 0);
  for (let left = count; left > 0; ) {
    const open = lengths
      .map((length, at) => ({ at, room: length - (shares[at] ?? 0) }))
      .filter(({ room }) => room > 0);
    if (open.length === 0) break;
    const each = Math.max(1, Math.floor(left / open.length));
    for (const { at, room } of open) {
      const more = Math.min(each, room, left);
      shares[at] = (shares[at] ?? 0) + more;
      left -= more;
    }
  }
  return shares;
}

async function linesOf(
  path: string,
  count: number,
  options: { redact: Redact; signal: AbortSignal },
): Promise<string[]> {
  try {
    return await lastLines(path, count, { ...options, older: await olderFiles(path) });
  } catch (error) {
    // Not written to yet.
    if (isOpsError(error) && error.code === 'E_NOT_FOUND') return [];
    throw error;
  }
}

/** The time of each line; one without stays with the line before it. Undefined when none has any. */
function timesOf(lines: readonly string[]): number[] | undefined {
  const own = lines.map(logTimeOf);
  let at = own.find((time) => time !== undefined);
  if (at === undefined) return undefined;
  return own.map((time) => {
    at = time ?? at;
    return at as number;
  });
}

function merged(read: readonly Read[], times: readonly (number[] | undefined)[]): LogLine[] {
  const all = read.flatMap(({ log, lines }, file) =>
    lines.map((text, at) => ({ line: lineOf(log, text), time: times[file]?.[at] ?? 0 })),
  );
  // Stable: what has the same time stays in the order of its file.
  return (read.length < 2 ? all : all.sort((a, b) => a.time - b.time)).map(({ line }) => line);
}

function last(lines: readonly string[], count: number): string[] {
  return count === 0 ? [] : lines.slice(-count);
}
