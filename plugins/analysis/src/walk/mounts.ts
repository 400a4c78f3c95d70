import { readFileSync } from 'node:fs';
import { escapePath } from '../paths/escape.ts';
import { isWithin } from '../paths/real.ts';
import { deviceNumber } from './device.ts';

/** One line of the mount table. Paths are real and escaped as escape.ts says. */
export interface Mount {
  /** Of the file system, as `st_dev`. */
  device: number;
  /** Which folder or file of the file system is seen at `path`, as a path in the file system. */
  source: string;
  path: string;
  /** Kind of file system. */
  kind: string;
}

/** The mount table; empty where it cannot be read. Of two mounts at one place the later one is seen. */
export function readMounts(table = '/proc/self/mountinfo'): Mount[] {
  let text: string;
  try {
    text = readFileSync(table, 'latin1');
  } catch {
    return [];
  }
  const mounts = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [mount = '', system = ''] = line.split(' - ');
    const [, , device = '', source, path] = mount.split(' ');
    const [major, minor] = device.split(':').map(Number);
    const kind = system.split(' ')[0];
    if (major === undefined || minor === undefined || kind === undefined) continue;
    if (source === undefined || path === undefined) continue;
    const seenAt = pathOf(path);
    mounts.set(seenAt, {
      device: deviceNumber(major, minor),
      source: pathOf(source),
      path: seenAt,
      kind,
    });
  }
  return [...mounts.values()];
}

/** The table has blanks, newlines and backslashes as `\040`, and names in any bytes. */
function pathOf(field: string): string {
  const bytes = field.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return escapePath(Buffer.from(bytes, 'latin1'));
}

/** What the mount table says of one tree. Real paths. */
export interface MountsOfTree {
  /** Mounts below the root that show what is seen elsewhere in the tree too, with that place. */
  repeated: Map<string, string>;
  /** All mounts below the root. */
  inside: string[];
  /** Places of the tree that are seen at other places of this machine as well. */
  seenElsewhere: { path: string; at: string }[];
}

/**
 * Finds what is seen twice: `mount --bind` shows a folder at a second place, where each file has the
 * same inode and one name. Of two that show the same, the one that shows more counts, else the first.
 *
 * @param root real path of the tree
 */
export function mountsOfTree(root: string, mounts: readonly Mount[]): MountsOfTree {
  const below = mounts.filter(({ path }) => path !== root && isWithin(path, root));
  const holder = mounts
    .filter(({ path }) => isWithin(root, path))
    .sort((one, another) => another.path.length - one.path.length)[0];
  const found: MountsOfTree = {
    repeated: new Map(),
    inside: below.map(({ path }) => path),
    seenElsewhere: [],
  };
  if (holder === undefined) return found;
  const rootSource = joined(
    holder.source,
    root.slice(holder.path === '/' ? 0 : holder.path.length),
  );
  const counted: Mount[] = [{ ...holder, source: rootSource, path: root }];
  const inOrder = below.toSorted(
    (one, another) =>
      one.source.length - another.source.length || (one.path < another.path ? -1 : 1),
  );
  for (const mount of inOrder) {
    const same = counted.find(
      ({ device, source }) =>
        device === mount.device &&
        (isWithin(mount.source, source) || isWithin(source, mount.source)),
    );
    if (same === undefined) counted.push(mount);
    else
      found.repeated.set(
        mount.path,
        isWithin(mount.source, same.source)
          ? joined(same.path, mount.source.slice(same.source === '/' ? 0 : same.source.length))
          : same.path,
      );
  }
  for (const { device, source, path } of mounts) {
    if (device !== holder.device || path === holder.path || !isWithin(source, rootSource)) continue;
    const inTree = joined(root, source.slice(rootSource === '/' ? 0 : rootSource.length));
    if (inTree !== root) found.seenElsewhere.push({ path: inTree, at: path });
  }
  return found;
}

/** `rest` is empty or begins with a slash, or is a path below `/`. */
function joined(folder: string, rest: string): string {
  if (rest === '' || rest === '/') return folder;
  return folder === '/' ? rest : `${folder}${rest}`;
}
