import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Ends of error logs: what is written behind them is new. */
export type LogEnds = ReadonlyMap<string, { inode: number; size: number }>;

export function logEnds(paths: readonly string[]): LogEnds {
  const ends = new Map<string, { inode: number; size: number }>();
  for (const path of new Set(paths)) {
    try {
      const { ino, size } = statSync(path);
      ends.set(path, { inode: ino, size });
    } catch {
      // It comes with the first complaint.
      ends.set(path, { inode: 0, size: 0 });
    }
  }
  return ends;
}

const mostBytes = 1024 * 1024;

/** What a master has complained of since, `[emerg]` only: that it did not take a configuration. */
export function complaintsSince(ends: LogEnds, master: number): string[] {
  const lines = [...ends].flatMap(([path, end]) => {
    try {
      const { ino, size } = statSync(path);
      const from = ino === end.inode && size >= end.size ? end.size : 0;
      return textFrom(path, Math.max(from, size - mostBytes), size).split('\n');
    } catch {
      return [];
    }
  });
  const own = ` [emerg] ${master}#`;
  return [...new Set(lines.filter((line) => line.includes(own)))];
}

function textFrom(path: string, from: number, to: number): string {
  const buffer = Buffer.alloc(to - from);
  const fd = openSync(path, 'r');
  try {
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from)).toString('utf8');
  } finally {
    closeSync(fd);
  }
}

/** A line of the log without time and process: `bind() to 0.0.0.0:80 failed (98: Address already in use)`. */
export function complaint(line: string): string {
  return line.replace(/^.*? \[emerg\] \d+#\d+: /, '');
}
