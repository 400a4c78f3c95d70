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

/** The ledger of a STATE, and whose lines in it are meant. */
export interface LedgerPlace {
  path: string;
  site: string;
  host: string;
}

type KeptLine = LedgerLine & Pick<LedgerPlace, 'site' | 'host'>;

/** What is known of all runs of a site on this host. Lines that cannot be read are counted, and passed over. @throws OpsError E_PERMISSION, E_IO */
export async function readHistory({ path, site, host }: LedgerPlace): Promise<History> {
  const history = new History();
  for await (const line of keptLines(path)) {
    if (line === undefined) history.unreadable += 1;
    else if (line.site === site && line.host === host) history.add(line);
  }
  return history;
}

/** Undefined for one that cannot be read. */
async function* keptLines(path: string): AsyncGenerator<KeptLine | undefined> {
  for await (const batch of readJsonLineBatches(path))
    for (const line of batch)
      yield line.problem === undefined && isLine(line.value) ? line.value : undefined;
}

function isLine(value: unknown): value is KeptLine {
  return (
    typeof value === 'object' &&
    value !== null &&
    'state' in value &&
    typeof value.state === 'string' &&
    'at' in value &&
    typeof value.at === 'string' &&
    'site' in value &&
    'host' in value
  );
}

/** Writes lines down: all or none, on the disk when it returns. @throws OpsError E_DISK_FULL, E_PERMISSION, E_READ_ONLY */
export async function appendLines(
  { path, site, host }: LedgerPlace,
  lines: readonly LedgerLine[],
): Promise<void> {
  if (lines.length === 0) return;
  makeStateFolder(dirname(path));
  await appendJsonLines(
    path,
    lines.map((line): KeptLine => ({ ...line, site, host })),
  );
}

/** Thins out a ledger that has grown long; what decides about the runs to come stays, of every site and host. */
export async function thinOut({ path }: Pick<LedgerPlace, 'path'>, now: Date): Promise<void> {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= mostBytes) return;
  // The lock that appending takes.
  using _lock = await acquireLock(dirname(path), `.${basename(path)}`, { waitMs: 30_000 });
  const lines: KeptLine[] = [];
  const histories = new Map<string, History>();
  for await (const line of keptLines(path)) {
    if (line === undefined) continue;
    lines.push(line);
    const whose = JSON.stringify([line.site, line.host]);
    const history = histories.get(whose) ?? new History();
    histories.set(whose, history);
    history.add(line);
  }
  const since = new Date(now.getTime() - keptMs);
  const kept = new Set<LedgerLine>();
  for (const history of histories.values())
    for (const line of history.kept({ since, runs: keptRuns })) kept.add(line);
  const text = lines.filter((line) => kept.has(line)).map((line) => `${JSON.stringify(line)}\n`);
  writeFileAtomicSync(path, text.join(''));
}
