import type { BigIntStats } from 'node:fs';
import type { PosixCalls, Xattr } from '../posix/calls.ts';
import { type BytesPath, bytesOf } from '../tree/bytes-path.ts';
import { aclText } from './acl.ts';
import { aclXattrs, type TarEntry, type TarEntryType } from './format.ts';

/** The member of an archive for something of a tree. `linkTarget` and `sparse` are the caller's to add. */
export function memberOf(
  path: BytesPath,
  type: TarEntryType,
  stat: BigIntStats,
  xattrs: readonly Xattr[],
  posix: PosixCalls,
): TarEntry {
  const uid = Number(stat.uid);
  const gid = Number(stat.gid);
  return {
    path: bytesOf(path),
    type,
    mode: Number(stat.mode) & 0o7777,
    uid,
    gid,
    userName: posix.userName(uid),
    groupName: posix.groupName(gid),
    size: type === 'file' ? Number(stat.size) : 0,
    mtimeNs: stat.mtimeNs,
    ...(xattrs.length === 0 ? {} : attributesOf(xattrs, posix)),
  };
}

function attributesOf(
  xattrs: readonly Xattr[],
  posix: PosixCalls,
): Pick<TarEntry, 'xattrs' | 'acl'> {
  const plain: Xattr[] = [];
  const acl: { access?: string; default?: string } = {};
  for (const xattr of xattrs) {
    const kind =
      xattr.name === aclXattrs.access
        ? 'access'
        : xattr.name === aclXattrs.default
          ? 'default'
          : undefined;
    const text = kind === undefined ? undefined : aclText(xattr.value, posix);
    if (kind !== undefined && text !== undefined) acl[kind] = text;
    else plain.push(xattr);
  }
  return { xattrs: plain, acl };
}
