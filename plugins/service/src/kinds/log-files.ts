import { globSync } from 'node:fs';
import { followFiles, isOpsError, lastLines, logTimeOf } from '@om-ops/kit';
import type { LinesOptions, ServiceLine } from './manager.ts';

function lineTime(text: string): string | null {
  const at = logTimeOf(text);
  return at === undefined ? null : new Date(at).toISOString();
}

/** What patterns name, in the order of their names; a pattern without * stays although there is no such file yet. */
export function filesOf(patterns: readonly string[]): string[] {
  const found = patterns.flatMap((pattern) =>
    /[*?[{]/.test(pattern) ? globSync(pattern).sort() : [pattern],
  );
  return [...new Set(found)].filter((path) => !/\.(?:gz|zst|xz|bz2)$/.test(path));
}

/**
 * The last lines of files, and those that come. Several files stand in the order of the times in their lines, as
 * far as these have some.
 */
export async function* fileLines(
  files: readonly string[],
  { lines, follow, since, redact, signal }: LinesOptions,
): AsyncGenerator<ServiceLine> {
  const isWanted = ({ time }: ServiceLine) =>
    since === undefined || time === null || Date.parse(time) >= since.getTime();
  if (follow) {
    for await (const { text } of followFiles([...files], { lines, redact, signal })) {
      const line: ServiceLine = { text, from: 'stdout', time: lineTime(text) };
      if (isWanted(line)) yield line;
    }
    return;
  }
  const all: ServiceLine[] = [];
  for (const file of files) {
    let time: string | null = null;
    for (const text of await lastLines(file, lines, { redact, signal }).catch(orNone)) {
      time = lineTime(text) ?? time;
      all.push({ text, from: 'stdout', time });
    }
  }
  if (files.length > 1 && all.every(({ time }) => time !== null))
    all.sort((one, other) => ((one.time ?? '') < (other.time ?? '') ? -1 : 1));
  yield* all.filter(isWanted).slice(-lines);
}

function orNone(error: unknown): string[] {
  if (isOpsError(error) && error.code === 'E_NOT_FOUND') return [];
  throw error;
}
