import { join } from 'node:path';
import { readEnvFiles, type Site } from '@om-ops/kit';
import {
  type DatabaseEvidence,
  type DatabaseSection,
  databaseOptions,
  planDatabases,
  readDatabaseClues,
} from '@om-ops/kit/database';
import type { KnownSidecar } from '../catalog/sidecar.ts';
import { planDatabaseArchive, writeDatabaseArchive } from '../database/archive.ts';
import type { RoomNeeded } from '../room.ts';
import type { ArchiveMaker } from './maker.ts';
import { categoryOff } from './maker.ts';

/** What the site itself says of its databases, whatever the profile says. */
export function databaseEvidence(site: Site): DatabaseEvidence {
  const folders = [site.backend.dir, '.', site.frontend.dir];
  const { texts, sqliteFiles } = readDatabaseClues(site.root, folders);
  return { env: readEnvFiles(site), texts, sqliteFiles };
}

export interface DatabaseMakerOptions {
  level: number;
  /** Of om-ops. */
  version: string;
}

/** Dumps the site's databases into one archive. */
export function databaseMaker(
  site: Site,
  section: DatabaseSection,
  { level, version }: DatabaseMakerOptions,
): ArchiveMaker {
  const plan = () => {
    const planned = planDatabases(databaseOptions(site, section));
    if (planned === undefined) throw categoryOff('database', 'database.engine', 'none');
    return planned;
  };
  return {
    source: section.engine,
    async check() {
      plan();
    },
    plan: (progress) => planDatabaseArchive(plan(), progress),
    async room(last, progress) {
      const { sourceBytes } = await planDatabaseArchive(plan(), progress);
      return roomOf(sourceBytes, last);
    },
    write: (output, progress) =>
      writeDatabaseArchive(plan(), {
        output,
        progress,
        folder: join(site.state, 'database'),
        version,
        level,
      }),
  };
}

/** What the server says of its size; data compresses to a half at the least where nothing else is known. */
const compressed = 0.5;

/** The dumps wait in STATE until they are packed, so they are there twice. */
function roomOf(serverBytes: number, last: KnownSidecar | undefined): RoomNeeded {
  const before = (last?.databases ?? []).reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  if (last === undefined || before === 0) return { low: 0, likely: serverBytes * compressed * 2 };
  const likely = Math.ceil(2 * last.bytes * (serverBytes / before));
  return { low: Math.floor(likely / 4), likely };
}
