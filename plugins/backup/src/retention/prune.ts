import { renameSync, unlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fromSystemError, type Progress, syncFolder, systemCode } from '@om-ops/kit';
import {
  type Backup,
  backupOf,
  backupsOfSite,
  type CatalogEntry,
  isInFuture,
  readCatalog,
} from '../catalog/catalog.ts';
import { prunedSidecar } from '../catalog/name.ts';
import { type Owner, whose } from '../catalog/owner.ts';
import { type BackupState, isUsable } from '../catalog/state.ts';
import type { Category } from '../categories.ts';
import { verifyBackup } from '../verify/backup.ts';
import {
  decideRetention,
  placesOf,
  policyText,
  type RetentionPolicy,
  type Unfit,
} from './policy.ts';

export interface PrunedBackup extends Backup {
  /** It is damaged, or could not be proven good: it got no place, and only its age may delete it. */
  broken: boolean;
  reason: string;
}

export interface PlannedPrune {
  /** The rules that counted: `last 7, daily 14`. */
  rules: string;
  delete: PrunedBackup[];
  keep: PrunedBackup[];
  warnings: string[];
}

export interface PruneResult {
  dryRun: boolean;
  rules: string;
  /** In a dry run: what would be deleted. */
  deleted: PrunedBackup[];
  kept: PrunedBackup[];
  freedBytes: number;
}

export interface PlanPruneOptions {
  state: string;
  categories: readonly Category[];
  /** Whose backups may go. */
  owner: Owner;
  policy: RetentionPolicy;
  progress: Progress;
}

/**
 * Decides what may go. Only what looks whole gets a place. Where something would go, the newest of these
 * is read to the end to prove it good, and so is each that has its place at the cost of another; one
 * that does not prove good loses its place, and it is decided anew.
 */
export async function planPrune(options: PlanPruneOptions): Promise<PlannedPrune> {
  const plan: PlannedPrune = {
    rules: policyText(options.policy),
    delete: [],
    keep: [],
    warnings: [],
  };
  for (const category of options.categories) await planCategory(category, options, plan);
  return plan;
}

async function planCategory(
  category: Category,
  options: PlanPruneOptions,
  plan: PlannedPrune,
): Promise<void> {
  const { ours, others } = backupsOfSite(readCatalog(options.state, category, options.owner));
  for (const group of Map.groupBy(ours, sourceGroup).values())
    await planGroup(category, group, options, plan);
  for (const backup of others) plan.keep.push(untouched(backup));
}

/** A site that was moved goes by its rules in each place: the new one must not count for the old. */
function sourceGroup({ belongs, reading: { sidecar } }: CatalogEntry): string {
  return belongs === 'moved' ? JSON.stringify([sidecar?.root, sidecar?.source]) : '';
}

/** What another site, or host, keeps is for its own profile to say. */
function untouched(backup: CatalogEntry): PrunedBackup {
  const { sidecar } = backup.reading;
  const reason =
    sidecar === undefined ? 'nothing says whose it is' : `of another: ${whose(sidecar)}`;
  return { ...backupOf(backup), broken: false, reason };
}

async function planGroup(
  category: Category,
  backups: readonly CatalogEntry[],
  { policy, progress }: PlanPruneOptions,
  plan: PlannedPrune,
): Promise<void> {
  const now = new Date();
  const isWhole = (backup: CatalogEntry) => backup.isWhole;
  const past = backups.filter((backup) => !isInFuture(backup, now));
  const unfit = new Map<CatalogEntry, Unfit>();
  for (const backup of backups)
    if (!isUsable(backup.state)) unfit.set(backup, unfitFor(backup.state));
  const proven = new Set<CatalogEntry>();
  for (;;) {
    const fit = past.filter((backup) => !unfit.has(backup));
    const facts = { now, unfit, isWhole };
    const byRules = decideRetention(backups, policy, { ...facts, mustStay: new Map() });
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
    const mustStay = new Map<CatalogEntry, string>();
    const newestWhole = fit.find(isWhole);
    if (newestWhole !== undefined) mustStay.set(newestWhole, 'the newest complete one');
    if (fit[0] !== undefined && fit[0] !== newestWhole)
      mustStay.set(fit[0], 'the newest one, and not complete');
    if (going.size > 0) warnOfIncomplete(category, fit[0], newestWhole, plan.warnings);
    const decisions =
      going.size === 0 ? byRules : decideRetention(backups, policy, { ...facts, mustStay });
    for (const { backup, keep, reason } of decisions) {
      const planned = { ...backupOf(backup), broken: unfit.has(backup) };
      if (nothingProves) plan.keep.push({ ...planned, reason: 'nothing better is there' });
      else (keep ? plan.keep : plan.delete).push({ ...planned, reason });
    }
    return;
  }
}

