import { internalError, interrupted, isOpsError, OpsError } from '@om-ops/kit';
import type { ExtractResult } from './extract.ts';
import type { WriteCounts } from './replacements.ts';

/** Why a restore in place ended early, and how far it had come. */
export class StoppedInPlace extends OpsError {
  readonly target: string;
  readonly counts: WriteCounts;
  /** How many names, folders left out, have what the archive has for them, and how many were to get it. */
  readonly names: number;
  readonly totalNames: number;

  constructor(cause: unknown, target: string, counts: WriteCounts, totalNames: number) {
    const names = namesIn(counts);
    const state = `${names} of ${totalNames} names were replaced or made, the rest are as they were; run it again to finish`;
    const { code, message, exit, suggestions } = described(cause, state);
    super(code, message, { suggestions, cause });
    // The cause's own, whatever its name.
    Object.assign(this, { exit });
    this.target = target;
    this.counts = counts;
    this.names = names;
    this.totalNames = totalNames;
  }
}

/** Why a restore into a new folder failed although all of it is there: at the very last, when it had its name. */
export class StoppedAtTheEnd extends OpsError {
  readonly restored: ExtractResult;

  constructor(cause: OpsError, restored: ExtractResult) {
    const { code, exit, suggestions } = cause;
    super(code, `${cause.message} Everything was restored to ${restored.target} before that.`, {
      suggestions,
      cause,
    });
    Object.assign(this, { exit });
    this.restored = restored;
  }
}

/** Members that are no folders. */
export function namesIn({
  files,
  symlinks,
  hardLinks,
  fifos,
}: Pick<WriteCounts, 'files' | 'symlinks' | 'hardLinks' | 'fifos'>): number {
  return files + symlinks + hardLinks + fifos;
}

function described(
  cause: unknown,
  state: string,
): Pick<OpsError, 'code' | 'message' | 'exit' | 'suggestions'> {
  if (!isOpsError(cause)) return internalError(cause, `${state}.`);
  if (cause.code === 'E_INTERRUPTED') return interrupted(state);
  const { code, message, exit, suggestions } = cause;
  return { code, message: `${message} ${state}.`, exit, suggestions };
}
