import type { Extent, Xattr } from '../posix/calls.ts';

/**
 * The archives: POSIX.1-2001 pax interchange format, a ustar header for each member and a pax header
 * before it for whatever ustar cannot hold. Read by GNU tar and bsdtar alike.
 *
 * - Names are relative to the source, without `./` in front, but for the first member: `./` is the
 *   source folder itself. A folder's name ends with `/` in the header (not in `TarEntry.path`).
 * - Names are raw bytes, in the ustar header as in pax records. A pax header that holds a value which
 *   is not UTF-8 starts with `hdrcharset=BINARY`.
 * - A file with holes is written as GNU.sparse 1.0: its name in `GNU.sparse.name`, its length in
 *   `GNU.sparse.realsize`, and before its data the map, decimal numbers each followed by a newline
 *   (how many stretches, then offset and length of each), padded with NULs to a whole block.
 * - ACLs are text as `acl_to_text` writes it, entries separated by commas, each with a name followed
 *   by the number as a fourth field (`user:www-data:r--:33`), as star has it.
 *
 * What an archive's `files` counts: every member that is not a folder, so regular files (empty ones
 * too), hard links and symbolic links, each once. `directories` counts the members that are folders,
 * the source itself among them. The two together are all members, so that a reader can count them again from the archive alone.
 */
export interface TarEntry {
  /** As it is in the archive, without a trailing slash. */
  path: Buffer;
  type: TarEntryType;
  /** The permission bits with setuid, setgid and sticky: `mode & 0o7777`. */
  mode: number;
  uid: number;
  gid: number;
  /** Empty when unknown. */
  userName: string;
  groupName: string;
  /** The length of a file's content, holes included; 0 for everything else. */
  size: number;
  mtimeNs: bigint;
  /** Of a symbolic link what it holds; of a hard link the `path` of a member before it. */
  linkTarget?: Buffer;
  /** Without the ACLs. */
  xattrs?: Xattr[];
  acl?: { access?: string; default?: string };
  /** Where a file with holes has data, ascending, not overlapping; the archive holds only these bytes. */
  sparse?: Extent[];
}

/** The writer makes the first four; archives of others may hold the rest, and more. */
export type TarEntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'fifo'
  | 'character-device'
  | 'block-device';

export const typeFlags = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
} as const satisfies Record<TarEntryType, string>;

/** A pax header for the next member, and one for all that follow. */
export const paxFlag = 'x';
export const paxGlobalFlag = 'g';

export const blockSize = 512;

/** The largest number that eleven octal digits hold: sizes and times beyond it go into pax. */
export const largestOctal11 = 0o77_777_777_777;
/** The same for seven digits: owners. */
export const largestOctal7 = 0o7_777_777;

export const paxKeys = {
  path: 'path',
  linkTarget: 'linkpath',
  size: 'size',
  mtime: 'mtime',
  uid: 'uid',
  gid: 'gid',
  userName: 'uname',
  groupName: 'gname',
  charset: 'hdrcharset',
  xattrPrefix: 'SCHILY.xattr.',
  aclAccess: 'SCHILY.acl.access',
  aclDefault: 'SCHILY.acl.default',
  sparseMajor: 'GNU.sparse.major',
  sparseMinor: 'GNU.sparse.minor',
  sparseName: 'GNU.sparse.name',
  sparseSize: 'GNU.sparse.realsize',
} as const;

/** The value of `hdrcharset` that says: the values are bytes, not UTF-8. */
export const binaryCharset = 'BINARY';

/** The attributes that hold ACLs in the kernel's binary form. */
export const aclXattrs = {
  access: 'system.posix_acl_access',
  default: 'system.posix_acl_default',
} as const;

/** The pax key of an extended attribute. A pax key cannot hold `=`; GNU tar escapes it this way. */
export function xattrKey(name: string): string {
  return paxKeys.xattrPrefix + name.replaceAll('%', '%25').replaceAll('=', '%3D');
}

/** The attribute of a pax key that starts with `paxKeys.xattrPrefix`. */
export function xattrName(key: string): string {
  return key.slice(paxKeys.xattrPrefix.length).replaceAll('%3D', '=').replaceAll('%25', '%');
}
