import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import {
  interrupted,
  isOpsError,
  messageOf,
  OpsError,
  type Progress,
  systemCode,
} from '@om-ops/kit';
import { type OpenArchive, openArchive, readInThreads, sibling } from '../tar/reader-threads.ts';
import type { LostKind } from './attributes.ts';
import type { ExtractDone, ExtractWork } from './extract-worker.ts';
import { listArchive } from './list.ts';
import { parseName } from './member-name.ts';
import { openBelow, passFolderFlags, pathIn, pathOf } from './open-path.ts';
import type { MemberPlan } from './plan.ts';
import type { PlanDone, PlanWork } from './plan-worker.ts';
import type { WriteCounts } from './replacements.ts';
import { NearNames } from './selection.ts';
import { makeStaging, type Staging } from './staging.ts';
import { namesIn, StoppedAtTheEnd, StoppedInPlace } from './stopped-in-place.ts';
import { changedTarget, inspectTarget, leadsTo, type OpenFolder, type Target } from './target.ts';
import { isLeftover, temporaryPrefix, temporaryStart } from './temporary-name.ts';

export interface ExtractOptions {
  /** A `.tar.gz` file. */
  archive: string;
  /** An empty folder or a new one; in place an existing one. */
  to: string;
  /** `to` is absolute and was found to have no links: one that is there now is not followed. */
  isReal?: boolean;
  /** Globs on member names; one that names a folder takes what is below it. All when empty. */
  only?: readonly string[];
  /** Replace what is there. The caller has asked. */
  inPlace: boolean;
  /** A new folder is for its owner alone, if the archive does not say what it is like. Default false. */
  isPrivate?: boolean;
  /** Of the archive, in hex: from its sidecar. Compared before the target gets anything. */
  expectedSha256?: string;
  /** For the progress, if it is known. */
  totalFiles?: number;
  progress: Progress;
}

export interface ExtractResult extends WriteCounts {
  /** Absolute. */
  target: string;
  /** What could not be given to how many members. */
  lost: ExtractDone['lost'];
  seconds: number;
}

export interface ExtractPlan extends MemberPlan {
  target: string;
  inPlace: boolean;
}

/**
 * Extracts a `.tar.gz` archive of any tar flavour with owners (as root), modes, times, extended
 * attributes, ACLs, holes and hard links.
 *
 * Into an empty or new folder: members are written to a folder beside it, which takes its name when
 * the last one is written and the archive proved whole; on any failure there is nothing. In place:
 * the archive is read once before anything is written, to its end, and every member judged by the
 * archive and by what lies in the target; then files are replaced one by one, each in one step, and
 * what is not in the archive stays. What stops it then ends in a `StoppedInPlace`, and what fails when all is there in a `StoppedAtTheEnd`. With `only` the archive is read twice as well.
 *
 * Refused are absolute names, `..`, devices, links and names that lead out of the target or through
 * a symbolic link, and hard links to anything but a file or a symbolic
 * link restored before.
 *
 * @throws OpsError E_NOT_EMPTY, E_TARGET_CHANGED, E_ARCHIVE_UNSAFE, E_ARCHIVE_CORRUPT, E_TARGET_CONFLICT, E_NO_MATCH,
 * E_CHECKSUM, E_DISK_FULL, E_PERMISSION, E_NOT_FOUND, E_INTERRUPTED
 */
export async function extractArchive(options: ExtractOptions): Promise<ExtractResult> {
  const started = performance.now();
  const { progress, inPlace } = options;
  const archive = openArchive(options.archive);
  try {
    using target = inspectTarget(options.to, inPlace, options.isReal);
    const passes = inPlace || (options.only ?? []).length > 0;
    const planned = passes ? await plan(archive, target, options, 'checking') : undefined;
    const work = workFor(target, options, planned);
    const done: ExtractDone & { failure?: OpsError } = inPlace
      ? await extractInPlace(archive, target, work, options, planned)
      : await extractAside(archive, target, work, options);
    for (const note of done.notes) progress.warn(`${archive.path}: ${note}`);
    for (const warning of lostWarnings(done)) progress.warn(warning);
    const seconds = (performance.now() - started) / 1000;
    const result = { target: target.path, ...done.counts, lost: done.lost, seconds };
    if (done.failure) throw new StoppedAtTheEnd(done.failure, result);
    return result;
  } finally {
    archive.close();
  }
}

