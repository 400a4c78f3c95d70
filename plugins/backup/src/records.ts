import { join, relative } from 'node:path';
import {
  type BackupRecord,
  type LoggedOperation,
  loggedOperations,
  type RecordContext,
} from '@om-ops/kit';
import { backupsOfSite, type CatalogEntry, readCatalog } from './catalog/catalog.ts';
import { lacksOf } from './catalog/lacks.ts';
import { siteOwner } from './catalog/owner.ts';
import { isLost } from './catalog/state.ts';
import { type Category, categories } from './categories.ts';

/**
 * The backups there are, whether a verification passed them, and the runs that made none. What was pruned
 * since is not told: nothing can be restored from it.
 */
export async function backupRecords({ site, since }: RecordContext): Promise<BackupRecord[]> {
  const { state } = site;
  const owner = await siteOwner(site);
  const logged = loggedOperations(state, since);
  const proofs = proofsOf(logged);
  const made = categories.flatMap((category) =>
    backupsOfSite(readCatalog(state, category, owner))
      .ours.filter(({ time }) => time >= since)
      .map((entry) => recordOf(entry, proofs.get(relative(state, entry.path)))),
  );
  const has = categories.filter((category) => owner.sources[category] !== undefined);
  return [...made, ...failuresOf(logged, has)].sort(
    (one, other) => Date.parse(one.at) - Date.parse(other.at),
  );
}

type Proof = 'PASS' | 'PARTIAL' | 'FAIL';

function recordOf(entry: CatalogEntry, proof: Proof | undefined): BackupRecord {
  const { category, createdAt, bytes, path, state, isWhole } = entry;
  const record = { of: category, at: createdAt, bytes, path };
  if (isLost(state))
    return { ...record, state: 'failed', why: `Its archive is not usable: ${state}.` };
  if (proof === 'FAIL')
    return { ...record, state: 'failed', why: 'The last verification failed it.' };
  if (!isWhole) return { ...record, state: 'partial', why: lacksOf(entry)[0] ?? `It is ${state}.` };
  return { ...record, state: proof === 'PASS' ? 'verified' : 'made', why: null };
}

const proofPattern = /(\S+\.tar\.gz) \((PASS|PARTIAL|FAIL)\)/g;

/** What the last verification said of each, by its path below STATE. */
function proofsOf(logged: readonly LoggedOperation[]): Map<string, Proof> {
  const proofs = new Map<string, Proof>();
  for (const { command, touched } of logged) {
    if (command !== 'backup:verify') continue;
    for (const [, path = '', proof] of touched.matchAll(proofPattern))
      proofs.set(join(path), proof as Proof);
  }
  return proofs;
}

/** Exit codes of a run that was to make a backup and could not: it failed, or something was missing. */
const failed = [1, 5];

function failuresOf(logged: readonly LoggedOperation[], has: readonly Category[]): BackupRecord[] {
  return logged
    .filter(({ command, exit }) => command === 'backup:run' && failed.includes(exit))
    .flatMap(({ time, args, touched, exit, message }) => {
      const words = args.split(' ');
      const named = categories.filter((category) => words.includes(category));
      const wanted = named.length > 0 ? named : has;
      return wanted
        .filter((category) => !` ${touched}`.includes(` ${category}/`))
        .map((category) => ({
          of: category,
          at: time,
          state: 'failed' as const,
          bytes: null,
          path: null,
          why: `om-ops backup run ended with exit ${exit}: ${message ?? 'its log line does not say why.'}`,
        }));
    });
}
