import type { Xattr } from '../posix/calls.ts';
import { paxKeys, type TarEntry, type TarEntryType, typeFlags } from './format.ts';
import { TarDamage } from './reader-damage.ts';
import { parseOwner, type TarHeader } from './reader-header.ts';
import { type PaxRecords, parsePaxTime } from './reader-pax.ts';
import { decimalNumber } from './reader-sparse.ts';

export interface ReadEntry extends TarEntry {
  /** Where its headers start in the tar stream. */
  offset: number;
  /** How many bytes of content the archive holds: less than `size` when there are holes. */
  storedSize: number;
  /** When the archive has it. */
  atimeNs?: bigint;
}

const libarchiveXattr = 'LIBARCHIVE.xattr.';
const selinuxKey = 'RHT.security.selinux';

const typesByFlag = new Map<string, TarEntryType>([
  ...Object.entries(typeFlags).map(([type, flag]) => [flag, type as TarEntryType] as const),
  ['\0', 'file'],
  // A contiguous file, and GNU's old sparse file and folder with a listing.
  ['7', 'file'],
  ['S', 'file'],
  ['D', 'directory'],
]);

/** Puts together what the header, the long names and the pax records say of one member. */
export function entryOf(
  header: TarHeader,
  records: PaxRecords,
  long: { longName: Buffer | undefined; longLink: Buffer | undefined },
  offset: number,
): ReadEntry {
  // POSIX: a type nobody knows is a regular file.
  let type = typesByFlag.get(header.flag) ?? 'file';
  let path = long.longName ?? header.name;
  let sparseName: Buffer | undefined;
  let link = long.longLink ?? header.linkName;
  const entry: ReadEntry = {
    path,
    type,
    mode: header.mode,
    uid: header.uid,
    gid: header.gid,
    userName: header.userName,
    groupName: header.groupName,
    size: header.size,
    mtimeNs: BigInt(header.mtime) * 1_000_000_000n,
    offset,
    storedSize: 0,
  };
  const xattrs = new Map<string, Xattr>();
  const acl: { access?: string; default?: string } = {};
  for (const { key, value } of records) {
    // An empty value takes back what a header before said.
    if (value.length === 0 && !key.includes('.')) continue;
    const bad = (): TarDamage => new TarDamage(`a pax header with an impossible ${key}`, offset);
    switch (key) {
      case paxKeys.path:
        path = value;
        break;
      case 'GNU.sparse.name':
        sparseName = value;
        break;
      case paxKeys.linkTarget:
        link = value;
        break;
      case paxKeys.size:
        entry.size = decimalNumber(value.toString(), offset);
        break;
      case paxKeys.mtime:
        entry.mtimeNs = orThrow(parsePaxTime(value.toString()), bad);
        break;
      case 'atime':
        entry.atimeNs = orThrow(parsePaxTime(value.toString()), bad);
        break;
      case paxKeys.uid:
        entry.uid = orThrow(parseOwner(value.toString()), bad);
        break;
      case paxKeys.gid:
        entry.gid = orThrow(parseOwner(value.toString()), bad);
        break;
      case paxKeys.userName:
        entry.userName = value.toString();
        break;
      case paxKeys.groupName:
        entry.groupName = value.toString();
        break;
      case paxKeys.aclAccess:
        acl.access = value.toString();
        break;
      case paxKeys.aclDefault:
        acl.default = value.toString();
        break;
      default: {
        const xattr = xattrOf(key, value);
        if (xattr) xattrs.set(xattr.name, xattr);
      }
    }
  }
  path = sparseName ?? path;
  if (type === 'file' && header.flag !== 'S' && path.at(-1) === 0x2f) type = 'directory';
  entry.type = type;
  entry.path = withoutSlash(path);
  if (type === 'symlink' || type === 'hardlink') entry.linkTarget = Buffer.from(link);
  if (xattrs.size > 0) entry.xattrs = [...xattrs.values()];
  if (acl.access !== undefined || acl.default !== undefined) entry.acl = acl;
  return entry;
}

/** How many bytes of data follow the header. Sets the entry's size to 0 where it has no meaning. */
export function dataSize(entry: ReadEntry, header: TarHeader, records: PaxRecords): number {
  const { size, type } = entry;
  if (type !== 'file') entry.size = 0;
  if (type === 'file') return size;
  // GNU's folder with a listing has it as data; v7 marks a folder by its name's last character.
  if (header.flag === 'D') return size;
  // Old programs repeat the size of the file in its links without data; pax may store it again.
  if (type === 'hardlink' && records.length > 0) return size;
  return 0;
}

/** Which of the pax forms of a sparse file the records hold. */
export function sparseForm(
  records: PaxRecords,
): { version: '0.x' | '1.0'; realSize: number | undefined } | undefined {
  let major = '';
  let older = false;
  let realSize: number | undefined;
  for (const { key, value } of records) {
    if (key === paxKeys.sparseMajor) major = value.toString();
    else if (key === paxKeys.sparseSize) realSize = decimalNumber(value.toString(), 0);
    else if (key === 'GNU.sparse.size') older = true;
  }
  if (major === '1') return { version: '1.0', realSize };
  return older ? { version: '0.x', realSize } : undefined;
}

function xattrOf(key: string, value: Buffer): Xattr | undefined {
  if (key.startsWith(paxKeys.xattrPrefix))
    return { name: percentDecoded(key.slice(paxKeys.xattrPrefix.length)), value };
  if (key.startsWith(libarchiveXattr)) {
    const name = percentDecoded(key.slice(libarchiveXattr.length));
    return { name, value: Buffer.from(value.toString('latin1'), 'base64') };
  }
  if (key === selinuxKey)
    return { name: 'security.selinux', value: Buffer.concat([value, Buffer.alloc(1)]) };
  return undefined;
}

/** GNU tar and we escape `%` and `=` only, libarchive more. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutSlash(path: Buffer): Buffer {
  let end = path.length;
  while (end > 1 && path[end - 1] === 0x2f) end--;
  return Buffer.from(path.subarray(0, end));
}

function orThrow<T>(value: T | undefined, error: () => Error): T {
  if (value === undefined) throw error();
  return value;
}