/** What `extractArchive` would do, changing nothing. Throws what it would throw before its first write. */
export async function planExtract(options: ExtractOptions): Promise<ExtractPlan> {
  const archive = openArchive(options.archive);
  try {
    using target = inspectTarget(options.to, options.inPlace, options.isReal);
    const done = await plan(archive, target, options, 'reading');
    for (const note of done.notes) options.progress.warn(`${archive.path}: ${note}`);
    return { target: target.path, inPlace: options.inPlace, ...done.plan };
  } finally {
    archive.close();
  }
}

async function plan(
  archive: OpenArchive,
  target: Target,
  { only = [], expectedSha256, progress }: ExtractOptions,
  stage: string,
): Promise<PlanDone> {
  const data: PlanWork = { only, temporaryStart };
  if (target.inPlace && target.existing)
    data.target = { path: target.path, fd: target.existing.fd };
  const done = await readInThreads<PlanDone>({
    archive,
    module: sibling(import.meta.url, './plan-worker'),
    data,
    hash: expectedSha256 !== undefined,
    stage,
    progress,
  });
  compareChecksum(archive.path, done.sha256, expectedSha256);
  if (done.unmatched.length > 0) throw await noMatch(archive.path, done.unmatched, progress);
  return done;
}

function workFor(
  target: Target,
  { only = [] }: ExtractOptions,
  planned: PlanDone | undefined,
): Omit<ExtractWork, 'rootFd'> {
  return {
    target: target.path,
    only,
    isNew: target.existing === undefined,
    linkSources: planned?.linkSources ?? [],
    userId: process.geteuid?.() ?? 0,
    groupId: process.getegid?.() ?? 0,
    groups: process.getgroups?.() ?? [],
    umask: process.umask(),
  };
}

async function extractAside(
  archive: OpenArchive,
  target: Target,
  work: Omit<ExtractWork, 'rootFd'>,
  options: ExtractOptions,
): Promise<ExtractDone & { failure?: OpsError }> {
  const { progress } = options;
  const staging = makeStaging(target, {
    isPrivate: options.isPrivate ?? false,
    warn: (message) => progress.warn(message),
  });
  try {
    const done = await run(archive, { ...work, rootFd: staging.fd }, options);
    if (progress.signal.aborted) throw interrupted();
    compareChecksum(archive.path, done.sha256, options.expectedSha256);
    const failure = staging.commit(done.hasRoot);
    if (done.hasRoot && staging.keepsAttributes)
      progress.warn(
        `${target.path} belongs to somebody else, so it keeps its owner, mode and times.`,
      );
    return failure === undefined ? done : { ...done, failure };
  } finally {
    closeQuietly(staging, progress);
  }
}

/** The failure that led here must not be hidden by another one. */
function closeQuietly(staging: Staging, progress: Progress): void {
  try {
    staging.close();
  } catch (error) {
    progress.warn(`Could not remove ${staging.folder}, which is of no use: ${messageOf(error)}`);
  }
}

async function extractInPlace(
  archive: OpenArchive,
  target: Target,
  work: Omit<ExtractWork, 'rootFd'>,
  options: ExtractOptions,
  planned: PlanDone | undefined,
): Promise<ExtractDone> {
  const { fd } = target.existing as OpenFolder;
  if (!leadsTo(target.path, fd)) throw changedTarget(target.path, 'Nothing was changed.');
  for (const path of planned?.temporaries ?? []) removeLeftover(fd, Buffer.from(path, 'latin1'));
  // Its own number, so that two restores of one process do not meet.
  const prefix = `${temporaryPrefix()}${randomBytes(4).toString('hex')}`;
  let written: WriteCounts | undefined;
  try {
    const data = { ...work, rootFd: fd, temporaryPrefix: prefix };
    const done = await run(archive, data, options, (counts) => {
      written = counts;
    });
    written = done.counts;
    if (leadsTo(target.path, fd)) return done;
    throw changedTarget(target.path, 'What was restored is in the folder that lay there before.');
  } catch (error) {
    if (written === undefined || planned === undefined) throw error;
    throw new StoppedInPlace(error, target.path, written, namesIn(planned.plan));
  }
}

