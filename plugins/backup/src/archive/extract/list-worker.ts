import type { TarEntry } from '../tar/format.ts';
import { withoutEnd } from '../tar/reader-damage.ts';
import { type ReadingThread, runReadingThread } from '../tar/reader-thread.ts';
import { bytesPath, readablePath } from '../tree/bytes-path.ts';
import { selectionOf } from './selection.ts';

export interface ListWork {
  only: readonly string[];
}

/** A member as lists show it; names as `readablePath` writes them. */
export interface ListedMember {
  path: string;
  type: TarEntry['type'];
  /** `mode & 0o7777`. */
  mode: number;
  uid: number;
  gid: number;
  userName: string;
  groupName: string;
  bytes: number;
  /** ISO 8601, UTC. */
  modified: string;
  linkTarget?: string;
}

const batchSize = 500;

await runReadingThread((thread: ReadingThread<ListWork>) => {
  const { reader, data } = thread;
  const selection = data.only.length > 0 ? selectionOf(data.only) : undefined;
  let batch: ListedMember[] = [];
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) {
    thread.checkStopped();
    thread.countMember();
    if (selection && !selection.has(entry.path)) continue;
    batch.push(listed(entry));
    if (batch.length < batchSize) continue;
    thread.send(batch);
    batch = [];
  }
  if (batch.length > 0) thread.send(batch);
  if (reader.ending?.mark === 'missing') throw withoutEnd(reader.offset, reader.lastWhole);
});

function listed(entry: TarEntry): ListedMember {
  const { path, type, mode, uid, gid, userName, groupName, size, mtimeNs, linkTarget } = entry;
  const shown = (name: Buffer): string => readablePath(bytesPath(name));
  const milliseconds = Number(mtimeNs / 1_000_000n);
  return {
    path: shown(path),
    type,
    mode,
    uid,
    gid,
    userName,
    groupName,
    bytes: size,
    // Dates end in the year 275760.
    modified: new Date(Math.abs(milliseconds) <= 8.64e15 ? milliseconds : 0).toISOString(),
    ...(linkTarget === undefined ? {} : { linkTarget: shown(linkTarget) }),
  };
}
