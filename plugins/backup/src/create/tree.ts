import { statSync } from 'node:fs';
import { join } from 'node:path';
import { OpsError, type Progress, type Site } from '@om-ops/kit';
import { makeWorkFolder } from '@om-ops/kit/database';
import { createArchive, planArchive } from '../archive/archive.ts';
import type { ArchivePlan } from '../archive/archive-plan.ts';
import type { SourceOptions } from '../archive/tree/source.ts';
import { codeExclusions, isCode, secretExclusions, type TreeCategory } from '../categories.ts';
import type { RoomNeeded } from '../room.ts';
import type { BackupSection } from '../site.ts';
import { databaseCopier } from './database-copier.ts';
import type { ArchiveMaker } from './maker.ts';
import { categoryOff } from './maker.ts';
import { mountsOf } from './mounts.ts';
import { nginxSelection } from './nginx.ts';
import { trackedOutput } from './tracked.ts';

/** Archives a folder of the site. */
export function treeMaker(
  category: TreeCategory,
  site: Pick<Site, 'below' | 'state' | 'sourceOf'>,
  section: BackupSection,
): ArchiveMaker {
  const configured = section.categories[category];
  const source = configured === null ? '' : site.below(configured.source);
  const byDefault = isCode(category) ? codeExclusions : [];
  const own = configured?.exclude ?? [];
  const isWritten = site.sourceOf(['backup', 'categories', category, 'exclude']) !== 'default';
  const options = {
    source,
    exclude: [...byDefault, ...secretExclusions, ...own],
    byDefault: byDefault.filter((pattern) => !own.includes(pattern)),
    written: isWritten ? own : [],
    excludePaths: [site.state],
    level: section.compression.level,
    ...(configured?.include === undefined ? {} : { include: configured.include }),
  };
  const prepared = async (progress: Progress): Promise<SourceOptions> => {
    if (isCode(category))
      return { ...options, tracked: await trackedOutput(source, progress.signal) };
    if (category !== 'nginx' || configured?.include === undefined) return options;
    const isOwn = site.sourceOf(['backup', 'categories', category, 'include']) !== 'default';
    const { include, lacks } = nginxSelection(source, configured.include, isOwn);
    for (const lack of lacks) progress.warn(lack);
    return { ...options, include };
  };
  return {
    source,
    async check() {
      if (configured === null) {
        throw categoryOff(category, `backup.categories.${category}`, 'null');
      }
      if (statSync(source, { throwIfNoEntry: false }) !== undefined) return;
      throw new OpsError(
        'E_SOURCE_MISSING',
        `Cannot back up ${category}: ${source} does not exist.`,
        {
          exit: 'requirement',
          suggestions: [
            `Correct backup.categories.${category}.source in the site profile (om-ops config path).`,
            `If this site has none, say so there: backup.categories.${category}: null`,
          ],
        },
      );
    },
    async plan(progress) {
      const plan = await planArchive({
        ...(await prepared(progress)),
        progress,
        estimate: true,
      });
      return {
        room: roomOf(plan),
        files: plan.files,
        sourceBytes: plan.bytes,
        included: plan.biggestIncluded,
        excluded: plan.biggestExcluded,
        notes: [],
      };
    },
    async room(_last, progress) {
      const all = await prepared(progress);
      const plan = await planArchive({ ...all, progress, estimate: true });
      return { ...roomOf(plan), expected: { files: plan.files, bytes: plan.bytes } };
    },
    async measure(progress) {
      const { files, bytes } = await planArchive({
        ...(await prepared(progress)),
        progress,
      });
      return { files, bytes };
    },
    async write(output, progress, expected) {
      // Before it is read: what is unmounted meanwhile was there.
      const mounts = mountsOf(source, options);
      await using work = await makeWorkFolder(join(site.state, category));
      const made = await createArchive({
        ...(await prepared(progress)),
        databases: databaseCopier(work.path),
        output,
        progress,
        ...(expected === undefined ? {} : { expected }),
      });
      return { ...made, mounts };
    },
  };
}

/** Pieces tell the size within some per cent; half of it is the least it can be. */
function roomOf({ diskBytes, ratio }: ArchivePlan): RoomNeeded {
  const likely = Math.ceil(diskBytes * (ratio ?? 0));
  return { low: Math.floor(likely / 2), likely };
}
