import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isThere } from '@om-ops/kit';
import { copier } from './keep.ts';
import type { PutBack } from './put-back.ts';

/**
 * Copies the dist that did not work into the record of its run: it is worth looking at; packages are not.
 *
 * @param made where it lies: in the place of the live one, or beside it
 * @returns where it is kept; undefined: there was none
 * @throws what the file system and `cp` throw
 */
export async function keepFailedDist(
  { replaced }: PutBack,
  made: { dist: string; beside: string | null },
  runFolder: string,
): Promise<string | undefined> {
  const built = made.beside !== null && isThere(made.beside) ? made.beside : undefined;
  const failed = replaced.find(({ live }) => live === made.dist)?.path ?? built;
  if (failed === undefined) return undefined;
  const target = join(runFolder, 'failed', 'dist');
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await copier.exec(['-a', '--reflink=auto', '-T', '--', failed, target]);
  return target;
}
