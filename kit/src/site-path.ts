import { realpathSync } from 'node:fs';
import { delimiter } from 'node:path';

const standard = ['/usr/local/bin', '/usr/bin', '/bin'];

/**
 * PATH as the site's own programs need it: without the folders that om-ops' own Node comes from, so that
 * builds and apps run on the Node of the site.
 */
export function sitePath(path = process.env.PATH ?? '', execPath = process.execPath): string {
  const own = ownPackages(execPath);
  const folders = path
    .split(delimiter)
    .filter((folder) => folder.startsWith('/') && !isBelow(real(folder), own));
  return [...folders, ...standard.filter((folder) => !folders.includes(folder))].join(delimiter);
}

/** The `node_modules` that holds the Node om-ops runs on; undefined on a Node of the system. */
function ownPackages(execPath: string): string | undefined {
  const path = real(execPath);
  const at = path.lastIndexOf('/node_modules/');
  return at === -1 ? undefined : path.slice(0, at + '/node_modules'.length);
}

function isBelow(path: string, folder: string | undefined): boolean {
  return folder !== undefined && (path === folder || path.startsWith(`${folder}/`));
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
