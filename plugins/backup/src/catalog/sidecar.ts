import { readFileSync } from 'node:fs';
import { systemCode } from '@om-ops/kit';
import type { Category } from '../categories.ts';
import type { Skipped } from '../tree/skipped.ts';

/** The file beside an archive that says what is in it: SURFACE.md, "Sidecar". */
export interface Sidecar {
  category: Category;
  /** ISO 8601 with offset. */
  createdAt: string;
  tool: 'om-ops';
  version: string;
  host: string;
  /** Absolute path of the folder that was archived; for databases the engine. */
  source: string;
  /** File name of the archive, without its folder. */
  archive: string;
  /** Size of the archive. */
  bytes: number;
  /** Size of what went into it. */
  sourceBytes: number;
  files: number;
  directories: number;
  /** Of the archive. */
  sha256: string;
  excluded: string[];
  skipped: Skipped[];
  durationSeconds: number;
}

/** Reads a sidecar; undefined when there is none, `damaged` when it cannot be understood. */
export function readSidecar(path: string): Sidecar | undefined | 'damaged' {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isSidecar(value) ? value : 'damaged';
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? undefined : 'damaged';
  }
}

function isSidecar(value: unknown): value is Sidecar {
  if (typeof value !== 'object' || value === null) return false;
  const { sha256, bytes, files, createdAt } = value as Partial<Record<keyof Sidecar, unknown>>;
  return (
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    typeof bytes === 'number' &&
    typeof files === 'number' &&
    typeof createdAt === 'string'
  );
}
