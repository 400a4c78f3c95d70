import { join } from 'node:path';
import type { Progress } from '@om-ops/kit';
import { freeBackupName } from '../catalog/name.ts';
import type { Category } from '../categories.ts';
import { roomAt, roomDoubt } from '../room.ts';
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
  const room = await roomAt(folder);
  const doubt =
    plan.room && roomDoubt({ ...plan.room, doing: `back up ${category}`, path: folder }, room);
  return {
    category,
    source: maker.source,
    path: join(folder, `${freeBackupName(folder, category, new Date())}.tar.gz`),
    freeBytes: room.freeBytes,
    ...plan,
    notes: doubt === undefined ? plan.notes : [...plan.notes, doubt],
  };
}
