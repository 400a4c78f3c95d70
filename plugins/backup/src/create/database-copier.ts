import { promises } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseCopier } from '../archive/live-databases.ts';
import { copySqlite } from '../database/sqlite/copy.ts';
import { isNoDatabase } from '../database/sqlite/error.ts';

/** Copies databases into a private folder, one at a time. */
export function databaseCopier(folder: string): DatabaseCopier {
  const copy = join(folder, 'live.db');
  const remove = async () => {
    for (const suffix of ['', '-journal', '-wal', '-shm'])
      await promises.rm(copy + suffix, { force: true });
  };
  return {
    async copy(file, signal) {
      await remove();
      // SQLite takes names as text; of another name there is no copy.
      const path = file.toString();
      if (!Buffer.from(path).equals(file)) throw new Error('Its name is no UTF-8.');
      try {
        await copySqlite(path, copy, signal);
        await settle(copy);
        return copy;
      } catch (error) {
        await remove();
        throw error;
      }
    },
    isNone: isNoDatabase,
    remove,
  };
}

/** What a copy still has in a `-wal` of its own goes into the file, so that it is whole alone. */
async function settle(copy: string): Promise<void> {
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(copy);
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
}
