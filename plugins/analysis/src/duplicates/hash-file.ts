import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { AtomicFile, makeStateFolder } from '@om-ops/kit';
import { digestBytes } from './tasks.ts';

const magic = 'OMOPSHC4';
const headerBytes = 32;

/** Files as columns: what identifies a state of their content, and its hashes. */
export interface HashColumns {
  count: number;
  inode: Float64Array<ArrayBuffer>;
  size: Float64Array<ArrayBuffer>;
  /** Milliseconds since 1970. */
  modified: Float64Array<ArrayBuffer>;
  changed: Float64Array<ArrayBuffer>;
  /** Index into `devices`. */
  device: Uint32Array<ArrayBuffer>;
  /** Days since 1970 on which the row was last of use. */
  day: Uint16Array<ArrayBuffer>;
  /** 1: `digest` holds the SHA-256 of the whole file. */
  isWhole: Uint8Array<ArrayBuffer>;
  /** 1: `head` holds the CRC-32 of the last bytes. */
  hasHead: Uint8Array<ArrayBuffer>;
  head: Uint32Array<ArrayBuffer>;
  digest: Uint8Array<ArrayBuffer>;
  devices: string[];
}

export function emptyHashes(count: number, devices: string[] = []): HashColumns {
  return layOut(new Uint8Array(bytesOf(count)), count, devices);
}

/** Copies everything but what identifies the file, into a row that holds no digest. */
export function copyHashes(from: HashColumns, row: number, to: HashColumns, target: number): void {
  to.day[target] = from.day[row]!;
  to.isWhole[target] = from.isWhole[row]!;
  to.hasHead[target] = from.hasHead[row]!;
  to.head[target] = from.head[row]!;
  // Of most files only the head is known.
  if (from.isWhole[row] === 0) return;
  // By hand: for so few bytes a subarray costs more than it copies.
  for (let byte = 0; byte < digestBytes; byte += 1)
    to.digest[target * digestBytes + byte] = from.digest[row * digestBytes + byte]!;
}

/**
 * A header (magic, number of rows, length of the list of devices, CRC-32 of the rest), the columns
 * one after another, and the list of devices as JSON. Little-endian, as the processors Node runs on.
 */
export function readHashes(path: string): HashColumns | undefined {
  try {
    const file = readFileSync(path);
    const header = new DataView(file.buffer, file.byteOffset, headerBytes);
    const count = header.getUint32(8, true);
    const columnsEnd = headerBytes + bytesOf(count);
    if (file.toString('latin1', 0, 8) !== magic) return undefined;
    if (file.length !== columnsEnd + header.getUint32(12, true)) return undefined;
    if (crc32(file.subarray(headerBytes)) !== header.getUint32(16, true)) return undefined;
    const devices: unknown = JSON.parse(file.toString('utf8', columnsEnd));
    if (!Array.isArray(devices) || !devices.every((device) => typeof device === 'string'))
      return undefined;
    const columns = layOut(aligned(file.subarray(headerBytes, columnsEnd)), count, devices);
    return columns.device.every((device) => device < devices.length) ? columns : undefined;
  } catch {
    // Missing, cut short or not ours: it is made again.
    return undefined;
  }
}

/** @throws OpsError E_DISK_FULL, E_PERMISSION, E_READ_ONLY */
export async function writeHashes(path: string, columns: HashColumns): Promise<void> {
  makeStateFolder(dirname(path));
  const { buffer, byteOffset } = columns.inode;
  const body = new Uint8Array(buffer, byteOffset, bytesOf(columns.count));
  const devices = Buffer.from(JSON.stringify(columns.devices));
  const header = Buffer.alloc(headerBytes);
  header.write(magic, 'latin1');
  header.writeUint32LE(columns.count, 8);
  header.writeUint32LE(devices.length, 12);
  header.writeUint32LE(crc32(devices, crc32(body)), 16);
  // Not synced: after a power cut the checksum tells, and it is made again.
  await using file = await AtomicFile.create(path, { sync: false });
  for (const part of [header, body, devices]) await file.handle.writeFile(part);
  await file.commit();
}

/** Columns of eight bytes have to begin at a multiple of eight; small buffers come from a pool. */
function aligned(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bytes;
  if (buffer instanceof ArrayBuffer && byteOffset % 8 === 0)
    return new Uint8Array(buffer, byteOffset, length);
  return Uint8Array.from(bytes);
}

function bytesOf(count: number): number {
  // Whole multiples of eight, so that nothing but the order of the columns decides where they begin.
  const rows = count + (count % 2);
  return rows * (4 * 8 + 4 + 2 + 1 + 1 + 4 + digestBytes);
}

/** The columns in a memory of `bytesOf(count)` bytes, the widest first. */
function layOut(bytes: Uint8Array<ArrayBuffer>, count: number, devices: string[]): HashColumns {
  const memory = bytes.buffer;
  const rows = count + (count % 2);
  let at = bytes.byteOffset;
  const take = (width: number): number => {
    const start = at;
    at += rows * width;
    return start;
  };
  return {
    count,
    devices,
    inode: new Float64Array(memory, take(8), count),
    size: new Float64Array(memory, take(8), count),
    modified: new Float64Array(memory, take(8), count),
    changed: new Float64Array(memory, take(8), count),
    digest: new Uint8Array(memory, take(digestBytes), count * digestBytes),
    head: new Uint32Array(memory, take(4), count),
    device: new Uint32Array(memory, take(4), count),
    day: new Uint16Array(memory, take(2), count),
    isWhole: new Uint8Array(memory, take(1), count),
    hasHead: new Uint8Array(memory, take(1), count),
  };
}
