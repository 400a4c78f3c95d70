import { readFileSync } from 'node:fs';
import {
  fromSystemError,
  type LogLevel,
  type LogLine,
  parseLogLine,
  systemCode,
} from '@om-ops/kit';

export interface LogQuery {
  /** How many lines at the most, the newest. */
  lines: number;
  /** Lines of this level and above. */
  level?: LogLevel | undefined;
  /** Text that has to be in the line, case not counting. */
  grep?: string | undefined;
  since?: Date | undefined;
}

const rank: Record<string, number> = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3 };

/** The newest lines of a rotated log that fit a query, oldest first. */
export function readLog(path: string, query: LogQuery): LogLine[] {
  const found: LogLine[] = [];
  const wanted = query.grep?.toLowerCase();
  for (const file of [path, ...[1, 2, 3, 4, 5].map((age) => `${path}.${age}`)]) {
    const lines = linesOf(file);
    for (const text of lines.reverse()) {
      const line = text === '' ? undefined : parseLogLine(text);
      if (line === undefined) continue;
      // A clock that was set back leaves earlier times below later ones.
      if (query.since !== undefined && new Date(line.time) < query.since) continue;
      if (query.level !== undefined && (rank[line.level] ?? 0) < (rank[query.level] ?? 0)) continue;
      if (wanted !== undefined && !text.toLowerCase().includes(wanted)) continue;
      found.push(line);
      if (found.length >= query.lines) return found.reverse();
    }
  }
  return found.reverse();
}

/** None of a file that is not there. @throws OpsError E_PERMISSION */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw fromSystemError(error, 'read the log', file);
  }
}
