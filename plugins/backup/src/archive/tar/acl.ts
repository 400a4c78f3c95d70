/** Names of users and groups, and back: `PosixCalls` has them. */
export interface AclNames {
  userName(uid: number): string;
  groupName(gid: number): string;
  userId(name: string): number | undefined;
  groupId(name: string): number | undefined;
}

const version = 2;
const noId = 0xffff_ffff;
const tags = { userObject: 1, user: 2, groupObject: 4, group: 8, mask: 16, other: 32 } as const;

/**
 * The text of an ACL in the kernel's binary form (`system.posix_acl_access`), as
 * `SCHILY.acl.access` holds it; undefined when the value is none.
 */
export function aclText(value: Buffer, names: AclNames): string | undefined {
  if (value.length < 4 || value.length % 8 !== 4 || value.readUInt32LE(0) !== version)
    return undefined;
  const entries: string[] = [];
  for (let at = 4; at < value.length; at += 8) {
    const tag = value.readUInt16LE(at);
    const bits = value.readUInt16LE(at + 2);
    const id = value.readUInt32LE(at + 4);
    const text = `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`;
    if (tag === tags.userObject) entries.push(`user::${text}`);
    else if (tag === tags.groupObject) entries.push(`group::${text}`);
    else if (tag === tags.mask) entries.push(`mask::${text}`);
    else if (tag === tags.other) entries.push(`other::${text}`);
    else if (tag === tags.user) entries.push(named('user', names.userName(id), id, text));
    else if (tag === tags.group) entries.push(named('group', names.groupName(id), id, text));
    else return undefined;
  }
  return entries.join(',');
}

function named(kind: string, name: string, id: number, text: string): string {
  return name === '' ? `${kind}:${id}:${text}` : `${kind}:${name}:${text}:${id}`;
}

/**
 * The kernel's binary form of an ACL text of GNU tar, star or bsdtar; undefined when it is no ACL
 * text or names somebody who is unknown here and has no number. A name known here wins over its number.
 */
export function aclValue(text: string, names: AclNames): Buffer | undefined {
  const entries: { tag: number; bits: number; id: number }[] = [];
  for (const line of text.split(/[,\n]/)) {
    const entry = line.replace(/#.*$/, '').trim();
    if (entry === '') continue;
    const parsed = parseEntry(entry, names);
    if (parsed === undefined) return undefined;
    entries.push(parsed);
  }
  if (entries.length === 0) return undefined;
  // The kernel takes them only in this order.
  entries.sort((a, b) => a.tag - b.tag || a.id - b.id);
  const value = Buffer.alloc(4 + entries.length * 8);
  value.writeUInt32LE(version, 0);
  entries.forEach(({ tag, bits, id }, index) => {
    value.writeUInt16LE(tag, 4 + index * 8);
    value.writeUInt16LE(bits, 6 + index * 8);
    value.writeUInt32LE(id, 8 + index * 8);
  });
  return value;
}

function parseEntry(
  entry: string,
  names: AclNames,
): { tag: number; bits: number; id: number } | undefined {
  const [kind = '', who = '', rights = '', number] = entry.split(':');
  // `other::r--` may also be written `other:r--`.
  const permissions = (kind[0] === 'o' || kind[0] === 'm') && rights === '' ? who : rights;
  if (!/^[r-][w-][x-]/.test(permissions)) return undefined;
  const bits =
    (permissions[0] === 'r' ? 4 : 0) |
    (permissions[1] === 'w' ? 2 : 0) |
    (permissions[2] === 'x' ? 1 : 0);
  if (kind === 'other' || kind === 'o') return { tag: tags.other, bits, id: noId };
  if (kind === 'mask' || kind === 'm') return { tag: tags.mask, bits, id: noId };
  const isUser = kind === 'user' || kind === 'u';
  if (!isUser && kind !== 'group' && kind !== 'g') return undefined;
  if (who === '') return { tag: isUser ? tags.userObject : tags.groupObject, bits, id: noId };
  const id = (isUser ? names.userId(who) : names.groupId(who)) ?? idOf(number) ?? idOf(who);
  return id === undefined ? undefined : { tag: isUser ? tags.user : tags.group, bits, id };
}

function idOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
