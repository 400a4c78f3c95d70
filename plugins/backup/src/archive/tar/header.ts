import {
  blockSize,
  largestOctal7,
  largestOctal11,
  paxFlag,
  paxKeys,
  type TarEntry,
  typeFlags,
  xattrKey,
} from './format.ts';
import { PaxRecords } from './pax.ts';

const second = 1_000_000_000n;
const nameLength = 100;
const prefixLength = 155;
const ownerLength = 32;
const slash = 47;
const nothing = Buffer.alloc(0);

/** How much padding follows `length` bytes of data. */
export function paddingAfter(length: number): number {
  return (blockSize - (length % blockSize)) % blockSize;
}

/** What stands before the data of a sparse file: the map of where it belongs. */
export function sparseMap(entry: TarEntry): Buffer {
  const extents = [...(entry.sparse ?? [])];
  const last = extents.at(-1);
  // The length of a file that ends with a hole is told by an empty stretch at its end.
  if (last === undefined || last.offset + last.length < entry.size) {
    extents.push({ offset: entry.size, length: 0 });
  }
  const numbers = extents.flatMap(({ offset, length }) => [offset, length]);
  const text = Buffer.from([extents.length, ...numbers, ''].join('\n'));
  return Buffer.concat([text, Buffer.alloc(paddingAfter(text.length))]);
}

/** How many bytes follow the header of a member, without the padding. */
function storedSize(entry: TarEntry): number {
  if (entry.type !== 'file') return 0;
  if (entry.sparse === undefined) return entry.size;
  const data = entry.sparse.reduce((sum, { length }) => sum + length, 0);
  return sparseMap(entry).length + data;
}

/** Where a path goes in a ustar header. */
interface UstarPath {
  name: Buffer;
  prefix: Buffer;
}

/** Makes headers; its memory is used again for each. */
export class HeaderEncoder {
  readonly #records = new PaxRecords();
  #bytes = Buffer.alloc(8192);

  /**
   * All blocks that come before the data of a member: the pax header, if it needs one, and its own.
   * Valid until the next call.
   */
  encode(entry: TarEntry): Buffer {
    const records = this.#records;
    records.clear();
    const size = storedSize(entry);
    const path = entry.type === 'directory' ? Buffer.concat([entry.path, folderEnd]) : entry.path;
    const ustarPath = this.#addPath(entry, path);
    const userName = this.#addOwner(paxKeys.userName, entry.userName);
    const groupName = this.#addOwner(paxKeys.groupName, entry.groupName);
    const uid = this.#addNumber(paxKeys.uid, entry.uid, largestOctal7);
    const gid = this.#addNumber(paxKeys.gid, entry.gid, largestOctal7);
    const ustarSize = this.#addNumber(paxKeys.size, size, largestOctal11);
    const mtime = this.#addTime(entry.mtimeNs);
    const link = entry.linkTarget ?? nothing;
    if (link.length > nameLength) records.addName(paxKeys.linkTarget, link);
    if (entry.acl?.access) records.addName(paxKeys.aclAccess, Buffer.from(entry.acl.access));
    if (entry.acl?.default) records.addName(paxKeys.aclDefault, Buffer.from(entry.acl.default));
    for (const { name, value } of entry.xattrs ?? []) records.addBytes(xattrKey(name), value);

    const at = records.isEmpty ? 0 : this.#putPax();
    const header = this.#bytes;
    emptyHeader.copy(header, at);
    ustarPath.name.copy(header, at, 0, nameLength);
    putOctal(header, at + 100, 8, entry.mode);
    putOctal(header, at + 108, 8, uid);
    putOctal(header, at + 116, 8, gid);
    putOctal(header, at + 124, 12, ustarSize);
    putOctal(header, at + 136, 12, mtime);
    header[at + 156] = typeFlags[entry.type].charCodeAt(0);
    if (link.length > 0) link.copy(header, at + 157, 0, nameLength);
    if (userName !== '') header.write(userName, at + 265);
    if (groupName !== '') header.write(groupName, at + 297);
    if (ustarPath.prefix.length > 0) ustarPath.prefix.copy(header, at + 345);
    putChecksum(header, at);
    return header.subarray(0, at + blockSize);
  }

