/**
 * What one analysis found: the document in `analysis.json` and the result of `analysis run`.
 *
 * Paths are absolute. A path that is not valid UTF-8 is in the escaped form of `paths/escape.ts`:
 * `\xHH` for each byte that does not decode and `\\` for each backslash.
 * Bytes are apparent sizes, as `du -b` counts them, unless a key says otherwise.
 */
export interface Analysis {
  /** `YYYY-MM-DD_HHMMSS`, the run folder's name. */
  run: string;
  /** ISO 8601 with offset: when the walk began; every age is counted from here. */
  createdAt: string;
  scope: string;
  path: string;
  settings: AnalysisSettings;
  totals: Totals;
  junk: Junk;
  duplicates: Duplicates;
  stale: Stale;
  largestFiles: FileRow[];
  largestDirectories: DirectoryRow[];
  types: TypeRow[];
  recent: { '24h': Count; '7d': Count; '30d': Count };
  /** The newest of them, newest first. */
  recentFiles: FileRow[];
  recommendations: Recommendation[];
  /** What could not be read or vanished meanwhile. Not empty: exit 7. */
  skipped: { count: number; items: Skipped[] };
  /** Mount points that were not entered. */
  notEntered: NotEntered[];
  /** Entries the exclude patterns left out; a folder counts as one. */
  excluded: number;
  /** What a later run is compared with. */
  comparable: Comparable;
  /** Every list that is shorter than what there was: its key, how many are in it, how many there were. */
  capped: Capped[];
  seconds: number;
}

export interface AnalysisSettings {
  dedupeMode: DedupeMode;
  maxHashMb: number;
  staleDays: number;
  largeMb: number;
  /** gitignore patterns, relative to `path`. */
  exclude: string[];
  /** True: other file systems were entered. */
  crossFileSystems: boolean;
}

export type DedupeMode = 'quick' | 'full';

export interface Count {
  files: number;
  bytes: number;
}

export interface Totals {
  /** Names of regular files; a file with two names counts twice here, and once in bytes. */
  files: number;
  /** Folders, the analysed one included. */
  directories: number;
  symlinks: number;
  /** FIFOs, sockets and devices. */
  others: number;
  /** Apparent bytes of everything, folders' own sizes included: what `du -sb` prints (coreutils before 9.2). */
  bytes: number;
  /** Apparent bytes of regular files and symlinks only: what `du -sb` of coreutils 9.2 and later prints. */
  fileBytes: number;
  /** Bytes allocated on the disk: what `du -s -B1` prints. */
  diskBytes: number;
  /** Of `diskBytes`, what deleting all of it would free: files that have names elsewhere too free nothing. */
  reclaimableBytes: number;
  /** Names beyond the first of files with several. */
  hardLinks: number;
}

export interface FileRow {
  path: string;
  bytes: number;
  /** ISO 8601 with offset; null when the file system has a time that is no date. */
  modified: string | null;
}

export interface DirectoryRow {
  path: string;
  /** Of everything below it: what `du -sb` prints for it alone. */
  bytes: number;
  diskBytes: number;
  reclaimableBytes: number;
  files: number;
}

export interface TypeRow {
  /** Lower case with its dot (`.js`); empty for names without one. */
  extension: string;
  files: number;
  bytes: number;
}

export type JunkCategory =
  | 'node_modules'
  | 'dist'
  | 'build'
  | '.vite'
  | '.cache'
  | '.tmp'
  | '_cursor_session_backup'
  | '.venv'
  | 'logs'
  | '.log'
  | '.git'
  | 'coverage'
  | 'large-file'
  | 'backup-archive';

export interface Junk {
  /** Of all items, each inode once. */
  bytes: number;
  diskBytes: number;
  /** What deleting all items would free on the disk. */
  reclaimableBytes: number;
  files: number;
  categories: JunkCategoryRow[];
  /** Largest first. Junk inside junk belongs to the outermost item. */
  items: JunkItem[];
}

export interface JunkCategoryRow extends Count {
  category: JunkCategory;
  items: number;
}

export interface JunkItem {
  category: JunkCategory;
  path: string;
  bytes: number;
  files: number;
  diskBytes: number;
  reclaimableBytes: number;
  /** ISO 8601 with offset: the newest file in it; null when its time is no date. */
  modified: string | null;
  /** Short phrases: `package.json beside it`, `tracked by git (12 files)`, `in use by node (pid 812)`. */
  evidence: string[];
  /** Absent: not below a git work tree. `unknown`: git would not say. */
  tracked?: 'yes' | 'no' | 'unknown';
  inUse?: boolean;
}

export interface Duplicates {
  mode: DedupeMode;
  /** Most wasted bytes first. */
  groups: DuplicateGroup[];
  /** Of all groups. */
  wastedBytes: number;
  /** Groups and paths there are; more than in `groups` when that was capped. */
  groupCount: number;
  pathCount: number;
  /** Full mode: files above `maxHashMb` that share their size with another and were not compared. */
  notHashed: Count;
  /** Full mode: where the hashes came from. */
  hashes?: { read: number; fromCache: number; bytesRead: number };
}

export interface DuplicateGroup {
  /** Of one of its files. */
  bytes: number;
  /** SHA-256 in hex; full mode only. */
  hash?: string;
  /** What removing all but one frees on the disk at least, whichever stays. */
  wastedBytes: number;
  /** One per inode, sorted. */
  paths: string[];
  /** Further names of the same inodes, when there are any. */
  links?: string[];
}

export interface Stale extends Count {
  days: number;
  oldest: FileRow[];
  largest: FileRow[];
}

export type RecommendationKind =
  | 'unneeded'
  | 'build-output'
  | 'orphaned-large'
  | 'old-artifact'
  | 'duplicates'
  | 'package-store'
  | 'git'
  | 'look-first';

export interface Recommendation {
  kind: RecommendationKind;
  path: string;
  /** What the command would free on the disk, as far as that is known; 0 of what is to be looked at. */
  bytes: number;
  why: string;
  /** Nothing proves that it can go: the command only shows it, or asks for each file. */
  look: boolean;
  /** For a shell with `$'…'` (bash, zsh, ksh, busybox ash). Nothing runs it but the reader. */
  command: string;
}

export interface Skipped {
  path: string;
  reason: 'permission denied' | 'vanished' | 'changed' | 'unreadable';
  /** The system's code, for `unreadable`. */
  code?: string;
}

export interface NotEntered {
  path: string;
  /** Kind of file system. */
  fileSystem: string;
  /** It shows what is counted at this place of the tree. */
  sameAs?: string;
}

/** Folders and files with their sizes, as a tree of indices so that it stays small. */
export interface Comparable {
  /** Parents come before children; entry 0 is the analysed folder. [parent, name, bytes, files] */
  directories: [parent: number, name: string, bytes: number, files: number][];
  /** [directory, name, bytes] */
  files: [directory: number, name: string, bytes: number][];
  /** A folder of this size or smaller may be missing from `directories`; 0: all are there. */
  directoriesFrom: number;
  /** A file of this size or smaller may be missing from `files`; 0: all are there but those deep in junk. */
  filesFrom: number;
}

export interface Capped {
  key: string;
  shown: number;
  total: number;
}
