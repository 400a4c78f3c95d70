/** What the gallery draws: sizes from nothing to very many. Made by the tests. */
export interface GalleryFile {
  path: string;
  bytes: number;
  files: number;
  modified: string;
  command: string | null;
}

export interface GalleryRun {
  id: string;
  at: string;
  scope: string;
  bytes: number;
  files: number;
}

export interface GalleryData {
  runs: GalleryRun[];
  files: GalleryFile[];
  /** How many files there were in all. */
  total: number;
  /** Rows of the embedded table. */
  many: number;
  tags: string[];
  entries: { at: string; title: string; text: string; failed: boolean }[];
}