function run(
  archive: OpenArchive,
  data: ExtractWork,
  { progress, totalFiles, expectedSha256 }: ExtractOptions,
  onPartial?: (counts: WriteCounts) => void,
): Promise<ExtractDone> {
  return readInThreads<ExtractDone>({
    archive,
    module: sibling(import.meta.url, './extract-worker'),
    data,
    hash: expectedSha256 !== undefined,
    stage: 'restoring',
    progress,
    ...(onPartial === undefined
      ? {}
      : { onBatch: (counts: unknown) => onPartial(counts as WriteCounts) }),
    ...(totalFiles === undefined ? {} : { totalFiles }),
  });
}

function compareChecksum(archive: string, found: string | undefined, expected?: string): void {
  if (expected === undefined || found === expected.toLowerCase()) return;
  throw new OpsError(
    'E_CHECKSUM',
    `The archive ${archive} is not what it was: its SHA-256 is ${found}, and should be ${expected}. Nothing was restored.`,
    { suggestions: ['Look for another backup of this category: om-ops backup list'] },
  );
}

/** Removes what a killed restore in place was just writing, if its name is still in the same folder. */
function removeLeftover(targetFd: number, path: Buffer): void {
  const parsed = parseName(path);
  const parts = 'parts' in parsed ? parsed.parts : [];
  const name = parts.at(-1);
  if (name === undefined || !isLeftover(name.toString('latin1'))) return;
  try {
    let fd = openSync(pathOf(targetFd), passFolderFlags & ~constants.O_NOFOLLOW);
    for (const part of parts.slice(0, -1)) fd = openBelow(fd, part, passFolderFlags);
    try {
      unlinkSync(pathIn(fd, name));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (systemCode(error) === undefined || isOpsError(error)) throw error;
  }
}

async function noMatch(
  archive: string,
  patterns: readonly string[],
  progress: Progress,
): Promise<OpsError> {
  const near = patterns.map((pattern) => new NearNames(pattern));
  await listArchive({
    archive,
    progress,
    onMembers: (members) => {
      for (const { path } of members) for (const names of near) names.add(path);
    },
  });
  const names = [...new Set(near.flatMap((one) => one.best()))];
  return new OpsError('E_NO_MATCH', `No member of ${archive} matches ${patterns.join(', ')}.`, {
    exit: 'usage',
    suggestions:
      names.length > 0
        ? [`Did you mean ${names.join(' or ')}?`]
        : ['Members are named relative to the source of the backup: src/app.js, not /var/www/….'],
  });
}

function lostWarnings({ lost, missing }: ExtractDone): string[] {
  return lost.map(({ kind, count, first }) => {
    const members = count === 1 ? first : `${first} and ${count - 1} more`;
    const why = kind !== 'owner' && missing ? `: ${missing}` : '';
    return `${lostTexts[kind]} (${members})${why}.`;
  });
}

const lostTexts: Record<LostKind, string> = {
  owner: 'Not restored to its owner, which takes root',
  mode: 'Restored without its mode, which the file system does not keep',
  times: 'Restored without its times, which the file system or the user may not set',
  xattr: 'Restored without some extended attributes, which the file system or the user may not set',
  acl: 'Restored without its ACL, which the file system refuses or which names somebody unknown here',
  fifo: 'Not restored, since a FIFO takes a native call',
  setuid: 'Restored without setuid or setgid, since the owner is another one',
};
