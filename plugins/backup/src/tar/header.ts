import { isUtf8 } from 'node:buffer';
import {
  binaryCharset,
  blockSize,
  largestOctal7,
  largestOctal11,
  paxFlag,
  paxKeys,
  type TarEntry,
  typeFlags,
  xattrKey,
} from './format.ts';

const second = 1_000_000_000n;
const nameLength = 100;
const prefixLength = 155;
const ownerLength = 32;
const slash = 47;
const newline = 10;
const equals = 61;

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
  const text = Buffer.from([extents.length, ...numbers].map((number) => `${number}\n`).join(''));
  return Buffer.concat([text, Buffer.alloc(paddingAfter(text.length))]);
}

/** How many bytes follow the header of a member, without the padding. */
export function storedSize(entry: TarEntry): number {
  if (entry.type !== 'file') return 0;
  if (entry.sparse === undefined) return entry.size;
  const data = entry.sparse.reduce((sum, { length }) => sum + length, 0);
  return sparseMap(entry).length + data;
}

/** All blocks that come before the data of a member: the pax header, if it needs one, and its own. */
export function headerOf(entry: TarEntry): Buffer {
  const records = new PaxRecords();
  const size = storedSize(entry);
  const isSparse = entry.type === 'file' && entry.sparse !== undefined;
  const path = entry.type === 'directory' ? withSlash(entry.path) : entry.path;
  if (isSparse) {
    records.add(paxKeys.sparseMajor, '1');
    records.add(paxKeys.sparseMinor, '0');
    records.add(paxKeys.sparseName, path);
    records.add(paxKeys.sparseSize, String(entry.size));
  }
  // Readers that know no sparse files show, and write, a file of this name.
  const ustarPath = isSparse ? inFolder('GNUSparseFile.0/', path) : path;
  const split = splitPath(ustarPath);
  if (split === undefined) records.add(paxKeys.path, path);
  const link = entry.linkTarget ?? nothing;
  if (link.length > nameLength) records.add(paxKeys.linkTarget, link);
  if (size > largestOctal11) records.add(paxKeys.size, String(size));
  if (entry.uid > largestOctal7) records.add(paxKeys.uid, String(entry.uid));
  if (entry.gid > largestOctal7) records.add(paxKeys.gid, String(entry.gid));
  const userName = Buffer.from(entry.userName);
  const groupName = Buffer.from(entry.groupName);
  if (userName.length >= ownerLength) records.add(paxKeys.userName, userName);
  if (groupName.length >= ownerLength) records.add(paxKeys.groupName, groupName);
  const seconds = floorDivide(entry.mtimeNs, second);
  const ustarTime = seconds >= 0n && seconds <= BigInt(largestOctal11) ? Number(seconds) : 0;
  if (BigInt(ustarTime) * second !== entry.mtimeNs) {
    records.add(paxKeys.mtime, decimalSeconds(entry.mtimeNs));
  }
  if (entry.acl?.access !== undefined) records.add(paxKeys.aclAccess, entry.acl.access);
  if (entry.acl?.default !== undefined) records.add(paxKeys.aclDefault, entry.acl.default);
  for (const { name, value } of entry.xattrs ?? []) records.add(xattrKey(name), value);

  const fields: HeaderFields = {
    name: split?.name ?? path.subarray(0, nameLength),
    prefix: split?.prefix ?? nothing,
    mode: entry.mode,
    uid: entry.uid > largestOctal7 ? 0 : entry.uid,
    gid: entry.gid > largestOctal7 ? 0 : entry.gid,
    size: size > largestOctal11 ? 0 : size,
    mtime: ustarTime,
    type: typeFlags[entry.type],
    link: link.subarray(0, nameLength),
    userName: userName.length >= ownerLength ? nothing : userName,
    groupName: groupName.length >= ownerLength ? nothing : groupName,
  };
  return records.length === 0 ? block(fields) : withPax(records.bytes(), fields);
}

const nothing = Buffer.alloc(0);

