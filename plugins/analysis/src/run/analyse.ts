import { isoWithOffset, type Progress } from '@om-ops/kit';
import type { Analysis, AnalysisSettings } from '../analysis.ts';
import { findDuplicates, mebibyte } from '../duplicates/duplicates.ts';
import { takeInventory } from '../inventory/inventory.ts';
import type { OpenPaths } from '../junk/in-use.ts';
import { reportJunk } from '../junk/junk.ts';
import type { IgnoredPaths, TrackedPaths } from '../junk/tracked.ts';
import { recommend } from '../recommendations/recommend.ts';
import { walk } from '../walk/walk.ts';
import { comparableOf } from './comparable.ts';

export interface AnalyseOptions {
  /** As the user named it: `prod`, `server`, `front-end`, `entire`, or `path` for any folder. */
  scope: string;
  /** Absolute. */
  path: string;
  settings: AnalysisSettings;
  /** STATE: not analysed, wherever it lies. */
  state?: string;
  /** Where full mode keeps hashes. Default: nowhere. */
  cachePath?: string;
  /** Folders the site is served or run from; absolute. Nobody is told to remove them. */
  deployed?: readonly string[];
  /** Folders that must stay, whatever may go of what lies in them; absolute. */
  kept?: readonly string[];
  /** How many files there were the last time, for the time left. */
  expectedFiles?: number;
  /** Default: now. */
  now?: Date;
  /** Default: git is asked. */
  tracked?: TrackedPaths;
  /** Default: git is asked. */
  ignored?: IgnoredPaths;
  /** Default: /proc is read. */
  openPaths?: OpenPaths;
  threads?: number;
}

/** What `analyse` finds: everything but the name of a run. */
export type Unnamed = Omit<Analysis, 'run'>;

const skippedKept = 1000;

/**
 * Analyses a folder and changes nothing anywhere but at `cachePath`.
 *
 * @throws OpsError E_NOT_FOUND, E_NOT_A_FOLDER, E_PERMISSION, E_PSEUDO_FILE_SYSTEM, E_INTERRUPTED
 */
export async function analyse(options: AnalyseOptions, progress: Progress): Promise<Unnamed> {
  const { scope, path, settings, state, cachePath, expectedFiles, threads } = options;
  const started = performance.now();
  const now = options.now ?? new Date();
  const walked = await walk(
    {
      path,
      exclude: settings.exclude,
      crossFileSystems: settings.crossFileSystems,
      ...(state === undefined ? {} : { state }),
      ...(expectedFiles === undefined ? {} : { expectedFiles }),
      ...(threads === undefined ? {} : { threads }),
    },
    progress,
  );
  const { tree } = walked;
  const totalFiles = tree.files.count;
  progress.report({ stage: 'counting', files: totalFiles, totalFiles });
  const inventory = await takeInventory(tree, { now, staleDays: settings.staleDays }, progress);
  const { links, sums, capped, ...counted } = inventory;
  const { found, ...junk } = await reportJunk(
    tree,
    inventory,
    {
      largeBytes: settings.largeMb * mebibyte,
      now,
      deployed: options.deployed ?? [],
      kept: options.kept ?? [],
      ...(options.tracked === undefined ? {} : { tracked: options.tracked }),
      ...(options.ignored === undefined ? {} : { ignored: options.ignored }),
      ...(options.openPaths === undefined ? {} : { openPaths: options.openPaths }),
    },
    progress,
  );
  progress.report({ stage: 'looking for duplicates', files: totalFiles, totalFiles });
  const { duplicates, freedBytes, skipped, skippedCount } = await findDuplicates(
    tree,
    links,
    {
      mode: settings.dedupeMode,
      maxHashMb: settings.maxHashMb,
      now,
      ...(cachePath === undefined ? {} : { cachePath }),
      ...(threads === undefined ? {} : { threads }),
    },
    progress,
  );
  const { recommendations, capped: fewerRecommendations } = recommend({
    ...junk,
    duplicates,
    freedBytes,
    now,
    staleDays: settings.staleDays,
  });
  const allSkipped = [...walked.skipped, ...skipped];
  return {
    createdAt: isoWithOffset(now),
    scope,
    path,
    settings,
    totals: counted.totals,
    junk: junk.junk,
    duplicates,
    stale: counted.stale,
    largestFiles: counted.largestFiles,
    largestDirectories: counted.largestDirectories,
    types: counted.types,
    recent: counted.recent,
    recentFiles: counted.recentFiles,
    recommendations,
    skipped: {
      count: walked.skippedCount + skippedCount,
      items: allSkipped.slice(0, skippedKept),
    },
    notEntered: walked.notEntered,
    excluded: walked.excluded,
    comparable: comparableOf(tree, sums, found),
    capped: [...capped, ...junk.capped, ...fewerRecommendations],
    seconds: Math.round(performance.now() - started) / 1000,
  };
}
