import { statSync } from 'node:fs';
import {
  type AppService,
  fromSystemError,
  isOpsError,
  lastLines,
  OpsError,
  type Progress,
  type Redact,
  rotatedFiles,
  systemCode,
} from '@om-ops/kit';
import type { LogPart } from './log-part.ts';
import { scanParts } from './read.ts';
import { LogScan } from './scan.ts';
import { ErrorSummary, type SignatureErrors } from './summary.ts';

export interface ReadLog {
  path: string;
  /** Of a whole file; what was read from the end of it with `lines`. */
  bytes: number;
  /** What logrotate has made of it. */
  rotated: boolean;
}

export interface AppErrors {
  service: { manager: string; name: string };
  /** Null: whole logs. */
  lastLines: number | null;
  files: ReadLog[];
  lines: number;
  errors: number;
  signatures: SignatureErrors[];
  /** Error lines that were counted and are in none of the groups: there were too many different ones. */
  beyond: number;
  /** Sentences: logs that could not be read. */
  leftOut: string[];
}

export interface ErrorsOptions {
  /** Only the last so many lines of each log. */
  lines?: number | undefined;
  redact: Redact;
  progress: Progress;
}

/** Small enough that two threads end at the same time, large enough that handing them out costs nothing. */
const partBytes = 16 * 1024 * 1024;

/**
 * The errors in the logs of a service, like with like.
 *
 * @throws OpsError E_NO_LOGS, E_NOT_FOUND, E_PERMISSION (exit 5): nothing could be read; E_INTERRUPTED
 */
export async function appErrors(service: AppService, options: ErrorsOptions): Promise<AppErrors> {
  const { lines, redact, progress } = options;
  const { signal } = progress;
  const paths = [...new Set((await service.logFiles(signal)).map(({ path }) => path))].filter(
    (path) => path !== '/dev/null',
  );
  if (paths.length === 0) throw noLogs(service);
  const summary = new ErrorSummary((text) => redact.foreign(text));
  const found: { files: ReadLog[]; failures: OpsError[] } = { files: [], failures: [] };
  if (lines === undefined) await readWhole(paths, summary, found, progress);
  else await readLast(paths, lines, summary, found, progress);
  const [first] = found.failures;
  if (found.files.length === 0 && first !== undefined) throw first;
  const signatures = summary.bySignature();
  return {
    service: { manager: service.manager, name: service.name },
    lastLines: lines ?? null,
    files: found.files,
    lines: summary.lines,
    errors: signatures.reduce((sum, { count }) => sum + count, 0) + summary.beyond,
    signatures,
    beyond: summary.beyond,
    leftOut: found.failures.map(({ message }) => message),
  };
}

interface Found {
  files: ReadLog[];
  failures: OpsError[];
}

async function readWhole(
  paths: readonly string[],
  summary: ErrorSummary,
  { files, failures }: Found,
  progress: Progress,
): Promise<void> {
  const parts: LogPart[] = [];
  for (const path of paths) {
    const older = (await rotatedFiles(path)).reverse();
    for (const file of [...older, path]) {
      try {
        const stat = statSync(file);
        if (!stat.isFile())
          throw new OpsError(
            'E_NOT_A_FILE',
            `${file} is no file, so its lines are gone once they are read.`,
            { exit: 'requirement' },
          );
        files.push({ path: file, bytes: stat.size, rotated: file !== path });
        parts.push(...partsOf(file, stat.size));
      } catch (error) {
        // Just being rotated: its lines are in the file behind it.
        if (systemCode(error) === 'ENOENT' && (file !== path || older.length > 0)) continue;
        failures.push(fromSystemError(error, 'read the log', file));
      }
    }
  }
  for (const { part, scanned, failed } of await scanParts(parts, progress)) {
    if (scanned !== undefined) {
      summary.add(part.path, scanned);
      continue;
    }
    const at = files.findIndex(({ path }) => path === part.path);
    if (at !== -1) files.splice(at, 1);
    if (!failures.some(({ message }) => message.includes(part.path)))
      failures.push(fromSystemError(failed, 'read the log', part.path));
  }
}

function partsOf(path: string, size: number): LogPart[] {
  if (path.endsWith('.gz')) return [{ path, from: 0, to: size }];
  const count = Math.max(1, Math.ceil(size / partBytes));
  return Array.from({ length: count }, (_, at) => ({
    path,
    from: at * partBytes,
    to: at === count - 1 ? Number.MAX_SAFE_INTEGER : (at + 1) * partBytes,
  }));
}

/** What is found in these lines is redacted when it is put together; they themselves go no further. */
const unchanged: Redact = { foreign: (text) => text, foreignLines: () => (line) => line };

async function readLast(
  paths: readonly string[],
  count: number,
  summary: ErrorSummary,
  { files, failures }: Found,
  progress: Progress,
): Promise<void> {
  for (const path of paths) {
    try {
      const lines = await lastLines(path, count, { redact: unchanged, signal: progress.signal });
      const text = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
      const scan = new LogScan();
      scan.push(text.toString('latin1', 0, text.length));
      summary.add(path, scan.end());
      files.push({ path, bytes: text.length, rotated: false });
    } catch (error) {
      progress.signal.throwIfAborted();
      if (!isOpsError(error)) throw error;
      failures.push(error);
    }
  }
}

function noLogs({ manager, name, showLogs }: AppService): OpsError {
  return new OpsError(
    'E_NO_LOGS',
    `What ${name} prints goes to no file that ${manager} knows of.`,
    {
      exit: 'requirement',
      suggestions: showLogs === undefined ? [] : [`Read it there: ${showLogs}`],
    },
  );
}
