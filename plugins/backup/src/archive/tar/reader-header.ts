import { blockSize } from './format.ts';
import { TarDamage } from './reader-damage.ts';

/** One header block as it stands, whatever the flavour of tar. Names are without NULs, and views into the block. */
export interface TarHeader {
  name: Buffer;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** In whole seconds. */
  mtime: number;
  flag: string;
  linkName: Buffer;
  userName: string;
  groupName: string;
}

const owners = { largest: 0xffff_fffe };

export function isZeroBlock(block: Buffer): boolean {
  if (block[0] !== 0) return false;
  for (let at = 0; at < blockSize; at += 4) if (block.readInt32LE(at) !== 0) return false;
  return true;
}

/** Throws TarDamage when the checksum or a number is wrong. */
export function parseHeader(block: Buffer, offset: number): TarHeader {
  checkSum(block.byteOffset % 4 === 0 ? block : Buffer.from(new Uint8Array(block).buffer), offset);
  const magic = block.toString('latin1', 257, 265);
  const isPosix = magic.startsWith('ustar\0');
  const isUstar = isPosix || magic === 'ustar  \0';
  // star keeps times in the last bytes of the prefix, and says so at the end of the block.
  const prefixEnd = block.toString('latin1', 508, 512) === 'tar\0' ? 476 : 500;
  const hasPrefix = isPosix && block[345] !== 0;
  const name = field(block, 0, 100);
  const number = (what: string, at: number, end: number): number => {
    const value = parseNumber(block, at, end);
    if (value === undefined || Math.abs(value) >= 2 ** 63)
      throw new TarDamage(`a header whose ${what} is not a number`, offset);
    return value;
  };
  const owner = (what: string, at: number): number => {
    const value = number(what, at, at + 8);
    if (value < 0 || value > owners.largest)
      throw new TarDamage(`a header with an impossible ${what}`, offset);
    return value;
  };
  const size = number('size', 124, 136);
  if (size < 0 || size > Number.MAX_SAFE_INTEGER)
    throw new TarDamage('a header with an impossible size', offset);
  return {
    name: hasPrefix ? joined(field(block, 345, prefixEnd), name) : name,
    mode: number('mode', 100, 108) & 0o7777,
    uid: owner('uid', 108),
    gid: owner('gid', 116),
    size,
    mtime: number('time', 136, 148),
    flag: String.fromCharCode(block[156] as number),
    linkName: field(block, 157, 257),
    userName: isUstar ? field(block, 265, 297).toString() : '',
    groupName: isUstar ? field(block, 297, 329).toString() : '',
  };
}

/** The number of an owner from a pax record; undefined when it is none. */
export function parseOwner(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= owners.largest ? Number(text) : undefined;
}

/** Octal digits among spaces and NULs, or base 256 with the top bit set; undefined when neither. */
export function parseNumber(block: Buffer, start: number, end: number): number | undefined {
  const first = block[start] as number;
  if (first & 0x80) {
    if (first !== 0x80 && first !== 0xff) return undefined;
    let value = first === 0xff ? -1n : 0n;
    for (let at = start + 1; at < end; at++) value = value * 256n + BigInt(block[at] as number);
    return Number(value);
  }
  let at = start;
  while (at < end && (block[at] === 0x20 || block[at] === 0)) at++;
  let value = 0;
  for (; at < end && block[at] !== 0x20 && block[at] !== 0; at++) {
    const digit = (block[at] as number) - 0x30;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value;
}

function checkSum(block: Buffer, offset: number): void {
  const stored = parseNumber(block, 148, 156);
  // Some old programs summed signed bytes.
  if (stored !== sumOf(block) && stored !== signedSumOf(block))
    throw new TarDamage('a header whose checksum differs', offset);
}

/** Of all bytes, those of the checksum itself taken as spaces. */
function sumOf(block: Buffer): number {
  // Four bytes at a time: two sums of at most 256 * 255 each, in the halves of a number.
  const words = new Int32Array(block.buffer, block.byteOffset, blockSize / 4);
  let sums = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number;
    sums += (word & 0x00ff00ff) + ((word >>> 8) & 0x00ff00ff);
  }
  let sum = (sums & 0xffff) + (sums >>> 16);
  for (let at = 148; at < 156; at++) sum += 0x20 - (block[at] as number);
  return sum;
}

function signedSumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockSize; at++) if (at < 148 || at >= 156) sum += block.readInt8(at);
  return sum;
}

function joined(prefix: Buffer, name: Buffer): Buffer {
  return Buffer.concat([prefix, Buffer.from('/'), name]);
}

/** Up to the first NUL. A view into the block. */
function field(block: Buffer, start: number, end: number): Buffer {
  const zero = block.indexOf(0, start);
  return block.subarray(start, zero < 0 || zero > end ? end : zero);
}
