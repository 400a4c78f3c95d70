import {
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  currentOwner,
  fromSystemError,
  isoWithOffset,
  isThere,
  OpsError,
  program,
  type Step,
  systemCode,
  writeFileAtomic,
} from '@om-ops/kit';
import { formatBytes } from '@om-ops/kit/text';
import { type Tree, treeAt } from './signature.ts';
import { journalName, type KeptEntry, keepFolder, ownerName, type WayBack } from './way-back.ts';

export const copier = program('cp', { install: 'Install it: sudo apt-get install coreutils' });

/**
 * Above this size packages are kept as hard links instead of copies. Links cost next to nothing, and are no
 * way back for a file that is written into in place; a copy is, and on btrfs and XFS it costs nothing either.
 */
const mostCopied = 1024 ** 3;

export interface Keeping {
  /** The folder of the part. */
  folder: string;
  run: string;
  /** What may be replaced: files and folders, there or not. Absolute. */
  paths: readonly string[];
  /** Those that may be kept as links when they are large. */
  linkable: ReadonlySet<string>;
  head: Pick<WayBack, 'part' | 'beside' | 'maintenanceFlag' | 'pid'>;
}

/** Where a rebuild keeps what it replaces. */
export function keepPath(folder: string, run: string): string {
  return join(folder, keepFolder, run);
}

/**
 * Copies what a rebuild may replace, on the same file system, and writes down how to put it back. Nothing
 * that lives is touched; what was kept when it fails is cleared away.
 *
 * @throws OpsError E_DISK_FULL, E_PERMISSION, E_OTHER_FILE_SYSTEM (exit 5), E_PROGRAM_FAILED
 */
export async function keepCopies(
  keeping: Keeping,
  step: Step,
  signal: AbortSignal,
): Promise<WayBack> {
  const { folder, run, head } = keeping;
  const path = keepPath(folder, run);
  try {
    makeKeepFolder(join(folder, keepFolder));
    mkdirSync(path, { mode: 0o700 });
    writeFileSync(join(path, ownerName), JSON.stringify(currentOwner()), { mode: 0o600 });
    const entries: KeptEntry[] = [];
    for (const live of keeping.paths) {
      const place = { folder, linkable: keeping.linkable, path, number: entries.length };
      entries.push(...(await kept(live, place, step, signal)));
    }
    const since = isoWithOffset(new Date());
    const wayBack: WayBack = { ...head, run, since, owner: currentOwner(), entries };
    await writeFileAtomic(join(path, journalName), `${JSON.stringify(wayBack, null, 2)}\n`);
    return wayBack;
  } catch (error) {
    // The next rebuild clears away what stays; why it stays would only hide the first error.
    await rm(path, { recursive: true, force: true }).catch(() => {});
    throw fromSystemError(error, 'keep a copy in', path);
  }
}

function makeKeepFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  // It must not make the work tree dirty.
  writeFileSync(join(path, '.gitignore'), '*\n');
}

interface Place extends Pick<Keeping, 'folder' | 'linkable'> {
  /** Where the copies go. */
  path: string;
  /** Of the next one. */
  number: number;
}

async function kept(
  live: string,
  place: Place,
  step: Step,
  signal: AbortSignal,
): Promise<KeptEntry[]> {
  const { folder, linkable, path, number } = place;
  const none = { live, kept: null, inode: null, signature: null, link: null, linkedMs: null };
  const stat = lstatSync(live, { throwIfNoEntry: false });
  if (stat === undefined) return [none];
  if (stat.isSymbolicLink()) {
    const entry = { ...none, link: readlinkSync(live) };
    if (!isThere(live)) return [entry];
    const target = realpathSync(live);
    return [entry, ...(await kept(target, { ...place, number: number + 1 }, step, signal))];
  }
  if (stat.dev !== lstatSync(folder).dev || lstatSync(dirname(live)).dev !== stat.dev) {
    throw new OpsError(
      'E_OTHER_FILE_SYSTEM',
      `${live} lies on another file system than ${folder}, or is a mount of its own, so it could not be put back in one move.`,
      {
        exit: 'requirement',
        suggestions: ['Build on the file system of the site, and mount its folder whole.'],
      },
    );
  }
  const tree = await treeAt(live, signal);
  if (tree === undefined) return [none];
  const copy = join(path, `${number}-${basename(live)}`);
  const isLinked = linkable.has(live) && isTooLarge(tree, path);
  const linkedMs = isLinked ? Date.now() : null;
  if (isLinked) step.note(`${live} (${formatBytes(tree.bytes)}) is kept as hard links.`);
  await step.exec(
    copier.need(),
    ['-a', ...(isLinked ? ['-l'] : ['--reflink=auto']), '--', live, copy],
    { signal, env: { LC_ALL: 'C' } },
  );
  const after = await treeAt(live, signal);
  if (after?.signature !== tree.signature) {
    throw new OpsError(
      'E_CHANGED_MEANWHILE',
      `Somebody wrote into ${live} while it was copied, so the copy is no way back.`,
      {
        suggestions: ['Run it again when nothing else builds there.'],
      },
    );
  }
  return [{ ...none, kept: copy, inode: lstatSync(copy).ino, signature: tree.signature, linkedMs }];
}

function isTooLarge({ bytes }: Tree, path: string): boolean {
  const { bavail, bsize } = statfsSync(path);
  return bytes > mostCopied || bytes > (bavail * bsize) / 2;
}