function warnOfIncomplete(
  category: Category,
  newest: CatalogEntry | undefined,
  newestWhole: CatalogEntry | undefined,
  warnings: string[],
): void {
  if (newest === undefined || newest === newestWhole) return;
  const why = newest.doubt ?? 'Files were left out of it.';
  warnings.push(
    newestWhole === undefined
      ? `No backup of ${category} is complete; the newest is ${newest.path}. ${why}`
      : `The newest backup of ${category}, ${newest.path}, is not complete. ${why} The newest complete one stays beside it: ${newestWhole.path}`,
  );
}

/** The newest of all, the newest whole one, or one that has its place at the cost of another, if it is not proven good. */
function unproven(
  fit: readonly CatalogEntry[],
  policy: RetentionPolicy,
  going: ReadonlySet<CatalogEntry>,
  proven: ReadonlySet<CatalogEntry>,
): CatalogEntry | undefined {
  const whole = fit.filter(({ isWhole }) => isWhole);
  const holders = placesOf(fit, policy, ({ isWhole }) => isWhole).flatMap(({ holder, others }) =>
    others.some((other) => going.has(other)) ? [holder] : [],
  );
  return [...fit.slice(0, 1), ...whole.slice(0, 1), ...holders].find(
    (holder) => !proven.has(holder),
  );
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

/** What of a plan was done, or would be. */
export function pruneResult(
  plan: PlannedPrune,
  { dryRun, deleted }: { dryRun: boolean; deleted: readonly PrunedBackup[] },
): PruneResult {
  const gone = new Set(deleted);
  return {
    dryRun,
    rules: plan.rules,
    deleted: [...deleted],
    kept: [
      ...plan.keep,
      ...plan.delete
        .filter((backup) => !gone.has(backup))
        .map((backup) => ({ ...backup, reason: `it could not be deleted: ${backup.reason}` })),
    ],
    freedBytes: deleted.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/**
 * Deletes what was planned, one by one. Call with the categories' locks held.
 *
 * @param onDeleted called for each as soon as it is gone
 * @throws OpsError E_PERMISSION, E_READ_ONLY, E_IO
 */
export function prune(plan: PlannedPrune, onDeleted: (backup: PrunedBackup) => void): void {
  for (const backup of plan.delete) deleteBackup(backup, onDeleted);
  for (const folder of new Set(plan.delete.map(({ path }) => dirname(path)))) syncFolder(folder);
}

/**
 * The sidecar is put aside first and goes last. Cut off anywhere, the backup is either whole or gone,
 * and what is left under a name of ours is cleared up by the next run.
 */
function deleteBackup(backup: PrunedBackup, onDeleted: (backup: PrunedBackup) => void): void {
  const { path, metadataPath } = backup;
  const aside = prunedSidecar(metadataPath);
  // Not `rmSync`, whose errors have lost their code.
  unlessGone(path, () => renameSync(metadataPath, aside));
  try {
    unlessGone(path, () => unlinkSync(path));
  } catch (error) {
    // The archive is still there, so it is a backup still; where this fails too, the next run does it.
    attempt(() => renameSync(aside, metadataPath));
    throw error;
  }
  onDeleted(backup);
  unlessGone(aside, () => unlinkSync(aside));
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // What failed before it is told.
  }
}

function unlessGone(path: string, remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fromSystemError(error, 'delete', path);
  }
}
