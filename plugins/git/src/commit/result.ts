import type { Looked, Refused } from './guard.ts';

export interface CommitResult {
  dryRun: boolean;
  committed: boolean;
  commit: string | null;
  /** Null when HEAD is detached. */
  branch: string | null;
  message: string;
  /** How many the commit has, or would have. */
  files: number;
  /** What stands in the way until it is confirmed. */
  refused: Refused[];
  /** What was committed all the same, because it was confirmed. */
  accepted: Refused[];
  /** What was looked at: names, sizes and content. */
  looked: Looked;
  /** What is under way and has to be ended first. */
  state: string | null;
}
