/**
 * Why something of the tree is not in the archive, or not as it should be:
 * - `unreadable`: no permission, or a read error; a folder is there without what is in it;
 * - `vanished`: it was listed and gone when its turn came;
 * - `changed`: it is in the archive, but was written to while it was read, and may be a mixture;
 * - `fifo`, `socket`, `device`: nothing that could be kept;
 * - `no-privilege`: of a database, what its user may not see, so that nobody knows whether there is any;
 * - `failed`: a database whose dump failed while those of others did not.
 */
export type SkipReason =
  | 'unreadable'
  | 'vanished'
  | 'changed'
  | 'fifo'
  | 'socket'
  | 'device'
  | 'no-privilege'
  | 'failed';

export interface Skipped {
  /** Relative to the source, as `readablePath` writes it; `.` for the source. Of a database: its name, or `name: routines`. */
  path: string;
  reason: SkipReason;
}

const harmless: ReadonlySet<SkipReason> = new Set(['fifo', 'socket', 'device']);

/** Whether the backup lacks data because of what was skipped. */
export function isIncomplete(skipped: readonly Skipped[]): boolean {
  return skipped.some(({ reason }) => !harmless.has(reason));
}
