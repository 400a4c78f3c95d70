import { readJsonLines, writeFileAtomic } from '@om-ops/kit';
import type { WatchState } from '../rules/alert.ts';
import { alertFiles } from './files.ts';
import { alertLives } from './history.ts';
import { type Entry, isTransition, readEntries } from './journal.ts';

export interface PrunableAlerts {
  /** Those that were resolved before. */
  alerts: { id: string; key: string; resolvedAt: string }[];
  /** Lines of the journal that go, those of watching itself too. */
  lines: number;
}

/** What would go: alerts that were over before `before`, whole, and what happened to the watching before it. */
export async function prunableAlerts(
  state: string,
  before: Date,
  onBroken: (message: string) => void,
): Promise<PrunableAlerts> {
  const lives = (await alertLives(state, onBroken)).filter(
    ({ resolvedAt }) => resolvedAt !== null && new Date(resolvedAt) < before,
  );
  const ids = new Set(lives.map(({ id }) => id));
  let lines = 0;
  for await (const entry of readEntries(alertFiles(state).journal, () => undefined))
    if (goes(entry, ids, before)) lines += 1;
  return {
    alerts: lives.map(({ id, key, resolvedAt }) => ({ id, key, resolvedAt: resolvedAt ?? '' })),
    lines,
  };
}

function goes(entry: Entry, ids: ReadonlySet<string>, before: Date): boolean {
  return isTransition(entry) ? ids.has(entry.alert) : new Date(entry.at) < before;
}

/** Writes the journal anew without them. Whoever calls it holds the lock of the alerts. */
export async function pruneAlerts(
  state: string,
  watched: WatchState,
  pruned: PrunableAlerts,
  before: Date,
): Promise<void> {
  const { journal } = alertFiles(state);
  // Meanwhile one of them may have been opened again.
  const used = new Set(
    Object.values(watched.keys).flatMap(({ alert, reopens }) => [alert?.id, reopens?.id]),
  );
  const ids = new Set(pruned.alerts.map(({ id }) => id).filter((id) => !used.has(id)));
  const kept: string[] = [];
  for await (const line of readJsonLines(journal)) {
    const isGone = line.problem === undefined && goes(line.value as Entry, ids, before);
    if (!isGone) kept.push(`${line.text}\n`);
  }
  await writeFileAtomic(journal, kept.join(''));
}
