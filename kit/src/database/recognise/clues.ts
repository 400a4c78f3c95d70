import {
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCode } from '../../errors.ts';
import { readSmallFile } from '../../site/small-file.ts';
import { djangoSettings } from './django.ts';

/** What below a site's root may tell of its database, besides the env files. */
export interface DatabaseClues {
  /** Texts of files that frameworks keep such settings in, by their path below root. */
  texts: Map<string, string>;
  /** SQLite databases, by their path below root. */
  sqliteFiles: string[];
  /** What could not be looked at, as sentences. */
  passedOver: string[];
}

const telling = [
  'prisma/schema.prisma',
  'schema.prisma',
  'config/database.yml',
  'wp-config.php',
  'docker-compose.yml',
  'docker-compose.yaml',
  'compose.yml',
  'compose.yaml',
  'docker-compose.prod.yml',
  'docker-compose.production.yml',
  'config/config.json',
  'ormconfig.json',
  'config.production.json',
  'package.json',
  'composer.json',
  'requirements.txt',
  'pyproject.toml',
  'Gemfile',
  'go.mod',
];
const dataFolders = ['.', 'data', 'db', 'database', 'storage', 'prisma', 'var', 'instance', '.tmp'];
const sqliteName = /\.(?:db3?|sqlite3?)$/i;
/** A folder of uploads may hold any number. */
const mostNames = 5000;

/**
 * Looks around in a site's folders. Reads the heads of databases and small files only, and neither ends
 * nor waits for anything: what cannot be looked at is said.
 *
 * @param folders below root, `.` for root itself
 */
export function readDatabaseClues(root: string, folders: readonly string[]): DatabaseClues {
  const clues: DatabaseClues = { texts: new Map(), sqliteFiles: [], passedOver: [] };
  const passOver = (path: string, error: unknown) => {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return;
    clues.passedOver.push(
      code === 'EACCES' || code === 'EPERM'
        ? `${path} may not be read by this user.`
        : `${path} was passed over: ${messageOf(error)}`,
    );
  };
  for (const folder of new Set(folders)) {
    for (const name of [...telling, ...djangoNames(join(root, folder))]) {
      const path = join(folder, name);
      try {
        if (!clues.texts.has(path)) clues.texts.set(path, readSmallFile(join(root, path), 'file'));
      } catch (error) {
        passOver(join(root, path), error);
      }
    }
  }
  const places = [...new Set(folders)].flatMap((folder) =>
    dataFolders.map((below) => join(folder, below)),
  );
  for (const place of new Set(places)) {
    for (const name of fileNames(join(root, place), passOver)) {
      const path = join(place, name);
      try {
        if (isSqlite(join(root, path))) clues.sqliteFiles.push(path);
      } catch (error) {
        passOver(join(root, path), error);
      }
    }
  }
  return clues;
}

/** A Django project keeps its settings in a package beside `manage.py`, whatever that is called. */
function djangoNames(folder: string): string[] {
  if (!existsSync(join(folder, 'manage.py'))) return [];
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .slice(0, 200)
      .flatMap(({ name }) => djangoSettings.map((below) => join(name, below)));
  } catch {
    return [];
  }
}

function fileNames(folder: string, passOver: (path: string, error: unknown) => void): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    passOver(folder, error);
    return [];
  }
  return entries
    .slice(0, mostNames)
    .filter((entry) => sqliteName.test(entry.name) && !entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** How every SQLite database begins. */
export const sqliteHead = 'SQLite format 3\0';

/** Whether a file begins as a SQLite database does. Never waits for a FIFO. Throws what `fs` throws. */
export function isSqlite(path: string): boolean {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) return false;
    const head = Buffer.alloc(sqliteHead.length);
    return (
      readSync(file, head, 0, head.length, 0) === head.length &&
      head.toString('latin1') === sqliteHead
    );
  } finally {
    closeSync(file);
  }
}
