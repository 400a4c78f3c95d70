import { type Requirement, type Site, whyNotThere } from '@om-ops/kit';
import { type DatabaseSection, databaseOptions, overlookedDatabases } from '@om-ops/kit/database';
import { databaseSection } from '@om-ops/kit/site';
import { posixCalls } from './archive/posix/posix.ts';
import { categories, isCode, isTreeCategory } from './categories.ts';
import { databaseEvidence } from './create/database.ts';
import { databaseRequirements } from './database/requirements.ts';
import { notHeldOf } from './not-held.ts';
import { backupSection } from './site.ts';

/** The folders that are backed up, and the programs that dump the databases. */
export async function backupRequirements(site: Site): Promise<Requirement[]> {
  const [backup, database] = await Promise.all([
    site.section(backupSection),
    site.section(databaseSection),
  ]);
  const found: Requirement[] = [];
  for (const category of categories.filter(isTreeCategory)) {
    const source = backup.categories[category];
    if (source === null) continue;
    const path = site.below(source.source);
    const problem = whyNotThere(path);
    found.push({
      kind: 'path',
      name: path,
      purpose: `backing up ${category}${isCode(category) ? '' : ' as it is'}`,
      state: problem === undefined ? 'ok' : 'missing',
      ...(problem === undefined
        ? {}
        : {
            detail: problem,
            fix: `Correct backup.categories.${category}, or set it to null if this site has none.`,
          }),
    });
  }
  const { supportsXattrs, missing } = posixCalls();
  if (!supportsXattrs) {
    found.push({
      kind: 'program',
      name: 'koffi',
      purpose: 'keeping extended attributes and ACLs',
      state: 'absent',
      ...(missing === undefined ? {} : { detail: missing }),
    });
  }
  return [
    ...found,
    ...databaseRequirements(databaseOptions(site, database)),
    ...(await overlookedRequirements(site, database)),
    ...notHeldOf(site, { database }).map(
      ({ what, where, advice }): Requirement => ({
        kind: 'path',
        name: what,
        purpose: 'in no backup',
        state: 'absent',
        ...(where.length === 0 ? {} : { detail: where.join(', ') }),
        fix: advice,
      }),
    ),
  ];
}

async function overlookedRequirements(
  site: Site,
  database: DatabaseSection,
): Promise<Requirement[]> {
  const overlooked = await overlookedDatabases(database, databaseEvidence(site));
  return overlooked.map(({ sure, name, suggestions }) => ({
    kind: 'service',
    name,
    purpose: 'backing up all of the site',
    state: sure ? 'missing' : 'absent',
    detail: 'in no backup',
    fix: suggestions.join(' '),
  }));
}
