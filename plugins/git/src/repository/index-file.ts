import { createHash } from 'node:crypto';

export interface IndexEntries {
  count: number;
  /** Whether git was told to look away from one of them, or to expect it. */
  isAnyFlagged: boolean;
}

const headerBytes = 12;
/** Times, mode, owner and size of an entry, its SHA-1 and its flags. */
const fixedBytes = 62;
const hashBytes = 20;
const assumeValid = 0x8000;
const extended = 0x4000;
const nameBytes = 0x0fff;

/**
 * What the file of an index holds, without a process of git. Undefined where git has to be asked: versions from 4 on,
 * no SHA-1 at its end, entries that lie in another file or stand for whole folders.
 */
export function entriesOf(index: Buffer): IndexEntries | undefined {
  const end = index.length - hashBytes;
  if (end < headerBytes || index.toString('latin1', 0, 4) !== 'DIRC') return undefined;
  const version = index.readUInt32BE(4);
  if (version !== 2 && version !== 3) return undefined;
  const checksum = createHash('sha1').update(index.subarray(0, end)).digest();
  if (!checksum.equals(index.subarray(end))) return undefined;
  const count = index.readUInt32BE(8);
  let isAnyFlagged = false;
  let at = headerBytes;
  for (let entry = 0; entry < count; entry += 1) {
    if (at + fixedBytes > end) return undefined;
    const flags = index.readUInt16BE(at + fixedBytes - 2);
    isAnyFlagged ||= (flags & (assumeValid | extended)) !== 0;
    const name = at + fixedBytes + ((flags & extended) === 0 ? 0 : 2);
    const length = flags & nameBytes;
    const nameEnd = length < nameBytes ? name + length : index.indexOf(0, name);
    if (nameEnd < name) return undefined;
    // One to eight zeros, up to a multiple of eight.
    at += (nameEnd - at + 8) & ~7;
  }
  return isReadable(index, at, end) ? { count, isAnyFlagged } : undefined;
}

/** Of the extensions behind the entries those that change what the entries mean have names in lower case. */
function isReadable(index: Buffer, from: number, end: number): boolean {
  let at = from;
  while (at + 8 <= end) {
    const first = index[at]!;
    if (first < 0x41 || first > 0x5a) return false;
    at += 8 + index.readUInt32BE(at + 4);
  }
  return at === end;
}
