import { shellWord } from '../shell.ts';
import { isoWithOffset } from '../store/time.ts';
import type { Operation } from './operation.ts';

export type LogLevel = 'INFO' | 'WARN' | 'ERROR';

/** One line of the operations log: `TIME LEVEL COMMAND key=value …`, values quoted as JSON where needed. */
export interface LogLine {
  time: string;
  level: LogLevel;
  command: string;
  /** The rest of the line, as written. */
  details: string;
}

const plain = /^[A-Za-z0-9_./:@%+,-]+$/;

function field(name: string, value: string | number): string {
  const text = String(value);
  return `${name}=${plain.test(text) ? text : JSON.stringify(text)}`;
}

export function logLevel(exit: number, code?: string): LogLevel {
  // Ctrl-C is how following ends: exit 130, and no error.
  if (exit === 0 || (exit === 130 && code === undefined)) return 'INFO';
  return exit === 3 || exit === 6 || exit === 7 ? 'WARN' : 'ERROR';
}

/** The lines an operation leaves in the log: one for itself and one for each warning. */
export function logLines(operation: Operation, user: string, now = new Date()): string {
  const exit = operation.outcome?.exit ?? 1;
  const seconds = (now.getTime() - operation.startedAt.getTime()) / 1000;
  const fields = [
    field('exit', exit),
    field('seconds', seconds.toFixed(1)),
    field('user', user),
    field('pid', process.pid),
  ];
  if (operation.parent !== undefined) fields.push(field('parent', operation.parent));
  const args = operation.redactor.argv(operation.argv);
  if (args.length > 0) fields.push(field('args', args.map(shellWord).join(' ')));
  if (operation.touched.length > 0)
    fields.push(field('touched', operation.redactor.text(operation.touched.join(' '))));
  if (operation.outcome?.code !== undefined) fields.push(field('code', operation.outcome.code));
  if (operation.outcome?.message !== undefined) {
    fields.push(field('message', operation.redactor.text(operation.outcome.message)));
  }
  const time = isoWithOffset(now);
  const head = (level: LogLevel) => `${time} ${level.padEnd(5)} ${operation.command}`;
  return [
    ...operation.warnings.map((warning) => `${head('WARN')} ${field('warning', warning)}`),
    `${head(logLevel(exit, operation.outcome?.code))} ${fields.join(' ')}`,
    '',
  ].join('\n');
}

const pattern = /^(\S+) +(INFO|WARN|ERROR|DEBUG) +(\S+) ?(.*)$/;

/** Reads a line back; undefined for one that something else wrote. */
export function parseLogLine(line: string): LogLine | undefined {
  const match = pattern.exec(line);
  if (match === null) return undefined;
  const [, time = '', level = 'INFO', command = '', details = ''] = match;
  return { time, level: level as LogLevel, command, details };
}
