import type { Extent } from '../posix/calls.ts';
import { TarDamage } from './reader-damage.ts';
import { parseNumber } from './reader-header.ts';
import type { PaxRecords } from './reader-pax.ts';

/** More stretches than any file system makes of a file; the map is held in memory. */
const mostExtents = 300_000;

export interface SparseMap {
  /** The length of the file, holes included. */
  size: number;
  extents: Extent[];
}

/** Checks that the stretches ascend, stay within the file and add up to what is stored. */
export function checkSparse(map: SparseMap, storedSize: number, offset: number): SparseMap {
  let end = 0;
  let stored = 0;
  for (const { offset: start, length } of map.extents) {
    if (start < end || start + length > map.size)
      throw new TarDamage('a sparse file whose map contradicts itself', offset);
    end = start + length;
    stored += length;
  }
  if (stored !== storedSize)
    throw new TarDamage('a sparse file whose map does not fit its data', offset);
  return { size: map.size, extents: map.extents.filter(({ length }) => length > 0) };
}

/** The old GNU form: four stretches in the header, 21 in each block that follows it. */
export function gnuSparse(header: Buffer, nextBlock: () => Buffer, offset: number): SparseMap {
  const extents: Extent[] = [];
  const take = (block: Buffer, start: number, count: number): void => {
    for (let at = start; at < start + count * 24 && block[at + 12] !== 0; at += 24)
      addExtent(extents, number(block, at, offset), number(block, at + 12, offset), offset);
  };
  take(header, 386, 4);
  const size = number(header, 483, offset);
  for (let more = header[482] !== 0; more; ) {
    const block = nextBlock();
    take(block, 0, 21);
    more = block[504] !== 0;
  }
  return { size, extents };
}

/** Versions 0.0 and 0.1 of the pax form, all in the records; undefined when there is no map. */
export function paxSparse(records: PaxRecords, offset: number): SparseMap | undefined {
  let size: number | undefined;
  let start: number | undefined;
  const extents: Extent[] = [];
  const decimal = (text: string): number => decimalNumber(text, offset);
  for (const { key, value } of records) {
    if (key === 'GNU.sparse.size') size = decimal(value.toString());
    else if (key === 'GNU.sparse.offset') start = decimal(value.toString());
    else if (key === 'GNU.sparse.numbytes') {
      if (start === undefined)
        throw new TarDamage('a sparse file whose map contradicts itself', offset);
      addExtent(extents, start, decimal(value.toString()), offset);
      start = undefined;
    } else if (key === 'GNU.sparse.map') {
      const numbers = value.length === 0 ? [] : value.toString().split(',');
      if (numbers.length % 2 !== 0)
        throw new TarDamage('a sparse file whose map contradicts itself', offset);
      for (let at = 0; at < numbers.length; at += 2)
        addExtent(extents, decimal(numbers[at] ?? ''), decimal(numbers[at + 1] ?? ''), offset);
    }
  }
  return size === undefined ? undefined : { size, extents };
}

/**
 * Version 1.0: decimal lines before the data, padded to a whole block. `nextBlock` takes the blocks
 * of the data one by one.
 */
export function leadingSparse(size: number, nextBlock: () => Buffer, offset: number): SparseMap {
  let block: Buffer = Buffer.alloc(0);
  let at = 0;
  const line = (): number => {
    let text = '';
    for (;;) {
      if (at === block.length) {
        block = nextBlock();
        at = 0;
      }
      const byte = block[at++] as number;
      if (byte === 0x0a) return decimalNumber(text, offset);
      text += String.fromCharCode(byte);
      if (text.length > 20) throw new TarDamage('a sparse file whose map is unreadable', offset);
    }
  };
  const extents: Extent[] = [];
  const count = line();
  for (let index = 0; index < count; index++) {
    const start = line();
    addExtent(extents, start, line(), offset);
  }
  return { size, extents };
}

export function decimalNumber(text: string, offset: number): number {
  if (!/^\d{1,16}$/.test(text) || Number(text) > Number.MAX_SAFE_INTEGER)
    throw new TarDamage(`an impossible number (${JSON.stringify(text.slice(0, 30))})`, offset);
  return Number(text);
}

function addExtent(extents: Extent[], offset: number, length: number, at: number): void {
  if (extents.length === mostExtents)
    throw new TarDamage(`a sparse file in more than ${mostExtents} pieces`, at);
  extents.push({ offset, length });
}

function number(block: Buffer, at: number, offset: number): number {
  const value = parseNumber(block, at, at + 12);
  if (value === undefined || value < 0 || value > Number.MAX_SAFE_INTEGER)
    throw new TarDamage('a sparse file whose map is unreadable', offset);
  return value;
}
