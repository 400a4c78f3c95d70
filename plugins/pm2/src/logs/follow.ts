import { followFiles, type Redact } from '@om-ops/kit';
import type { AppLog } from './files.ts';
import { type LogLine, lastOfAll, lineOf } from './last.ts';

/**
 * The last lines of all logs, file by file, and then those that come, in the order they come; through rotation.
 *
 * @throws OpsError E_PROGRAM_MISSING, E_PERMISSION (exit 5); the signal's reason
 */
export async function* followAll(
  logs: readonly AppLog[],
  count: number,
  { redact, signal }: { redact: Redact; signal: AbortSignal },
): AsyncGenerator<LogLine> {
  const first = await lastOfAll(logs, count, { redact, signal });
  const begin = (path: string) => first.lines.filter(({ file }) => file === path).length;
  const byPath = new Map(logs.map((log) => [log.path, log]));
  const files = logs.map(({ path }) => ({ file: path, lines: begin(path) }));
  for await (const { file, text } of followFiles(files, { lines: 0, redact, signal })) {
    const log = byPath.get(file);
    if (log !== undefined) yield lineOf(log, text);
  }
}
