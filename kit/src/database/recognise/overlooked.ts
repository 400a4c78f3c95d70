import type { DatabaseSection } from '../section.ts';
import { type DatabaseEvidence, engineTitles, recogniseDatabase } from './recognise.ts';
import type { RecognisedDatabase } from './recognised.ts';

/** A database of the site that no backup holds, because of what the profile says. */
export interface OverlookedDatabase {
  /** True: its settings name it. False: it may be one. */
  sure: boolean;
  /** What it is and where it is named, in a few words. */
  name: string;
  sentence: string;
  suggestions: string[];
}

/**
 * Databases that the site's settings name and the profile does not: `engine: none`, the wrong engine, one that
 * om-ops cannot back up. Empty for `database: {elsewhere: true}`.
 */
export async function overlookedDatabases(
  section: DatabaseSection,
  evidence: DatabaseEvidence,
): Promise<OverlookedDatabase[]> {
  if (section.elsewhere) return [];
  const recognised = await recogniseDatabase(evidence);
  const { engine, sure, further } = recognised;
  const found: OverlookedDatabase[] = [];
  const isNamed = section.databases.length > 0 || section.files.length > 0;
  // A file that only lies there may be a leftover; folders that are archived have a copy of it.
  const isStray = recognised.evidence.every((one) => evidence.sqliteFiles?.includes(one));
  if (engine !== undefined && engine !== section.engine && !isNamed) {
    if (section.engine === 'none' || (sure && !isStray)) {
      const suggestions = mending(recognised);
      found.push({
        sure: sure && !isStray,
        name: `${engineTitles[engine]} database in ${recognised.evidence.join(' and ')}`,
        sentence: sentenceOf(section, recognised),
        suggestions,
      });
    }
  } else if (engine !== undefined && !isNamed) {
    for (const { what, evidence: where } of further) {
      found.push({
        sure: false,
        name: `${what} in ${where}`,
        sentence: `${where} names a further database (${what}), which the profile does not reach: it is in no backup.`,
        suggestions: ['Back it up with a profile of its own: om-ops init --site FILE', elsewhere],
      });
    }
  }
  for (const { what, evidence: where } of recognised.unsupported) {
    // Redis beside another database is nearly always a cache.
    if (what === 'Redis' && section.engine !== 'none') continue;
    found.push({
      sure: what !== 'Redis' && section.engine === 'none',
      name: `${what} in ${where}`,
      sentence: `${where} names a database that om-ops cannot back up: ${what}. It is in no backup.`,
      suggestions: [`Back it up with its own tools. ${elsewhere}`],
    });
  }
  return found;
}

const elsewhere =
  'If something else makes its backup, say so in the profile: database: {elsewhere: true}';

function sentenceOf(
  section: DatabaseSection,
  { engine, evidence, sure }: RecognisedDatabase,
): string {
  const where = evidence.join(' and ');
  const title = engineTitles[engine!];
  const names = sure ? 'names a' : 'looks like a';
  return section.engine === 'none'
    ? `The profile says \`database: {engine: none}\`, and ${where} ${names} ${title} database: it is in no backup.`
    : `The profile says \`database: {engine: ${section.engine}}\`, and ${where} ${names} ${title} database: it is in no backup.`;
}

function mending(recognised: RecognisedDatabase): string[] {
  const { engine, files, databases } = recognised;
  const keys = Object.entries(recognised.envKeys).map(
    ([role, names = []]) => `${role}: [${names.join(', ')}]`,
  );
  const settings = [
    `engine: ${engine}`,
    ...(files.length > 0 ? [`files: [${files.join(', ')}]`] : []),
    ...(databases.length > 0 ? [`databases: [${databases.join(', ')}]`] : []),
    ...(keys.length > 0 ? [`envKeys: {${keys.join(', ')}}`] : []),
  ];
  return [`Set it in the site profile: database: {${settings.join(', ')}}`, elsewhere];
}
