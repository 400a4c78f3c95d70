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

    const at = records.isEmpty ? 0 : this.#putPax(records.bytes());
    const header = this.#block(at);
    ustarPath.name.copy(header, 0, 0, nameLength);
    putOctal(header, 100, 8, entry.mode);
    putOctal(header, 108, 8, uid);
    putOctal(header, 116, 8, gid);
    putOctal(header, 124, 12, ustarSize);
    putOctal(header, 136, 12, mtime);
    header[156] = typeFlags[entry.type].charCodeAt(0);
    link.copy(header, 157, 0, nameLength);
    header.write(userName, 265);
    header.write(groupName, 297);
    ustarPath.prefix.copy(header, 345);
    putChecksum(header);
    return this.#bytes.subarray(0, at + blockSize);
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
    const rest = ns % second;
    const seconds = Number(ns / second) - (rest < 0n ? 1 : 0);
    const ustarTime = seconds >= 0 && seconds <= largestOctal11 ? seconds : 0;
    if (rest !== 0n || seconds !== ustarTime) {
      this.#records.addText(paxKeys.mtime, decimalSeconds(ns));
    }
    return ustarTime;
  }

  /** The pax header and its data. It is the same for all members, as far as it can be: that deflates well. */
  #putPax(data: Buffer): number {
    const end = blockSize + data.length + paddingAfter(data.length);
    if (this.#bytes.length < end + blockSize) this.#bytes = Buffer.alloc(2 * end + blockSize);
    const header = this.#block(0);
    paxName.copy(header);
    putOctal(header, 100, 8, 0o644);
    putOctal(header, 108, 8, 0);
    putOctal(header, 116, 8, 0);
    putOctal(header, 124, 12, data.length);
    putOctal(header, 136, 12, 0);
    header[156] = paxFlag.charCodeAt(0);
    putChecksum(header);
    data.copy(this.#bytes, blockSize);
    this.#bytes.fill(0, blockSize + data.length, end);
    return end;
  }

  /** An empty header block at this place. */
  #block(at: number): Buffer {
    const header = this.#bytes.subarray(at, at + blockSize);
    emptyHeader.copy(header);
    return header;
  }
}

const folderEnd = Buffer.from('/');
const sparseFolder = Buffer.from('GNUSparseFile.0/');
const paxName = Buffer.from('PaxHeaders/member');
/** With a blank checksum, version, and device numbers. */
const emptyHeader = Buffer.alloc(blockSize);
emptyHeader.fill(' ', 148, 156);
emptyHeader.write('ustar\x0000', 257, 'latin1');
putOctal(emptyHeader, 329, 8, 0);
putOctal(emptyHeader, 337, 8, 0);

/** The two fields of a ustar header that hold a path, or undefined when it does not fit. */
function splitPath(path: Buffer): UstarPath | undefined {
  if (path.length <= nameLength) return { name: path, prefix: nothing };
  if (path.length > prefixLength + 1 + nameLength) return undefined;
  // The first slash that leaves a name short enough; the one at the end of a folder's is no cut.
  const cut = path.indexOf(slash, path.length - nameLength - 1);
  if (cut < 1 || cut > prefixLength || cut >= path.length - 1) return undefined;
  return { name: path.subarray(cut + 1), prefix: path.subarray(0, cut) };
}

function putChecksum(header: Buffer): void {
  let sum = 0;
  for (let at = 0; at < blockSize; at += 1) sum += header[at]!;
  putOctal(header, 148, 7, sum);
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

/** `-1.500000001`; no digits after the point that are not needed. */
function decimalSeconds(ns: bigint): string {
  const sign = ns < 0n ? '-' : '';
  const size = ns < 0n ? -ns : ns;
  const fraction = (size % second).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${size / second}${fraction === '' ? '' : `.${fraction}`}`;
}
