/**
 * The entries of one folder after another, each with what `lstat` says of it. The values are fields,
 * overwritten by `next`: an object for each of a million files would be all that this program does.
 */
export interface Entries {
  /**
   * @param mayBeLink false: a symlink in the last place is an error and not followed
   * @throws an error with the system's `code`; then there is nothing to close
   */
  open(path: string, mayBeLink: boolean): void;
  /** Moves to the next entry. False at the end, and the folder is closed. */
  next(): boolean;
  /** Closes the folder before its end. */
  close(): void;

  /** The system's code when `lstat` failed; then only the name counts. */
  readonly failure: string | undefined;
  /** The raw bytes of the name, from `nameStart` to `nameEnd`. */
  readonly bytes: Uint8Array;
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly mode: number;
  readonly size: number;
  readonly blocks: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly changed: number;
  readonly links: number;
  /** The lower 53 bits of the inode's number and the upper 11. */
  readonly inode: number;
  readonly inodeHigh: number;
  /** As `st_dev`. */
  readonly device: number;
}

export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
