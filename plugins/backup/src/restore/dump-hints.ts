import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellWord } from '@om-ops/kit';
import type { DatabaseMeta } from '../database/archive.ts';

/**
 * How the dumps that were unpacked into a folder are loaded: into new, empty databases, with the names that they really
 * have, by a command that stops at the first error. Advice is followed in an emergency, word by word.
 */
export function dumpHints(folder: string, archive: string): string[] {
  let meta: DatabaseMeta;
  try {
    meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as DatabaseMeta;
  } catch {
    // Only a part of the backup was wanted.
    return [];
  }
  const lines = meta.databases.map(
    ({ name, file }) => `  ${byHand(meta.engine, name, shellWord(join(folder, file)))}`,
  );
  const [first] = meta.databases;
  const into = meta.engine === 'sqlite' ? `./${first?.name}_new.db` : `${first?.name}_new`;
  const which = meta.databases.length > 1 ? ` --database ${shellWord(first?.name ?? '')}` : '';
  return [
    '',
    'Load into a new, empty database, and compare it with what was dumped:',
    `  om-ops backup restore ${shellWord(archive)} --into ${shellWord(into)}${which}`,
    'By hand, never into a database that has tables:',
    ...lines,
  ];
}

function byHand(engine: DatabaseMeta['engine'], name: string, dump: string): string {
  if (engine === 'sqlite') {
    const file = shellWord(`./${name}_new.db`);
    return `test ! -e ${file} && zcat ${dump} | sqlite3 -bail ${file}`;
  }
  const fresh = shellWord(`${name}_new`);
  return engine === 'mysql'
    ? `mariadb-admin create ${fresh} && zcat ${dump} | mariadb ${fresh}`
    : `createdb -T template0 ${fresh} && zcat ${dump} | psql -X -1 -v ON_ERROR_STOP=1 ${fresh}`;
}
