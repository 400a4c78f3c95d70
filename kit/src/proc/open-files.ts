import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { processIds } from './processes.ts';

/** A file that a process has open. */
export interface OpenFile {
  pid: number;
  /** `dev:inode`: the same whatever it is called now. */
  id: string;
  /** Its path when it was opened, or what it was renamed to. */
  path: string;
  /** It has no name any more, and goes on taking room. */
  isDeleted: boolean;
  /** Opened for writing. */
  writes: boolean;
  bytes: number;
}

export interface OpenFiles {
  files: OpenFile[];
  /** Processes whose files may not be seen. */
  unseen: number;
}

/** Everything regular that any process has open, as far as it may be seen: of others only as root. */
export function openFiles(wanted: (path: string) => boolean = () => true): OpenFiles {
  const files: OpenFile[] = [];
  let unseen = 0;
  for (const pid of processIds()) {
    const folder = `/proc/${pid}/fd`;
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') unseen += 1;
      continue;
    }
    for (const fd of names) {
      const one = openFile(pid, fd, wanted);
      if (one !== undefined) files.push(one);
    }
  }
  return { files, unseen };
}

function openFile(
  pid: number,
  fd: string,
  wanted: (path: string) => boolean,
): OpenFile | undefined {
  try {
    const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    if (!target.startsWith('/') || target.startsWith('/dev/')) return undefined;
    const path = target.replace(/ \(deleted\)$/, '');
    if (!wanted(path)) return undefined;
    const found = statSync(`/proc/${pid}/fd/${fd}`);
    if (!found.isFile()) return undefined;
    const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1');
    const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8);
    return {
      pid,
      id: `${found.dev}:${found.ino}`,
      path,
      isDeleted: found.nlink === 0,
      writes: (flags & 3) !== 0,
      bytes: found.size,
    };
  } catch {
    return undefined;
  }
}
