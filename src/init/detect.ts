import { readFileSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findProgram, readEnvFiles } from '@om-ops/kit';
import {
  type RecognisedDatabase,
  readDatabaseClues,
  recogniseDatabase,
} from '@om-ops/kit/database';

/** What was found below a site's root and on this machine. Everything is a guess that the operator can correct. */
export interface Detected {
  name: string;
  backend: { dir: string; dist: string; port: number | undefined } | undefined;
  frontend: { dir: string; dist: string } | undefined;
  envFiles: string[];
  images: string | undefined;
  nginxFolder: string | undefined;
  ecosystem: string | undefined;
  database: RecognisedDatabase;
  /** What could not be looked at, as sentences. */
  passedOver: string[];
  programs: { name: string; path: string | undefined }[];
}

/** Undefined also for what may not be looked at: nothing can be guessed from it. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

const isFolder = (path: string) => statOf(path)?.isDirectory() === true;
const isFile = (path: string) => statOf(path)?.isFile() === true;

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

const envNames = [
  '.env.production.local',
  '.env.production',
  '.env.prod',
  '.env',
  '.env.local',
  'wp-config.php',
];

function findEnvFiles(root: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    envNames
      .map((name) => (folder === '.' ? name : `${folder}/${name}`))
      .filter((path) => isFile(join(root, path))),
  );
}

/** Looks around below `root`. Reads little, changes nothing, and ends for nothing that it finds. */
export async function detectSite(root: string): Promise<Detected> {
  const backendDir =
    firstFolder(root, ['server', 'backend', 'api']) ??
    (isFile(join(root, 'package.json')) ? '.' : undefined);
  const frontendDir = firstFolder(root, ['front-end', 'frontend', 'client', 'web', 'ui']);
  // What the backend and the root say comes first.
  const folders = [...new Set([backendDir ?? '.', '.', ...(frontendDir ? [frontendDir] : [])])];
  const envFiles = findEnvFiles(root, folders);
  const env = readEnvFiles({ envFiles, below: (path) => join(root, path) });
  const { texts, sqliteFiles, passedOver } = readDatabaseClues(root, folders);
  const port = Number(env.values.get('PORT'));
  const images = [
    ...(frontendDir === undefined
      ? []
      : [`${frontendDir}/public/images`, `${frontendDir}/public/img`]),
    'public/images',
    'images',
    'uploads',
  ].find((path) => isFolder(join(root, path)));
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
      (name) => isFile(join(root, name)),
    ),
    database: await recogniseDatabase({ env, texts, sqliteFiles }),
    passedOver: [
      ...env.unreadable.map((path) => `${path} may not be read by this user.`),
      ...passedOver,
    ],
    programs: ['git', 'nginx', 'pm2', 'mariadb-dump', 'mysqldump', 'pg_dump'].map((name) => ({
      name,
      path: findProgram(name),
    })),
  };
}
