import type { FileHandle } from 'node:fs/promises';
import { OpsError, type Progress } from '@om-ops/kit';
import type { Skipped } from '../archive/tree/skipped.ts';
import type { KnownSidecar } from '../catalog/sidecar.ts';
import type { Category } from '../categories.ts';
import type { RoomNeeded } from '../room.ts';

/** What an archive's maker says when it is done. */
export interface MadeArchive {
  files: number;
  directories: number;
  /** Of the archive. */
  bytes: number;
  /** Of what went into it. */
  sourceBytes: number;
  sha256: string;
  skipped: Skipped[];
  /** Patterns and folders that really left something out. */
  excluded: string[];
  /** Of a folder: without holes. */
  diskBytes?: number;
  /** Folders that were left out because they hold output as a rule. */
  leftOut?: string[];
  /** Of a folder: see `ArchiveTotals`. */
  databaseCopies?: string[];
  /** Of a folder: see `mountsOf`. */
  mounts?: string[];
  /** Of databases: what is in each, as far as it is known. `bytes` is its size in the server. */
  databases?: { name: string; tables?: number; bytes?: number }[];
  /** Databases that could not be dumped while others could. */
  failed?: readonly { name: string; error: OpsError }[];
}

/** What a dry run says. */
export interface ArchivePlan {
  files: number;
  sourceBytes: number;
  /** The biggest folders that go in, or what goes in when that is no tree. */
  included: { path: string; bytes: number; files: number }[];
  /** What it is going to take, as far as that can be told. */
  room?: RoomNeeded;
  /** The biggest folders that stay out. */
  excluded: { path: string; bytes: number; files: number }[];
  /** Sentences: what is not there, what would be asked of which server. */
  notes: string[];
}

export interface ExpectedContent {
  files: number;
  bytes: number;
}

/** What a backup is going to take of STATE, with what was counted for it. */
export interface ExpectedRoom extends RoomNeeded {
  expected?: ExpectedContent;
}

/** How one category becomes an archive. Everything around it (name, lock, sidecar, log) is the same for all. */
export interface ArchiveMaker {
  /** What the sidecar names as the source. */
  source: string;
  /** @throws OpsError when the source is not there or may not be read (exit 5) */
  check(): Promise<void>;
  plan(progress: Progress): Promise<ArchivePlan>;
  /**
   * What it is going to take. Costs a walk of the tree, or a question to the server.
   *
   * @param last the last whole backup of it
   */
  room?(last: KnownSidecar | undefined, progress: Progress): Promise<ExpectedRoom>;
  /** Counts what there is beforehand, so that a progress can say how much is left. Costs a walk of the tree. */
  measure?(progress: Progress): Promise<ExpectedContent>;
  write(output: FileHandle, progress: Progress, expected?: ExpectedContent): Promise<MadeArchive>;
}

/** The error for a category that was named although the profile says this site has none. */
export function categoryOff(category: Category, key: string, value: string): OpsError {
  return new OpsError(
    'E_CATEGORY_OFF',
    `This site has no ${category}: its profile says \`${key}: ${value}\`.`,
    {
      exit: 'usage',
      suggestions: [`Set ${key} in the site profile (om-ops config path).`],
    },
  );
}