  #addPath(entry: TarEntry, path: Buffer): UstarPath {
    if (entry.type === 'file' && entry.sparse !== undefined) {
      this.#records.addText(paxKeys.sparseMajor, '1');
      this.#records.addText(paxKeys.sparseMinor, '0');
      this.#records.addName(paxKeys.sparseName, path);
      this.#records.addText(paxKeys.sparseSize, String(entry.size));
      // Readers that know no sparse files show, and write, a file of this name.
      const name = path.subarray(path.lastIndexOf(slash) + 1);
      return { name: Buffer.concat([sparseFolder, name]), prefix: nothing };
    }
    const split = splitPath(path);
    if (split === undefined) this.#records.addName(paxKeys.path, path);
    return split ?? { name: path, prefix: nothing };
  }

  /** A number for the ustar header, which is 0 when it needs a pax record. */
  #addNumber(key: string, value: number, largest: number): number {
    if (value <= largest) return value;
    this.#records.addText(key, String(value));
    return 0;
  }

  #addOwner(key: string, name: string): string {
    if (name.length * 3 < ownerLength || Buffer.byteLength(name) < ownerLength) return name;
    this.#records.addName(key, Buffer.from(name));
    return '';
  }

  #addTime(ns: bigint): number {
    // The remainder of a negative number is negative or zero.
    const rest = Number(ns % second);
    const seconds = Number(ns / second) - (rest < 0 ? 1 : 0);
    const ustarTime = seconds >= 0 && seconds <= largestOctal11 ? seconds : 0;
    if (rest !== 0 || seconds !== ustarTime) {
      this.#records.addText(paxKeys.mtime, decimalSeconds(ns, rest));
    }
    return ustarTime;
  }

  /** The pax header and its data. It is the same for all members, as far as it can be: that deflates well. */
  #putPax(): number {
    const length = this.#records.finish();
    const end = blockSize + length + paddingAfter(length);
    if (this.#bytes.length < end + blockSize) this.#bytes = Buffer.alloc(2 * end + blockSize);
    const header = this.#bytes;
    paxHeader.copy(header);
    putOctal(header, 124, 12, length);
    putChecksum(header, 0);
    this.#records.copyTo(header, blockSize);
    header.fill(0, blockSize + length, end);
    return end;
  }
}

const folderEnd = Buffer.from('/');
const sparseFolder = Buffer.from('GNUSparseFile.0/');
/** With a blank checksum, version, and device numbers. */
const emptyHeader = Buffer.alloc(blockSize);
emptyHeader.fill(' ', 148, 156);
emptyHeader.write('ustar\x0000', 257, 'latin1');
putOctal(emptyHeader, 329, 8, 0);
putOctal(emptyHeader, 337, 8, 0);

const paxHeader = Buffer.from(emptyHeader);
paxHeader.write('PaxHeaders/member');
putOctal(paxHeader, 100, 8, 0o644);
putOctal(paxHeader, 108, 8, 0);
putOctal(paxHeader, 116, 8, 0);
putOctal(paxHeader, 136, 12, 0);
paxHeader.write(paxFlag, 156);

/** The two fields of a ustar header that hold a path, or undefined when it does not fit. */
function splitPath(path: Buffer): UstarPath | undefined {
  if (path.length <= nameLength) return { name: path, prefix: nothing };
  if (path.length > prefixLength + 1 + nameLength) return undefined;
  // The first slash that leaves a name short enough; the one at the end of a folder's is no cut.
  const cut = path.indexOf(slash, path.length - nameLength - 1);
  if (cut < 1 || cut > prefixLength || cut >= path.length - 1) return undefined;
  return { name: path.subarray(cut + 1), prefix: path.subarray(0, cut) };
}

function putChecksum(header: Buffer, start: number): void {
  let sum = 0;
  for (let at = start; at < start + blockSize; at += 1) sum += header[at]!;
  putOctal(header, start + 148, 7, sum);
}

/** Octal digits filling `length - 1` bytes, and a NUL. */
function putOctal(header: Buffer, at: number, length: number, value: number): void {
  let rest = value;
  for (let digit = at + length - 2; digit >= at; digit -= 1) {
    header[digit] = 48 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
  header[at + length - 1] = 0;
}

/** `-1.500000001`; no digits after the point that are not needed. `rest`: the nanoseconds, signed. */
function decimalSeconds(ns: bigint, rest: number): string {
  const sign = ns < 0n ? '-' : '';
  const seconds = Math.abs(Number(ns / second));
  if (rest === 0) return `${sign}${seconds}`;
  const fraction = Math.abs(rest).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${seconds}.${fraction}`;
}
