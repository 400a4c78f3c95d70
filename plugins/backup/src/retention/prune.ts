import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, type Progress, syncFolder } from '@om-ops/kit';
import { type Backup, backupOf, type CatalogEntry, readCatalog } from '../catalog/catalog.ts';
import type { Category } from '../categories.ts';
import { verifyBackup } from '../verify/backup.ts';
import { decideRetention, type RetentionPolicy } from './policy.ts';

export interface PrunedBackup extends Backup {
  reason: string;
}

export interface PlannedPrune {
  delete: PrunedBackup[];
  keep: PrunedBackup[];
  warnings: string[];
}

export interface PruneResult {
  dryRun: boolean;
  /** In a dry run: what would be deleted. */
  deleted: PrunedBackup[];
  kept: PrunedBackup[];
  freedBytes: number;
}

export interface PlanPruneOptions {
  state: string;
  categories: readonly Category[];
  policy: RetentionPolicy;
  progress: Progress;
}

/** Decides what may go. Where something would go, the newest backup is read to the end to prove it good, then the one before it, … */
export async function planPrune(options: PlanPruneOptions): Promise<PlannedPrune> {
  const { state, policy, progress } = options;
  const plan: PlannedPrune = { delete: [], keep: [], warnings: [] };
  const now = new Date();
  for (const category of options.categories) {
    const backups = readCatalog(state, category);
    const wouldGo = decideRetention(backups, policy, undefined, now).some(({ keep }) => !keep);
    if (!wouldGo) {
      for (const { backup, reason } of decideRetention(backups, policy, undefined, now)) {
        plan.keep.push({ ...backupOf(backup), reason });
      }
      continue;
    }
    const good = await newestGood(backups, progress, plan.warnings);
    if (good === undefined) {
      plan.warnings.push(`No backup of ${category} proves good, so none of them is deleted.`);
      for (const backup of backups)
        plan.keep.push({ ...backupOf(backup), reason: 'nothing better is there' });
      continue;
    }
    for (const { backup, keep, reason } of decideRetention(backups, policy, good, now)) {
      (keep ? plan.keep : plan.delete).push({ ...backupOf(backup), reason });
    }
  }
  return plan;
}

async function newestGood(
  backups: readonly CatalogEntry[],
  progress: Progress,
  warnings: string[],
): Promise<CatalogEntry | undefined> {
  const past = backups.filter(({ time }) => time.getTime() <= Date.now() + 60_000);
  for (const backup of past) {
    const verified = await verifyBackup(backup, progress);
    if (verified.status === 'PASS') return backup;
    warnings.push(
      `${backup.path} is not good: ${verified.problems.map(({ message }) => message).join(' ')}`,
    );
  }
  return undefined;
}

/** Deletes what was planned, archive first, so that a cut-off run leaves no archive without its sidecar. */
export function prune(plan: PlannedPrune, { dryRun }: { dryRun: boolean }): PruneResult {
  if (!dryRun) {
    for (const { path, metadataPath } of plan.delete) {
      try {
        rmSync(path, { force: true });
        rmSync(metadataPath, { force: true });
      } catch (error) {
        throw fromSystemError(error, 'delete', path);
      }
    }
    for (const folder of new Set(plan.delete.map(({ path }) => dirname(path)))) syncFolder(folder);
  }
  return {
    dryRun,
    deleted: plan.delete,
    kept: plan.keep,
    freedBytes: plan.delete.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
