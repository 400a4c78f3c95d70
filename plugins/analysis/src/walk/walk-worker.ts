import { parentPort, workerData } from 'node:worker_threads';
import { exclusion } from './exclusion.ts';
import { kernelEntries } from './kernel-entries.ts';
import { plainEntries } from './plain-entries.ts';
import { FolderQueue } from './queue.ts';
import { type Findings, FolderReader, type WalkSettings } from './reader.ts';
import { readingFolders } from './reading.ts';

export interface PostedFindings extends Omit<Findings, 'folders'> {
  folders: Omit<Findings['folders'], 'names'> & { names: string };
}

export interface WalkWorkerData {
  settings: WalkSettings;
  memory: SharedArrayBuffer;
  thread: number;
}

const { settings, memory, thread } = workerData as WalkWorkerData;
const queue = new FolderQueue(memory);
const isExcluded = await exclusion(settings.root, settings.exclude);
const entries = kernelEntries() ?? plainEntries();
const reader = new FolderReader(settings, thread, entries, isExcluded);
if (queue.join(thread)) for (const _ of readingFolders(reader, queue, thread, 1000));
const findings = reader.finish();
const { folders } = findings;
parentPort?.postMessage(
  // Names of folders as one text: cloning it is a copy, cloning thousands of strings is not.
  { ...findings, folders: { ...folders, names: folders.names.join('/') } } satisfies PostedFindings,
  [folders.parent.buffer, folders.size.buffer, folders.blocks.buffer, folders.modified.buffer],
);
// The report will ask for the time zone, which takes 15 ms the first time that any thread does.
Intl.DateTimeFormat();
