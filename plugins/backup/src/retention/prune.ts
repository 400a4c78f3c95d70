import { rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fromSystemError, type Progress, syncFolder } from '@om-ops/kit';
import {
  type Backup,
  backupOf,
  type CatalogEntry,
  isInFuture,
  readCatalog,
} from '../catalog/catalog.ts';
import { type BackupState, isUsable } from '../catalog/state.ts';
import type { Category } from '../categories.ts';
import { verifyBackup } from '../verify/backup.ts';
import { decideRetention, type RetentionPolicy, slotsOf, type Unfit } from './policy.ts';

export interface PrunedBackup extends Backup {
  /** It is damaged, or could not be proven good: it got no place, and only its age may delete it. */
  broken: boolean;
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

/**
 * Decides what may go. Only what looks whole gets a place. Where something would go, the newest of these
 * is read to the end to prove it good, and so is each that has its place at the cost of another; one
 * that does not prove good loses its place, and it is decided anew.
 */
export async function planPrune(options: PlanPruneOptions): Promise<PlannedPrune> {
  const plan: PlannedPrune = { delete: [], keep: [], warnings: [] };
  for (const category of options.categories) await planCategory(category, options, plan);
  return plan;
}

async function planCategory(
  category: Category,
  { state, policy, progress }: PlanPruneOptions,
  plan: PlannedPrune,
): Promise<void> {
  const now = new Date();
  const backups = readCatalog(state, category);
  const past = backups.filter((backup) => !isInFuture(backup, now));
  const unfit = new Map<CatalogEntry, Unfit>();
  for (const backup of backups)
    if (!isUsable(backup.state)) unfit.set(backup, unfitFor(backup.state));
  const proven = new Set<CatalogEntry>();
  for (;;) {
    const fit = past.filter((backup) => !unfit.has(backup));
    const byRules = decideRetention(backups, policy, undefined, now, unfit);
    const going = new Set(byRules.flatMap(({ backup, keep }) => (keep ? [] : [backup])));
    const next = going.size === 0 ? undefined : unproven(fit, policy, going, proven);
    if (next !== undefined) {
      const bad = await unfitness(next, progress, plan.warnings);
      if (bad === undefined) proven.add(next);
      else unfit.set(next, bad);
      continue;
    }
    const nothingProves = going.size > 0 && fit.length === 0;
    if (nothingProves)
      plan.warnings.push(`No backup of ${category} proves good, so none of them is deleted.`);
    const decisions =
      going.size === 0 ? byRules : decideRetention(backups, policy, fit[0], now, unfit);
    for (const { backup, keep, reason } of decisions) {
      const planned = { ...backupOf(backup), broken: unfit.has(backup) };
      if (nothingProves) plan.keep.push({ ...planned, reason: 'nothing better is there' });
      else (keep ? plan.keep : plan.delete).push({ ...planned, reason });
    }
    return;
  }
}

/** The newest, or one that has its place at the cost of another, if it is not proven good. */
function unproven(
  fit: readonly CatalogEntry[],
  policy: RetentionPolicy,
  going: ReadonlySet<CatalogEntry>,
  proven: ReadonlySet<CatalogEntry>,
): CatalogEntry | undefined {
  const holders = slotsOf(fit, policy).flatMap(({ holder, others }) =>
    others.some((other) => going.has(other)) ? [holder] : [],
  );
  return [...fit.slice(0, 1), ...holders].find((holder) => !proven.has(holder));
}

function unfitFor(state: BackupState): Unfit {
  // What could not be looked at may be good, and a folder is none of ours to delete.
  const why = state === 'unreadable' ? 'it cannot be read' : `broken (${state})`;
  return { why, mayAge: state !== 'unreadable' && state !== 'not-a-file' };
}

/** Reads a backup to its end. That it was renamed makes it no worse: it is what was written. */
async function unfitness(
  backup: CatalogEntry,
  progress: Progress,
  warnings: string[],
): Promise<Unfit | undefined> {
  const detail = `${basename(backup.path)}, since others would go and it would stay`;
  const { problems, sha256 } = await verifyBackup(backup, {
    signal: progress.signal,
    warn: (message) => progress.warn(message),
    report: (state) => progress.report({ ...state, detail }),
  });
  const bad = problems.filter(
    ({ code }) => backup.state !== 'renamed' || code !== 'E_SIDECAR_MISMATCH',
  );
  if (bad.length === 0) return undefined;
  warnings.push(`${backup.path} is not good: ${bad.map(({ message }) => message).join(' ')}`);
  return sha256 === ''
    ? { why: 'it cannot be read', mayAge: false }
    : { why: 'broken (it does not prove good)', mayAge: true };
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
