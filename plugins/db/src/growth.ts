import { join } from 'node:path';
import { isThere, makeStateFolder, messageOf, writeFileAtomic } from '@om-ops/kit';
import { readSmallFile } from '@om-ops/kit/site';
import type { TableSize } from './topics/sizes.ts';

interface Kept {
  at: string;
  tables: Record<string, number>;
}

/** What each table grew since the last look, which is then replaced by this one. */
export async function grown(
  state: string,
  database: string,
  tables: readonly Omit<TableSize, 'growthBytes'>[],
  warn: (message: string) => void,
): Promise<{ tables: TableSize[]; since: string | null }> {
  const path = join(state, 'db/sizes', `${encodeURIComponent(database)}.json`);
  const last = kept(path);
  // Those that were not among the largest now stay with what they were.
  const all = {
    ...last?.tables,
    ...Object.fromEntries(tables.map(({ name, totalBytes }) => [name, totalBytes])),
  };
  try {
    if (isThere(state)) {
      makeStateFolder(join(state, 'db/sizes'));
      const now: Kept = { at: new Date().toISOString(), tables: all };
      await writeFileAtomic(path, `${JSON.stringify(now)}\n`);
    }
  } catch (error) {
    warn(`These sizes were not kept for the next look: ${messageOf(error)}`);
  }
  return {
    tables: tables.map((table) => {
      const before = last?.tables[table.name];
      return { ...table, growthBytes: before === undefined ? null : table.totalBytes - before };
    }),
    since: last?.at ?? null,
  };
}

function kept(path: string): Kept | undefined {
  try {
    const value = JSON.parse(readSmallFile(path, 'record of sizes')) as Partial<Kept> | null;
    return typeof value?.at === 'string' && typeof value.tables === 'object'
      ? (value as Kept)
      : undefined;
  } catch {
    return undefined;
  }
}
