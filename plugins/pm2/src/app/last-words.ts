import { createReadStream, statSync } from 'node:fs';
import { messageOf, type Redact } from '@om-ops/kit';
import type { AppProcess } from './process.ts';

/** Where the error logs of an app ended before it was touched. */
export type LogMarks = ReadonlyMap<string, number>;

const most = 256 * 1024;

export function markErrorLogs(processes: readonly AppProcess[]): LogMarks {
  return new Map(errorLogs(processes).map((path) => [path, sizeOf(path)]));
}

/** What an app has printed to its error logs since then: the last lines, without secrets. */
export async function lastWords(
  processes: readonly AppProcess[],
  marks: LogMarks,
  redact: Redact,
  count = 20,
): Promise<string[]> {
  const all = await Promise.all(
    errorLogs(processes).map(async (path) => {
      const size = sizeOf(path);
      const mark = marks.get(path) ?? 0;
      // Shorter than before: it was cut off, and what is there is new.
      const start = Math.max(mark <= size ? mark : 0, size - most);
      return linesOf(await textFrom(path, start));
    }),
  );
  return all.flat().slice(-count).map(redact.foreignLines());
}

/** The line that says what is wrong: of a stack, its head. */
export function tellingLine(lines: readonly string[]): string | undefined {
  return (
    lines.findLast((line) => /^\s*(?:\S+\s+)?(?:[A-Za-z]*Error|Error)\b.*:/.test(line)) ??
    lines.at(-1)
  );
}

function errorLogs(processes: readonly AppProcess[]): string[] {
  return [...new Set(processes.flatMap(({ errLog, bothLog }) => errLog ?? bothLog ?? []))];
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

async function textFrom(path: string, start: number): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { start, end: start + most }))
      chunks.push(chunk as Buffer);
  } catch (error) {
    return `(${path}: ${messageOf(error)})`;
  }
  return Buffer.concat(chunks).toString('utf8');
}
