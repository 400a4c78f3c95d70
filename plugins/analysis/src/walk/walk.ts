import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fromSystemError, OpsError, type Progress, Turns, whenAborted } from '@om-ops/kit';
import { systemPath } from '../paths/escape.ts';
import { realPath } from '../paths/real.ts';
import { exclusion } from './exclusion.ts';
import { FileSystems } from './file-systems.ts';
import { kernelEntries } from './kernel-entries.ts';
import { mountsOfTree, readMounts } from './mounts.ts';
import { plainEntries } from './plain-entries.ts';
import { FolderQueue } from './queue.ts';
import { emptyFindings, type Findings, FolderReader, type WalkSettings } from './reader.ts';
import { readingFolders } from './reading.ts';
import { joinFindings, type Walk } from './tree.ts';
import type { PostedFindings, WalkWorkerData } from './walk-worker.ts';

export interface WalkOptions {
  /** Absolute. A symlink is followed here, and nowhere below. */
  path: string;
  /** The state folder: left out wherever it lies. */
  state?: string;
  /** gitignore patterns relative to `path`. */
  exclude?: readonly string[];
  /** Default false: as `du -x`. Pseudo file systems are never entered. */
  crossFileSystems?: boolean;
  /** Default: one per processor, two at most; more did not help, each costs 30 MB. */
  threads?: number;
  /** How many files there were the last time, for the time left. */
  expectedFiles?: number;
}

// A worker takes 30 ms to start: not worth it for what is read in less. A deep tree has few folders
// open at a time, however many are still to come.
const foldersBeforeHelp = 48;
const filesBeforeHelp = 4000;
const mainWaitMs = 5;
const reportEveryMs = 100;

/**
 * Reads a tree of folders with `lstat` for every entry. Symlinks below it are not followed.
 *
 * @throws OpsError E_NOT_FOUND, E_NOT_A_FOLDER, E_PERMISSION, E_PSEUDO_FILE_SYSTEM, E_INTERRUPTED
 */
export async function walk(options: WalkOptions, progress: Progress): Promise<Walk> {
  const stats = rootStats(options.path);
  const threads = Math.max(1, options.threads ?? Math.min(2, availableParallelism()));
  const state = options.state === undefined ? undefined : statOrNothing(options.state);
  const root = realPath(options.path);
  const mounts = mountsOfTree(root, readMounts());
  const shown = (path: string): string => shownPath(path, root, options.path);
  const settings: WalkSettings = {
    root: options.path,
    rootDevice: stats.dev,
    stateDevice: state?.dev ?? -1,
    stateInode: state?.ino ?? -1,
    exclude: options.exclude ?? [],
    crossFileSystems: options.crossFileSystems ?? false,
    repeated: new Map([...mounts.repeated].map(([path, sameAs]) => [shown(path), shown(sameAs)])),
    threads,
  };
  const queue = new FolderQueue(threads);
  const helpers: Helper[] = [];
  try {
    const own = await readHere(settings, stats, queue, helpers, options, progress);
    const others = await whenAborted(
      Promise.all(helpers.map((helper) => foundBy(helper, queue))),
      progress.signal,
    );
    return joinFindings([own, ...others], threads, mounts);
  } catch (error) {
    queue.abort();
    await Promise.all(helpers.map(ended));
    throw error;
  }
}