function withPax(data: Buffer, fields: HeaderFields): Buffer {
  const paxFields: HeaderFields = {
    ...fields,
    name: inFolder('PaxHeaders/', fields.name),
    prefix: nothing,
    mode: 0o644,
    size: data.length,
    type: paxFlag,
    link: nothing,
  };
  return Buffer.concat([
    block(paxFields),
    data,
    Buffer.alloc(paddingAfter(data.length)),
    block(fields),
  ]);
}

/** A name that says whose helper this is, cut to what the field holds. */
function inFolder(folder: string, path: Buffer): Buffer {
  const end = path.at(-1) === slash ? path.length - 1 : path.length;
  const name = path.subarray(path.lastIndexOf(slash, end - 1) + 1, end);
  return Buffer.concat([Buffer.from(folder), name]).subarray(0, nameLength);
}

function withSlash(path: Buffer): Buffer {
  return Buffer.concat([path, Buffer.from('/')]);
}

/** The two fields of a ustar header that hold a path, or undefined when it does not fit. */
function splitPath(path: Buffer): { name: Buffer; prefix: Buffer } | undefined {
  if (path.length <= nameLength) return { name: path, prefix: nothing };
  if (path.length > prefixLength + 1 + nameLength) return undefined;
  // The first slash that leaves a name short enough; the one at the end of a folder's is no cut.
  const cut = path.indexOf(slash, path.length - nameLength - 1);
  if (cut < 1 || cut > prefixLength || cut >= path.length - 1) return undefined;
  return { name: path.subarray(cut + 1), prefix: path.subarray(0, cut) };
}

interface HeaderFields {
  name: Buffer;
  prefix: Buffer;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  type: string;
  link: Buffer;
  userName: Buffer;
  groupName: Buffer;
}

function block(fields: HeaderFields): Buffer {
  const header = Buffer.alloc(blockSize);
  fields.name.copy(header, 0);
  octal(header, 100, 8, fields.mode);
  octal(header, 108, 8, fields.uid);
  octal(header, 116, 8, fields.gid);
  octal(header, 124, 12, fields.size);
  octal(header, 136, 12, fields.mtime);
  header.fill(32, 148, 156);
  header.write(fields.type, 156, 'latin1');
  fields.link.copy(header, 157);
  header.write('ustar\x0000', 257, 'latin1');
  fields.userName.copy(header, 265);
  fields.groupName.copy(header, 297);
  octal(header, 329, 8, 0);
  octal(header, 337, 8, 0);
  fields.prefix.copy(header, 345);
  let sum = 0;
  for (let at = 0; at < blockSize; at += 1) sum += header[at]!;
  octal(header, 148, 7, sum);
  return header;
}

/** Octal digits filling `length - 1` bytes, and a NUL. */
function octal(header: Buffer, at: number, length: number, value: number): void {
  let rest = value;
  for (let digit = at + length - 2; digit >= at; digit -= 1) {
    header[digit] = 48 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
  header[at + length - 1] = 0;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** `-1.500000001`; no digits after the point that are not needed. */
function decimalSeconds(ns: bigint): string {
  const sign = ns < 0n ? '-' : '';
  const size = ns < 0n ? -ns : ns;
  const fraction = (size % second).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${size / second}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The records of a pax header: `<length> <key>=<value>\n`, where the length counts itself. */
class PaxRecords {
  readonly #records: Buffer[] = [];
  #binary = false;

  get length(): number {
    return this.#records.length;
  }

  add(key: string, value: string | Buffer): void {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    // Extended attributes are bytes by nature and read as such.
    if (!key.startsWith(paxKeys.xattrPrefix) && !isUtf8(bytes)) this.#binary = true;
    this.#records.push(record(key, bytes));
  }

  bytes(): Buffer {
    const charset = this.#binary ? [record(paxKeys.charset, Buffer.from(binaryCharset))] : [];
    return Buffer.concat([...charset, ...this.#records]);
  }
}

function record(key: string, value: Buffer): Buffer {
  const keyBytes = Buffer.from(key);
  const rest = keyBytes.length + value.length + 3;
  let length = rest + String(rest).length;
  // The digits of the length may carry it over the next power of ten.
  if (rest + String(length).length !== length) length = rest + String(length).length;
  const digits = Buffer.from(`${length} `);
  return Buffer.concat([digits, keyBytes, Buffer.from([equals]), value, Buffer.from([newline])]);
}
