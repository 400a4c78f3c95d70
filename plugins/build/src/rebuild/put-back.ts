import { lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OpsError } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { exchange } from './exchange.ts';
import { treeAt, writtenSince } from './signature.ts';
import type { KeptEntry, WayBack } from './way-back.ts';

export interface PutBack {
  /** What was put back. Absolute. */
  paths: string[];
  /** What stood there instead, and where it is now, beside the kept copies. */
  replaced: { live: string; path: string }[];
}

/**
 * Puts back what a rebuild has replaced, each in one move. What nobody has touched stays as it is, and what
 * was put back already too: it can be called again after it was cut off itself.
 *
 * @param keep the folder of the kept copies
 * @throws OpsError E_CANNOT_PUT_BACK naming what stands where; what the file system throws
 */
export async function putBack(
  keep: string,
  wayBack: WayBack,
  signal: AbortSignal,
): Promise<PutBack> {
  const done: PutBack = { paths: [], replaced: [] };
  const lost: string[] = [];
  for (const entry of wayBack.entries) {
    const replaced = await putBackOne(entry, keep, signal);
    if (replaced === 'lost') lost.push(entry.live);
    else if (replaced !== 'untouched') {
      done.paths.push(entry.live);
      if (replaced !== undefined) done.replaced.push({ live: entry.live, path: replaced });
    }
  }
  if (wayBack.maintenanceFlag !== null) rmSync(wayBack.maintenanceFlag, { force: true });
  if (lost.length > 0) {
    throw new OpsError(
      'E_CANNOT_PUT_BACK',
      `The kept copy of ${lost.join(' and ')} is gone from ${keep}, so what stands there is what the build has left.`,
      { suggestions: ['Restore it from a backup, or build it anew.'] },
    );
  }
  await complainOfWrittenLinks(wayBack.entries, signal);
  return done;
}

/** Where the thing is now that stood there instead; `untouched`: nothing had to be done. */
async function putBackOne(
  { live, kept, inode, signature, link }: KeptEntry,
  keep: string,
  signal: AbortSignal,
): Promise<string | undefined | 'untouched' | 'lost'> {
  const now = lstatSync(live, { throwIfNoEntry: false });
  if (link !== null) return putBackLink(live, link, keep);
  if (kept === null) {
    if (now === undefined) return 'untouched';
    const aside = asideOf(live, keep);
    renameSync(live, aside);
    return aside;
  }
  if (now?.ino === inode) return 'untouched';
  if (now !== undefined && (await treeAt(live, signal))?.signature === signature)
    return 'untouched';
  if (lstatSync(kept, { throwIfNoEntry: false })?.ino !== inode) return 'lost';
  if (now === undefined) {
    renameSync(kept, live);
    return undefined;
  }
  exchange(live, kept);
  return kept;
}

function putBackLink(live: string, link: string, keep: string): string | undefined | 'untouched' {
  const now = lstatSync(live, { throwIfNoEntry: false });
  if (now?.isSymbolicLink() === true && readlinkSync(live) === link) return 'untouched';
  const aside = asideOf(live, keep);
  if (now !== undefined) renameSync(live, aside);
  symlinkSync(link, live);
  return now === undefined ? undefined : aside;
}

function asideOf(live: string, keep: string): string {
  for (let number = 1; ; number += 1) {
    const path = join(keep, `replaced-${number}-${basename(live)}`);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return path;
  }
}

/** What is written into a file that has two names changes under both: that cannot be put back, and is said. */
async function complainOfWrittenLinks(
  entries: readonly KeptEntry[],
  signal: AbortSignal,
): Promise<void> {
  const written: string[] = [];
  for (const { live, linkedMs } of entries)
    if (linkedMs !== null && lstatSync(live, { throwIfNoEntry: false }) !== undefined)
      written.push(...(await writtenSince(live, linkedMs, signal)));
  const [first] = written;
  if (first === undefined) return;
  throw new OpsError(
    'E_CHANGED_IN_PLACE',
    `${plural(written.length, 'file')} of the packages, ${first} for one, ${written.length === 1 ? 'was' : 'were'} written into in place by the build, and ${written.length === 1 ? 'stands' : 'stand'} as it has left ${written.length === 1 ? 'it' : 'them'}.`,
    {
      suggestions: [
        `Install the packages anew in ${dirname(entries.find(({ linkedMs }) => linkedMs !== null)?.live ?? first)}.`,
      ],
    },
  );
}
