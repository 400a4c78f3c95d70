import type { Site } from '@om-ops/kit';
import type { DatabaseSection } from '@om-ops/kit/database';
import { type Category, isTreeCategory } from '../categories.ts';
import type { BackupSection } from '../site.ts';
import { configMaker } from './config.ts';
import { databaseMaker } from './database.ts';
import type { ArchiveMaker } from './maker.ts';
import { treeMaker } from './tree.ts';

export interface CategoryMaker {
  category: Category;
  maker: ArchiveMaker;
}

export interface BackupSections {
  backup: BackupSection;
  database: DatabaseSection;
}

function isOff(category: Category, { backup, database }: BackupSections): boolean {
  if (category === 'database') return database.engine === 'none';
  return isTreeCategory(category) && backup.categories[category] === null;
}

/** The makers of the chosen categories. `passOver` leaves out what the profile says this site does not have. */
export function makersFor(
  chosen: readonly Category[],
  site: Site,
  sections: BackupSections,
  { passOver, version }: { passOver: boolean; version: string },
): CategoryMaker[] {
  return chosen
    .filter((category) => !(passOver && isOff(category, sections)))
    .map((category) => ({ category, maker: makerOf(category, site, sections, version) }));
}

function makerOf(
  category: Category,
  site: Site,
  sections: BackupSections,
  version: string,
): ArchiveMaker {
  const { level } = sections.backup.compression;
  if (category === 'config') return configMaker(site, sections.backup);
  if (category === 'database') return databaseMaker(site, sections.database, { level, version });
  return treeMaker(category, site, sections.backup);
}
