import { statSync } from 'node:fs';
import { OpsError, type Site } from '@om-ops/kit';
import { createArchive, planArchive } from '../archive/archive.ts';
import { codeExclusions, isCode, secretExclusions, type TreeCategory } from '../categories.ts';
import type { BackupSection } from '../site.ts';
import type { ArchiveMaker } from './maker.ts';
import { mountsOf } from './mounts.ts';
import { categoryOff } from './off.ts';
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
  const withTracked = async (signal: AbortSignal) =>
    isCode(category) ? { ...options, tracked: await trackedOutput(source, signal) } : options;
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
      const plan = await planArchive({ ...(await withTracked(progress.signal)), progress });
      return {
        files: plan.files,
        sourceBytes: plan.bytes,
        included: plan.biggestIncluded,
        excluded: plan.biggestExcluded,
        notes: [],
      };
    },
    async measure(progress) {
      const { files, bytes } = await planArchive({
        ...(await withTracked(progress.signal)),
        progress,
      });
      return { files, bytes };
    },
    async write(output, progress, expected) {
      // Before it is read: what is unmounted meanwhile was there.
      const mounts = mountsOf(source, options);
      const made = await createArchive({
        ...(await withTracked(progress.signal)),
        output,
        progress,
        ...(expected === undefined ? {} : { expected }),
      });
      return { ...made, mounts };
    },
  };
}
