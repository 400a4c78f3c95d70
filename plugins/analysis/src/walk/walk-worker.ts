import { parentPort } from 'node:worker_threads';
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

async function readPart({ settings, memory, thread }: WalkWorkerData): Promise<void> {
  const queue = new FolderQueue(memory);
  const isExcluded = await exclusion(settings.root, settings.exclude);
  const entries = kernelEntries() ?? plainEntries();
  const reader = new FolderReader(settings, thread, entries, isExcluded);
  if (queue.join(thread)) for (const _ of readingFolders(reader, queue, thread, 1000));
  const findings = reader.finish();
  const { folders } = findings;
  const { parent, size, blocks, modified } = folders;
  parentPort?.postMessage(
    // Names of folders as one text: cloning it is a copy, cloning thousands of strings is not.
    {
      ...findings,
      folders: { ...folders, names: folders.names.join('/') },
    } satisfies PostedFindings,
    [parent.buffer, size.buffer, blocks.buffer, modified.buffer],
  );
  // The report will ask for the time zone, which takes 15 ms the first time that any thread does.
  Intl.DateTimeFormat();
}

parentPort?.once('message', readPart);
