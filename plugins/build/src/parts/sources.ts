import { statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { isoOrNull } from '@om-ops/kit';
import { countFolder } from './census.ts';
import { projectFiles } from './git.ts';
import type { Part } from './part.ts';

/** What a build reads. Others lie beside it: uploads, data, notes. */
const code = new Set(
  '.ts .tsx .mts .cts .js .jsx .mjs .cjs .vue .svelte .css .scss .sass .less .html .json .graphql .gql .sql .ejs .hbs .pug'.split(
    ' ',
  ),
);

export interface NewestSource {
  path: string;
  /** ISO 8601. */
  time: string;
  mtimeMs: number;
}

/** The file of a part's sources that was written last; undefined without one. */
export async function newestSource(
  { folder, dist }: Part,
  others: readonly Part[],
  signal: AbortSignal,
): Promise<NewestSource | undefined> {
  const left = [
    dist,
    ...others.flatMap((other) => (other.folder.startsWith(`${folder}/`) ? [other.folder] : [])),
  ];
  const isSource = (path: string) =>
    code.has(extname(path)) && !left.some((one) => path.startsWith(`${one}/`));
  const listed = await projectFiles(folder, signal);
  let newest: { path: string; mtimeMs: number } | undefined;
  const take = (path: string, mtimeMs: number) => {
    if (newest === undefined || mtimeMs > newest.mtimeMs) newest = { path, mtimeMs };
  };
  if (listed === undefined) {
    const skips = (name: string) => name === 'node_modules' || name.startsWith('.');
    const { files } = await countFolder(folder, { signal, skips });
    for (const { path, mtimeMs } of files) if (isSource(path)) take(path, mtimeMs);
  } else {
    for (const name of listed) {
      const path = join(folder, name);
      if (!isSource(path)) continue;
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat !== undefined) take(path, stat.mtimeMs);
    }
  }
  const time = newest === undefined ? null : isoOrNull(newest.mtimeMs);
  return newest === undefined || time === null ? undefined : { ...newest, time };
}
