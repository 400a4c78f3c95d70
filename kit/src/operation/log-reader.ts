import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, systemCode } from '../errors.ts';
import { logRotation } from './log-file.ts';
import { type LogLevel, type LogLine, parseLogLine } from './log-line.ts';

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

/** The newest lines of a rotated log that fit a query, oldest first. @throws OpsError E_PERMISSION */
export function readLog(path: string, query: LogQuery): LogLine[] {
  const found: LogLine[] = [];
  const wanted = query.grep?.toLowerCase();
  for (const file of rotatedLog(path)) {
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

/** What an operation left in the log when it ended. */
export interface LoggedOperation {
  /** When it ended, ISO 8601 with offset. */
  time: string;
  /** oclif's command id: `backup:run`. */
  command: string;
  exit: number;
  seconds: number;
  user: string;
  /** The operation that ran this one as a step: `deploy:run@RUN`. */
  parent: string | null;
  /** As typed, secrets taken out; '' without any. */
  args: string;
  /** Paths, those below STATE from there, with spaces between them; '' for none. */
  touched: string;
  /** `E_…` and its sentence, where it did not end plainly. */
  code: string | null;
  message: string | null;
}

/** What om-ops did for the sites of a STATE since then, oldest first. @throws OpsError E_PERMISSION */
export function loggedOperations(state: string, since: Date): LoggedOperation[] {
  const lines = readLog(join(state, 'om-ops.log'), { lines: Number.POSITIVE_INFINITY, since });
  return lines.flatMap((line) => loggedOperation(line) ?? []);
}

/** Undefined for the line of a warning. */
function loggedOperation({ time, command, details }: LogLine): LoggedOperation | undefined {
  const fields = fieldsOf(details);
  const exit = Number(fields.get('exit'));
  if (!fields.has('exit') || Number.isNaN(exit)) return undefined;
  return {
    time,
    command,
    exit,
    seconds: Number(fields.get('seconds')) || 0,
    user: fields.get('user') ?? '',
    parent: fields.get('parent') ?? null,
    args: fields.get('args') ?? '',
    touched: fields.get('touched') ?? '',
    code: fields.get('code') ?? null,
    message: fields.get('message') ?? null,
  };
}

const fieldPattern = /([a-z]+)=("(?:[^"\\]|\\.)*"|\S+)(?: |$)/y;

function fieldsOf(details: string): Map<string, string> {
  const fields = new Map<string, string>();
  fieldPattern.lastIndex = 0;
  for (let at = fieldPattern.exec(details); at !== null; at = fieldPattern.exec(details)) {
    const [, name = '', value = ''] = at;
    fields.set(name, value.startsWith('"') ? unquoted(value) : value);
  }
  return fields;
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

function rotatedLog(path: string): string[] {
  const ages = Array.from({ length: logRotation.kept }, (_, at) => `${path}.${at + 1}`);
  return [path, ...ages];
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
