import { OpsError } from '../errors.ts';
import { type Owner, ownerState } from './owner.ts';

/** What a lock file says, as JSON. `since` is ISO 8601 with offset. */
export interface LockHolder extends Owner {
  command: string;
  since: string;
}

/** Null when the text is no lock's. */
export function parseHolder(text: string): LockHolder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { pid, host, start, boot, pidSpace, command, since } = value as Record<string, unknown>;
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return null;
    if (typeof host !== 'string') return null;
    const textOr = (field: unknown): string | null => (typeof field === 'string' ? field : null);
    return {
      pid,
      host,
      start: textOr(start),
      boot: textOr(boot),
      pidSpace: textOr(pidSpace),
      command: textOr(command) ?? 'om-ops',
      since: textOr(since) ?? 'an unknown time',
    };
  } catch {
    return null;
  }
}

/** E_LOCKED (exit `locked`), naming who has it and what to do. */
export function lockedError(
  resource: string,
  path: string,
  holder: LockHolder | null,
  here: Owner,
): OpsError {
  if (holder === null) {
    return new OpsError('E_LOCKED', `Another om-ops run holds the lock ${path}.`, {
      exit: 'locked',
      suggestions: [`If none is running, remove the file: rm ${path}`],
    });
  }
  const elsewhere = ownerState(holder, here) === 'elsewhere';
  const where =
    holder.host === here.host ? (elsewhere ? ' in another container' : '') : ` on ${holder.host}`;
  return new OpsError(
    'E_LOCKED',
    `Another om-ops run holds the lock for ${resource}: ${holder.command}, pid ${holder.pid}${where}, since ${holder.since}.`,
    {
      exit: 'locked',
      suggestions: elsewhere
        ? [
            `Wait for it to end; if it has ended and nothing there uses it, remove the file: rm ${path}`,
          ]
        : [`Wait for it to end, or look what it does: ps -fp ${holder.pid}`],
    },
  );
}

/** For what stands in a lock's place and is none: it is not read. */
export function notALock(path: string): OpsError {
  return new OpsError('E_NOT_A_LOCK', `Cannot lock ${path}: it is no regular file.`, {
    exit: 'requirement',
    suggestions: [`See who put it there, then remove it: ls -ld ${path}`],
  });
}
