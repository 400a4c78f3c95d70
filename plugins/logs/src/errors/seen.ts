import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isUnwritable, systemCode, writeFileAtomic } from '@om-ops/kit';

/** Which groups of errors were seen in a run before. */
export interface Seen {
  ids: ReadonlySet<string>;
  /** Undefined when there was none. */
  lastRun: string | undefined;
}

const fileOf = (state: string) => join(state, 'logs', 'seen.json');

interface Kept {
  at: string;
  /** Id of a group → when it was seen last. */
  groups: Record<string, string>;
}

export function readSeen(state: string): Seen {
  try {
    const kept = JSON.parse(readFileSync(fileOf(state), 'utf8')) as Kept;
    return { ids: new Set(Object.keys(kept.groups)), lastRun: kept.at };
  } catch {
    return { ids: new Set(), lastRun: undefined };
  }
}

/** What was seen longer ago is new again. */
const rememberedMs = 90 * 86_400_000;

/** Adds what was seen now. @returns why it could not be kept */
export async function keepSeen(
  state: string,
  ids: readonly string[],
  now = new Date(),
): Promise<string | undefined> {
  let groups: Record<string, string> = {};
  try {
    ({ groups } = JSON.parse(readFileSync(fileOf(state), 'utf8')) as Kept);
  } catch {
    groups = {};
  }
  const at = now.toISOString();
  const kept = Object.entries(groups).filter(
    ([, last]) => now.getTime() - Date.parse(last) < rememberedMs,
  );
  const next: Kept = { at, groups: Object.fromEntries([...kept, ...ids.map((id) => [id, at])]) };
  try {
    mkdirSync(dirname(fileOf(state)), { recursive: true, mode: 0o700 });
    await writeFileAtomic(fileOf(state), `${JSON.stringify(next)}\n`);
    return undefined;
  } catch (error) {
    if (isUnwritable(error) || ['EACCES', 'EROFS', 'ENOSPC'].includes(systemCode(error) ?? ''))
      return 'What was seen could not be kept, so that --new will tell it again.';
    throw error;
  }
}
