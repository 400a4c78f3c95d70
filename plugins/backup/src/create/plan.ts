import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Progress } from '@om-ops/kit';
import { freeBackupName } from '../catalog/name.ts';
import type { Category } from '../categories.ts';
import type { ArchiveMaker, ArchivePlan } from './maker.ts';

/** What a run would do with one category. */
export interface CategoryPlan extends ArchivePlan {
  category: Category;
  source: string;
  /** The name it would get, if it ran now. */
  path: string;
  /** Free bytes where it would be written. */
  freeBytes: number;
}

/** Looks at everything a run would look at, and changes nothing. Throws what the run would throw. */
export async function planBackup(
  category: Category,
  state: string,
  maker: ArchiveMaker,
  progress: Progress,
): Promise<CategoryPlan> {
  await maker.check();
  const plan = await maker.plan(progress);
  const folder = join(state, category);
  let at = folder;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  const { bavail, bsize } = await statfs(at);
  return {
    category,
    source: maker.source,
    path: join(folder, `${freeBackupName(folder, category, new Date())}.tar.gz`),
    freeBytes: bavail * bsize,
    ...plan,
  };
}
