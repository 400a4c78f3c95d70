import { readFileSync, statSync } from 'node:fs';
import { systemCode } from '@om-ops/kit';
import type { Skipped } from '../archive/tree/skipped.ts';
import { type Category, categories } from '../categories.ts';

/** The file beside an archive that says what is in it: docs/surface.md, "Sidecar". */
export interface Sidecar {
  category: Category;
  /** ISO 8601 with offset. */
  createdAt: string;
  tool: 'om-ops';
  version: string;
  host: string;
  /** Name of the site, and its root. */
  site: string;
  root: string;
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
  /** Of a folder: what of `sourceBytes` is on the disk, without holes. */
  diskBytes?: number;
  /** Of a folder: SQLite databases of which a copy of one moment is in it, with what was in their journals. */
  databaseCopies?: string[];
  /** Of a folder: the mount points it lay on and had below it. */
  mounts?: string[];
  /** Of a database backup. Older programs did not count. */
  databases?: { name: string; tables?: number; bytes?: number }[];
  /** Somebody said that it is right to have much less than the backup before. */
  acceptedLess?: true;
}

/** What is read of a sidecar: what listing, verifying, restoring and pruning go by. */
export type KnownSidecar = Pick<
  Sidecar,
  | 'category'
  | 'createdAt'
  | 'source'
  | 'archive'
  | 'bytes'
  | 'sourceBytes'
  | 'files'
  | 'sha256'
  | 'skipped'
  | 'diskBytes'
  | 'mounts'
  | 'databases'
  | 'acceptedLess'
> &
  // Older programs wrote no site, and hand-made sidecars no host.
  Partial<Pick<Sidecar, 'site' | 'root' | 'host'>>;

/**
 * Why nothing is known from a sidecar: there is none, it cannot be understood, there is no permission
 * to read it, or it was written for a backup of another category.
 */
export type SidecarLack = 'absent' | 'damaged' | 'unreadable' | 'foreign';

/** A sidecar, or why there is none. `wrong` names what of it cannot be right: ``its `bytes` ``. */
export type SidecarReading =
  | { sidecar: KnownSidecar; lack?: undefined; wrong?: undefined }
  | { sidecar?: undefined; lack: SidecarLack; wrong?: string };

/** Reads a sidecar. Never throws: one that is odd must not hide other backups. */
export function readSidecar(path: string): SidecarReading {
  let text: string;
  try {
    // Reading a named pipe would wait for ever.
    if (!statSync(path).isFile()) return { lack: 'damaged', wrong: 'it is not a file' };
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return { lack: 'absent' };
    return code === 'EACCES' || code === 'EPERM' ? { lack: 'unreadable' } : { lack: 'damaged' };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { lack: 'damaged', wrong: 'it is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { lack: 'damaged', wrong: 'it is not a JSON object' };
  // What an older program did not skip it did not list.
  const fields: Record<string, unknown> = { skipped: [], sourceBytes: 0, ...value };
  for (const [key, isRight] of Object.entries(checks))
    if (!isRight(fields[key])) return { lack: 'damaged', wrong: `its \`${key}\` is wrong` };
  return { sidecar: fields as unknown as KnownSidecar };
}

const checks: Record<keyof KnownSidecar, (value: unknown) => boolean> = {
  category: (value) => categories.some((category) => category === value),
  createdAt: (value) =>
    isText(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) && !Number.isNaN(Date.parse(value)),
  source: isText,
  archive: isText,
  bytes: isCount,
  sourceBytes: isCount,
  files: isCount,
  sha256: (value) => isText(value) && /^[0-9a-f]{64}$/.test(value),
  skipped: (value) => Array.isArray(value) && value.every(isSkipped),
  site: optional(isText),
  root: optional(isText),
  host: optional(isText),
  diskBytes: optional(isCount),
  mounts: optional((value) => Array.isArray(value) && value.every(isText)),
  databases: optional((value) => Array.isArray(value) && value.every(isDatabase)),
  acceptedLess: optional((value) => value === true),
};

function optional(isRight: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === undefined || isRight(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isDatabase(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, tables, bytes } = value as { name?: unknown; tables?: unknown; bytes?: unknown };
  return isText(name) && optional(isCount)(tables) && optional(isCount)(bytes);
}

function isSkipped(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { path, reason } = value as { path?: unknown; reason?: unknown };
  return typeof path === 'string' && typeof reason === 'string';
}
