// Removes from every dist what has no source any more: `tsc -b` leaves it there, and a deleted command would
// stay in the manifest and go into the tarball.
import { existsSync, globSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const made = /^report\/page\.(?:js|css)$/;

/** @returns the paths removed, relative to `root` */
export function removeStale(root) {
  const packages = [
    '.',
    'kit',
    ...readdirSync(join(root, 'plugins')).map((name) => `plugins/${name}`),
  ];
  return packages.flatMap((folder) =>
    globSync('**/*.{js,css,d.ts,d.ts.map,js.map}', { cwd: join(root, folder, 'dist') })
      .filter((file) => !hasSource(join(root, folder, 'src'), file))
      .map((file) => {
        rmSync(join(root, folder, 'dist', file));
        return join(folder, 'dist', file);
      }),
  );
}

function hasSource(source, file) {
  if (made.test(file)) return existsSync(join(source, 'report/page/index.tsx'));
  const name = file.replace(/(?:\.d)?\.[a-z]+(?:\.map)?$/, '');
  return ['.ts', '.tsx'].some((ending) => existsSync(join(source, name + ending)));
}
