import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  acquireLock,
  appendJsonLines,
  makeStateFolder,
  readJsonLineBatches,
  writeFileAtomicSync,
} from '@om-ops/kit';
import { History } from './history.ts';
import type { LedgerLine } from './line.ts';

/** Beyond this size the ledger is thinned out. */
const mostBytes = 1024 * 1024;
const keptMs = 40 * 86_400_000;
const keptRuns = 500;

/** What is known of all runs. Lines that cannot be read are counted, and passed over. @throws OpsError E_PERMISSION, E_IO */
export async function readHistory(path: string): Promise<History> {
  const history = new History();
  for await (const batch of readJsonLineBatches(path))
    for (const line of batch) {
      if (line.problem === undefined && isLine(line.value)) history.add(line.value);
      else history.unreadable += 1;
    }
  return history;
}

function isLine(value: unknown): value is LedgerLine {
  return (
    typeof value === 'object' &&
    value !== null &&
    'state' in value &&
    typeof value.state === 'string' &&
    'at' in value &&
    typeof value.at === 'string'
  );
}

/** Writes lines down: all or none, on the disk when it returns. @throws OpsError E_DISK_FULL, E_PERMISSION, E_READ_ONLY */
export async function appendLines(path: string, lines: readonly LedgerLine[]): Promise<void> {
  if (lines.length === 0) return;
  makeStateFolder(dirname(path));
  await appendJsonLines(path, lines);
}

/** Thins out a ledger that has grown long; what decides about the runs to come stays. */
export async function thinOut(path: string, now: Date): Promise<void> {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= mostBytes) return;
  // The lock that appending takes.
  using _lock = await acquireLock(dirname(path), `.${basename(path)}`, { waitMs: 30_000 });
  const history = await readHistory(path);
  const kept = history.kept({ since: new Date(now.getTime() - keptMs), runs: keptRuns });
  writeFileAtomicSync(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
