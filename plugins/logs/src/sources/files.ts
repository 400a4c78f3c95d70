import { globSync, statSync } from 'node:fs';
import { rotatedFiles } from '@om-ops/kit';

/** A file of a source: the live log, or a generation of it. */
export interface LogFile {
  path: string;
  bytes: number;
  /** In ms since 1970. */
  modified: number;
  packed: 'gz' | 'zst' | null;
  /** Rotated away: nobody is meant to write to it any more. */
  isRotated: boolean;
  /** `dev:inode`. */
  id: string;
}

/** Files that patterns name and what was rotated away from them, the oldest first. */
export async function filesOf(patterns: readonly string[]): Promise<LogFile[]> {
  const paths = new Set<string>();
  for (const pattern of patterns) {
    const found = /[*?[{]/.test(pattern) ? globSync(pattern) : [pattern];
    for (const path of found) {
      paths.add(path);
      if (!isGeneration(path)) for (const older of await rotatedFiles(path)) paths.add(older);
    }
  }
  const files = [...paths].flatMap((path) => logFile(path) ?? []);
  const byFile = new Map(files.map((one) => [one.id, one]));
  return [...byFile.values()].sort((a, b) => a.modified - b.modified);
}

export function logFile(path: string): LogFile | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile()) return undefined;
  return {
    path,
    bytes: found.size,
    modified: found.mtimeMs,
    packed: path.endsWith('.gz') ? 'gz' : path.endsWith('.zst') ? 'zst' : null,
    isRotated: isGeneration(path),
    id: `${found.dev}:${found.ino}`,
  };
}

/** `app.log.1`, `app.log.2.gz`, `app.log-20261125.zst`, `app__2026-11-25_00-00-00.log`. */
export function isGeneration(path: string): boolean {
  return (
    /\.(?:\d{1,4}|old)(?:\.(?:gz|zst|xz|bz2))?$/.test(path) ||
    /-\d{8}(?:-?\d{1,10})?(?:\.(?:gz|zst|xz|bz2))?$/.test(path) ||
    /__\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.log(?:\.gz)?$/.test(path) ||
    /\.(?:gz|zst)$/.test(path)
  );
}

/** The live log that a generation belongs to; itself when it is one. */
export function baseOf(path: string): string {
  return path
    .replace(/\.(?:gz|zst|xz|bz2)$/, '')
    .replace(/(?:\.\d{1,4}|\.old|-\d{8}(?:-?\d{1,10})?)$/, '')
    .replace(/__\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(?=\.log$)/, '');
}