async function readHere(
  settings: WalkSettings,
  stats: Stats,
  queue: FolderQueue,
  helpers: Helper[],
  { expectedFiles }: WalkOptions,
  progress: Progress,
): Promise<Findings> {
  const isExcluded = await exclusion(settings.root, settings.exclude);
  const entries = kernelEntries() ?? plainEntries();
  const reader = new FolderReader(settings, 0, entries, isExcluded);
  const pace = new Turns(progress);
  const isLarge = (expectedFiles ?? 0) > filesBeforeHelp * 2;
  let reported = 0;
  reader.begin(stats);
  queue.join(0);
  using _closed = { [Symbol.dispose]: () => reader.close() };
  for (const _ of readingFolders(reader, queue, 0, mainWaitMs)) {
    if (
      helpers.length === 0 &&
      (isLarge || reader.open.length > foldersBeforeHelp || reader.files > filesBeforeHelp)
    )
      for (let thread = 1; thread < settings.threads; thread += 1)
        helpers.push(startHelper({ settings, memory: queue.memory, thread }, queue));
    if (!pace.isDue) continue;
    await pace.turn();
    if (performance.now() - reported < reportEveryMs) continue;
    reported = performance.now();
    progress.report({
      stage: 'reading folders',
      ...queue.counted(),
      ...(expectedFiles === undefined ? {} : { totalFiles: expectedFiles }),
    });
  }
  await pace.turn();
  return reader.finish();
}

interface Helper {
  thread: number;
  worker: Worker;
  findings: Promise<Findings>;
  exited: Promise<void>;
}

function startHelper(data: WalkWorkerData, queue: FolderQueue): Helper {
  const file = import.meta.url.endsWith('.ts') ? './walk-worker.ts' : './walk-worker.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: data,
    execArgv: [],
  });
  const findings = new Promise<Findings>((resolve, reject) => {
    worker.once('message', (posted: PostedFindings) => resolve(received(posted)));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('A thread that read folders ended early.')));
  });
  // What it had taken nobody else will read: without this, the others would wait for it for ever.
  findings.catch(() => queue.abort());
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  return { thread: data.thread, worker, findings, exited };
}

/** One that was not there before the end has found nothing, and is not waited for. */
async function foundBy(
  { worker, thread, findings }: Helper,
  queue: FolderQueue,
): Promise<Findings> {
  if (queue.hasJoined(thread)) return findings;
  void worker.terminate();
  return emptyFindings();
}

// It has files open that only itself can close; one that hangs in a dead file system is left to its fate.
async function ended({ worker, exited }: Helper): Promise<void> {
  const patience = new Promise((resolve) => setTimeout(resolve, 300).unref());
  await Promise.race([exited, patience]);
  await Promise.race([worker.terminate(), patience]);
}

function received({ folders, ...rest }: PostedFindings): Findings {
  const names = folders.count === 0 ? [] : folders.names.split('/');
  return { ...rest, folders: { ...folders, names } };
}

function rootStats(path: string): Stats {
  let stats: Stats;
  try {
    stats = statSync(systemPath(path));
    if (stats.isDirectory()) accessSync(systemPath(path), constants.R_OK | constants.X_OK);
  } catch (error) {
    const failure = fromSystemError(error, 'analyse', path);
    if (failure.code !== 'E_NOT_FOUND') throw failure;
    throw new OpsError(failure.code, failure.message, {
      exit: 'requirement',
      suggestions: [
        'Name a folder that is there: om-ops analysis run --path DIR',
        'A scope’s folder stands in the site profile: om-ops config show',
      ],
      cause: error,
    });
  }
  if (!stats.isDirectory())
    throw new OpsError('E_NOT_A_FOLDER', `Cannot analyse ${path}: it is not a folder.`, {
      exit: 'usage',
      suggestions: ['Name a folder: om-ops analysis run --path DIR'],
    });
  const fileSystem = new FileSystems().of(path, stats.dev);
  if (fileSystem.pseudo)
    throw new OpsError(
      'E_PSEUDO_FILE_SYSTEM',
      `Cannot analyse ${path}: it lies on ${fileSystem.name}, which holds no files on a disk.`,
      { exit: 'usage' },
    );
  return stats;
}

/** A real path below the root as it is called from the folder that was given. */
function shownPath(path: string, root: string, given: string): string {
  if (path === root) return given;
  return join(given, path.slice(root === '/' ? 0 : root.length));
}

function statOrNothing(path: string): Stats | undefined {
  return statSync(systemPath(path), { throwIfNoEntry: false });
}
