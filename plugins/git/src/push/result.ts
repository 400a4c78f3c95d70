import type { CommitResult } from '../commit/result.ts';
import { pushCommandLine } from './push.ts';
import type { PushTarget } from './remote.ts';

export interface PushResult {
  dryRun: boolean;
  /** False: the server had it already, or nothing was pushed. */
  pushed: boolean;
  /** The branch's name on the server. */
  branch: string | null;
  remote: string;
  /** How many the server did not have, as far as was known here. */
  commits: number;
  /** About how much was sent. */
  bytes: number;
  /** Why nothing was pushed; null when it was. */
  reason: string | null;
  /** What the server said, without secrets. */
  said: string[];
  /** What is run for it. */
  command: string;
  /** The commit made first, with `--commit`. */
  commit: CommitResult | null;
}

/** What would be pushed, before it is known how much. */
export function pushPlan(
  target: PushTarget,
  lease: string | undefined,
  dryRun: boolean,
): PushResult {
  return {
    dryRun,
    pushed: false,
    branch: target.remoteBranch,
    remote: target.remote,
    commits: 0,
    bytes: 0,
    reason: null,
    said: [],
    command: pushCommandLine(target, lease),
    commit: null,
  };
}
