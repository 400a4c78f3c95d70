import type { ConfigFile, Site } from '@om-ops/kit';
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

/** Whether the profile says that the site has no such thing. */
export function isOff(category: Category, { backup, database }: BackupSections): boolean {
  if (category === 'database') return database.engine === 'none';
  return isTreeCategory(category) && backup.categories[category] === null;
}

export interface MakerOptions {
  /** Leave out what the profile says this site does not have. */
  passOver: boolean;
  version: string;
  /** What other plugins say of where the configuration lies. */
  configFiles: readonly ConfigFile[];
}

/** The makers of the chosen categories. */
export function makersFor(
  chosen: readonly Category[],
  site: Site,
  sections: BackupSections,
  options: MakerOptions,
): CategoryMaker[] {
  return chosen
    .filter((category) => !(options.passOver && isOff(category, sections)))
    .map((category) => ({ category, maker: makerOf(category, site, sections, options) }));
}

function makerOf(
  category: Category,
  site: Site,
  sections: BackupSections,
  { version, configFiles }: MakerOptions,
): ArchiveMaker {
  const { level } = sections.backup.compression;
  if (category === 'config') return configMaker(site, sections.backup, configFiles);
  if (category === 'database') return databaseMaker(site, sections.database, { level, version });
  return treeMaker(category, site, sections.backup);
}
