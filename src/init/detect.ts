import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findProgram } from '@om-ops/kit';
import { envValues, parseEnvFile } from '@om-ops/kit/site';

/** What was found below a site's root and on this machine. Everything is a guess that the operator can correct. */
export interface Detected {
  name: string;
  backend: { dir: string; dist: string; port: number | undefined } | undefined;
  frontend: { dir: string; dist: string } | undefined;
  envFiles: string[];
  images: string | undefined;
  nginxFolder: string | undefined;
  ecosystem: string | undefined;
  database:
    | { engine: 'mysql' | 'postgres'; names: string[] }
    | { engine: 'sqlite'; files: string[] }
    | undefined;
  programs: { name: string; path: string | undefined }[];
}

const isFolder = (path: string) =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function firstFolder(root: string, names: readonly string[]): string | undefined {
  return names.find((name) => isFolder(join(root, name)));
}

function readPackage(folder: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
  } catch {
    return undefined;
  }
}

function packageName(root: string): string | undefined {
  const name = readPackage(root)?.name;
  return typeof name === 'string' && name !== '' ? name.replace(/^@[^/]*\//, '') : undefined;
}

const envNames = ['.env.production', '.env', '.env.local'];

function findEnvFiles(root: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    envNames
      .map((name) => (folder === '.' ? name : `${folder}/${name}`))
      .filter((path) => isFile(join(root, path))),
  );
}

function findSqlite(root: string, folders: readonly string[]): string[] {
  const found: string[] = [];
  for (const folder of folders) {
    if (!isFolder(join(root, folder))) continue;
    for (const name of readdirSync(join(root, folder))) {
      const path = join(folder, name);
      if (!/\.(db|sqlite3?)$/.test(name) || !isFile(join(root, path))) continue;
      const head = readFileSync(join(root, path)).subarray(0, 15).toString('latin1');
      if (head === 'SQLite format 3') found.push(path);
    }
  }
  return found;
}

function readSettings(root: string, envFiles: readonly string[]): Map<string, string> {
  const all = new Map<string, string>();
  for (const file of envFiles) {
    try {
      const values = envValues(parseEnvFile(readFileSync(join(root, file), 'utf8')));
      for (const [key, value] of values) if (!all.has(key)) all.set(key, value);
    } catch {
      // One that may not be read is named by `doctor`; here it only cannot help guessing.
    }
  }
  return all;
}

function findDatabase(
  root: string,
  settings: ReadonlyMap<string, string>,
  folders: readonly string[],
): Detected['database'] {
  const client =
    settings.get('DB_CLIENT') ?? settings.get('DB_DIALECT') ?? settings.get('DB_TYPE') ?? '';
  const url = settings.get('DATABASE_URL') ?? '';
  const names = ['DB_NAME', 'DB_AUTH_NAME'].flatMap((key) => settings.get(key) ?? []);
  const files = findSqlite(root, folders);
  if (files.length > 0 && names.length === 0) return { engine: 'sqlite', files };
  const postgres =
    /^(pg|postgres)/i.test(client) || /^postgres/i.test(url) || settings.get('DB_PORT') === '5432';
  if (names.length > 0) return { engine: postgres ? 'postgres' : 'mysql', names };
  return files.length > 0 ? { engine: 'sqlite', files } : undefined;
}

/** Looks around below `root`. Reads little, changes nothing. */
export function detectSite(root: string): Detected {
  const backendDir =
    firstFolder(root, ['server', 'backend', 'api']) ??
    (isFile(join(root, 'package.json')) ? '.' : undefined);
  const frontendDir = firstFolder(root, ['front-end', 'frontend', 'client', 'web', 'ui']);
  const folders = [...new Set([backendDir ?? '.', '.'])];
  const envFiles = findEnvFiles(root, folders);
  const settings = readSettings(root, envFiles);
  const port = Number(settings.get('PORT'));
  const images = [
    ...(frontendDir === undefined
      ? []
      : [`${frontendDir}/public/images`, `${frontendDir}/public/img`]),
    'public/images',
    'images',
    'uploads',
  ].find((path) => isFolder(join(root, path)));
  const data = folders.flatMap((folder) => [folder, join(folder, 'data'), join(folder, 'db')]);
  return {
    name: packageName(root) ?? basename(root),
    backend:
      backendDir === undefined
        ? undefined
        : {
            dir: backendDir,
            dist: 'dist',
            port: Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined,
          },
    frontend:
      frontendDir === undefined
        ? undefined
        : { dir: frontendDir, dist: isFolder(join(root, frontendDir, 'build')) ? 'build' : 'dist' },
    envFiles,
    images,
    nginxFolder: ['/etc/nginx'].find(isFolder),
    ecosystem: ['ecosystem.config.js', 'ecosystem.config.cjs', 'ecosystem.config.json'].find(
      (name) => existsSync(join(root, name)),
    ),
    database: findDatabase(root, settings, data),
    programs: ['git', 'nginx', 'pm2', 'mariadb-dump', 'mysqldump', 'pg_dump'].map((name) => ({
      name,
      path: findProgram(name),
    })),
  };
}
