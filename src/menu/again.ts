import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { parseLogLine, userName } from '@om-ops/kit';
import { typedLine, wordsOf } from './command-line.ts';

/** How much of the log's end is looked at. */
const tailBytes = 64 * 1024;

/**
 * The last command lines that this user has typed, or chosen in a menu, the newest first, each once. What a
 * script ran is left out, and so is what cannot be run again as it stands: something in it was redacted.
 */
export function lastLines(state: string, count: number, user = userName()): string[][] {
  const found = new Map<string, string[]>();
  for (const text of tailOf(join(state, 'om-ops.log')).reverse()) {
    if (found.size >= count) break;
    const line = parseLogLine(text);
    if (line === undefined || fieldOf(line.details, 'exit') === undefined) continue;
    const parent = fieldOf(line.details, 'parent');
    if (parent !== undefined && !parent.startsWith('menu@')) continue;
    if (fieldOf(line.details, 'user') !== user) continue;
    const argv = againOf(line.command, fieldOf(line.details, 'args') ?? '');
    if (argv !== undefined) found.set(typedLine(argv), argv);
  }
  return [...found.values()].slice(0, count);
}

/** Without the profile, which the menu knows itself, and without a confirmation, which was for that once. */
function againOf(command: string, args: string): string[] | undefined {
  const words = wordsOf(args);
  if (words === undefined || args.includes('<REDACTED>')) return undefined;
  if (words.some((word) => word === '--json' || word === '--quiet')) return undefined;
  const kept: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === '--site' || word === '--confirm') at += 1;
    else if (!/^--(?:site|confirm)=/.test(word)) kept.push(word);
  }
  return [...command.split(':'), ...kept];
}

/** The value of `name=value` in a line of the log. */
export function fieldOf(details: string, name: string): string | undefined {
  const match = new RegExp(`(?:^| )${name}=("(?:[^"\\\\]|\\\\.)*"|\\S*)`).exec(details);
  const value = match?.[1];
  if (value === undefined || !value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return undefined;
  }
}

/** Whole lines at the end of a file; none of one that is not there or not to be read. */
function tailOf(path: string): string[] {
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const from = Math.max(0, size - tailBytes);
      const data = Buffer.alloc(size - from);
      const read = readSync(file, data, 0, data.length, from);
      const lines = data.toString('utf8', 0, read).split('\n');
      return from === 0 ? lines : lines.slice(1);
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}
