import type {
  Capped,
  Count,
  DirectoryRow,
  FileRow,
  JunkCategoryRow,
  JunkItem,
  NotEntered,
  Recommendation,
  Skipped,
  Totals,
  TypeRow,
} from '../analysis.ts';

/** What the analysis page embeds. Types only: the page imports this file too. */
export interface AnalysisReport {
  /** ISO 8601 with offset. */
  generatedAt: string;
  /** IANA name; every time on the page is shown in it. */
  timeZone: string;
  site: string;
  /** STATE/analysis. */
  folder: string;
  /** Every run there is, oldest first: the growth dashboard. */
  growth: GrowthRun[];
  /** Runs that `growth` leaves out, because there are so many. */
  growthLeftOut?: number;
  /** The newest runs, newest first. The first is what the page opens with. */
  runs: RunDetail[];
  /** Runs which appear in `growth` only, because their detail did not fit. */
  runsWithoutDetail: number;
  /** Work sessions of the changelog, newest day first; empty when there is no changelog. */
  work: WorkDay[];
}

/** One run as index.json has it. A number is null when the run was written before it was recorded. */
export interface GrowthRun {
  run: string;
  /** ISO 8601 with offset. */
  at: string;
  scope: string;
  path: string;
  bytes: number | null;
  files: number | null;
  directories: number | null;
  diskBytes: number | null;
  reclaimableBytes: number | null;
  junkBytes: number | null;
  staleFiles: number | null;
  staleBytes: number | null;
  staleDays: number | null;
  duplicateBytes: number | null;
  duplicateGroups: number | null;
  duplicateMode: string | null;
  seconds: number | null;
}

/**
 * One run's detail: what the cards need as it is, and everything that fills tables packed,
 * so that a run which is never looked at is never unpacked.
 */
export interface RunDetail {
  run: string;
  /** What it found, as one sentence: the page's `h1`. */
  heading: string;
  at: string;
  scope: string;
  path: string;
  settings: {
    dedupeMode: string;
    maxHashMb: number;
    staleDays: number;
    largeMb: number;
    exclude: string[];
    crossFileSystems: boolean;
  };
  totals: Totals;
  junk: {
    bytes: number;
    diskBytes: number;
    reclaimableBytes: number;
    files: number;
    items: number;
  };
  stale: { days: number; files: number; bytes: number };
  duplicates: {
    mode: string;
    groups: number;
    paths: number;
    wastedBytes: number;
    notHashed: Count;
  };
  recent: { '24h': Count; '7d': Count; '30d': Count };
  /** What can go without a look, and what that frees on the disk. */
  canGo: { items: number; bytes: number };
  skipped: number;
  seconds: number;
  /** Lists cut short on the page: the whole is in `runs/<run>/analysis.json`. */
  capped: Capped[];
  /** base64 of gzip of JSON of RunTables; unpack with `unpackTables` of packing.ts. */
  packed: string;
  /** Bytes of the JSON before gzip. */
  unpackedBytes: number;
}

/** What the tabs show of one run. Absolute paths; escaped as in Analysis. */
export interface RunTables {
  types: TypeRow[];
  largestFiles: FileRow[];
  largestDirectories: DirectoryRow[];
  recentFiles: FileRow[];
  /** Folders for the treemap; entry 0 is the analysed folder, parents come before children. */
  tree: TreeNode[];
  junkCategories: JunkCategoryRow[];
  junk: JunkItem[];
  staleOldest: FileRow[];
  staleLargest: FileRow[];
  recommendations: Recommendation[];
  skipped: Skipped[];
  notEntered: NotEntered[];
  duplicates: PackedDuplicates;
}

/** bytes and files include everything below; what the children don't account for lies in the folder itself or in smaller folders. */
export interface TreeNode {
  parent: number;
  name: string;
  bytes: number;
  files: number;
}

/**
 * Duplicate groups as a dictionary: `unpackDuplicates` of packing.ts reads it.
 * A path is a folder and a name; a folder is its parent and a name.
 */
export interface PackedDuplicates {
  /** All names of folders and files, once each. */
  names: string[];
  /** Parent of each folder, as a distance back; entry 0 is `/`. */
  folderParents: number[];
  /** Name of each folder, as an index into `names`. */
  folderNames: number[];
  /** Per group: size of one of its files. */
  bytes: number[];
  /** Per group: how far what removing all but one frees is from `plainWaste`, so that most are 0. */
  wastedBeyond: number[];
  /** Per group: how many paths. */
  counts: number[];
  /** Per path: folder index, as a difference from the path before. */
  folders: number[];
  /** Per path: index into `names`, as a difference from the path before. */
  files: number[];
}

/** One duplicate group on the page, made by `unpackDuplicates`. */
export interface DuplicateRow {
  bytes: number;
  wastedBytes: number;
  paths: string[];
}

/** The changelog sessions of one day. */
export interface WorkDay {
  /** YYYY-MM-DD in the site's time zone. */
  date: string;
  sessions: WorkSession[];
  /** Of all sessions. */
  entries: number;
}

export interface WorkSession {
  id: string;
  title: string;
  status: 'ACTIVE' | 'CLOSED';
  outcome?: 'success' | 'fail';
  scope?: string;
  entries: number;
}
