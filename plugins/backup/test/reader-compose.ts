import { gzipSync } from 'node:zlib';
import { TarReader } from '../src/archive/tar/reader.ts';
import type { ReadEntry } from '../src/archive/tar/reader-entry.ts';

/** Archives put together byte by byte, right or wrong. */
export interface HeaderFields {
  name: string | Buffer;
  type?: string;
  size?: number;
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  linkName?: string | Buffer;
  userName?: string;
  groupName?: string;
  prefix?: string;
  flavour?: 'posix' | 'gnu' | 'v7';
  /** Changes the block before its checksum is computed. */
  patch?: (block: Buffer) => void;
}

const bytes = (text: string | Buffer): Buffer => Buffer.from(text as string);

export function header(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  bytes(fields.name).copy(block, 0, 0, 100);
  octal(fields.mode ?? 0o644, 100, 8);
  octal(fields.uid ?? 0, 108, 8);
  octal(fields.gid ?? 0, 116, 8);
  octal(fields.size ?? 0, 124, 12);
  octal(fields.mtime ?? 1_700_000_000, 136, 12);
  block.write(fields.type ?? '0', 156, 'latin1');
  bytes(fields.linkName ?? '').copy(block, 157, 0, 100);
  const flavour = fields.flavour ?? 'posix';
  if (flavour === 'posix') block.write('ustar\x0000', 257, 'latin1');
  if (flavour === 'gnu') block.write('ustar  \0', 257, 'latin1');
  block.write(fields.userName ?? '', 265);
  block.write(fields.groupName ?? '', 297);
  block.write(fields.prefix ?? '', 345);
  fields.patch?.(block);
  return withChecksum(block);
}

export function withChecksum(block: Buffer): Buffer {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

export function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A header and its content; the size is the content's unless it is given. */
export function member(fields: HeaderFields, content: string | Buffer = ''): Buffer {
  const data = bytes(content);
  return Buffer.concat([header({ size: data.length, ...fields }), padded(data)]);
}

export function paxRecords(records: Record<string, string | Buffer>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.concat([bytes(` ${key}=`), bytes(value), bytes('\n')]);
      let length = rest.length + 1;
      while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
      return Buffer.concat([bytes(`${length}`), rest]);
    }),
  );
}

export function pax(records: Record<string, string | Buffer>, type = 'x'): Buffer {
  return member({ name: 'PaxHeader', type }, paxRecords(records));
}

export const endBlocks = Buffer.alloc(1024);

export function archive(...parts: Buffer[]): Buffer {
  return Buffer.concat([...parts, endBlocks]);
}

export function archiveGz(...parts: Buffer[]): Buffer {
  return gzipSync(archive(...parts), { level: 1 });
}

export interface WholeEntry extends ReadEntry {
  content: Buffer;
}

/** All members with their content, holes filled; the tar is handed over in pieces of the given sizes. */
export function readAll(
  tar: Buffer,
  pieces: readonly number[] = [tar.length],
): {
  entries: WholeEntry[];
  reader: TarReader;
} {
  const reader = new TarReader(sourceOf(tar, pieces));
  const entries: WholeEntry[] = [];
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) {
    const content = Buffer.alloc(entry.size);
    for (let piece = reader.read(); piece !== undefined; piece = reader.read())
      piece.copy(content, reader.fileOffset);
    entries.push({ ...entry, content });
  }
  return { entries, reader };
}

export function sourceOf(tar: Buffer, pieces: readonly number[] = [tar.length]) {
  let at = 0;
  let turn = 0;
  // One buffer for all pieces: what is kept without being copied shows.
  const shared = Buffer.alloc(Math.max(1, ...pieces));
  return {
    next(): Buffer | undefined {
      if (at >= tar.length) return undefined;
      const length = Math.min(pieces[turn++ % pieces.length] ?? 1, tar.length - at);
      shared.fill(0xee);
      tar.copy(shared, 0, at, at + length);
      at += length;
      return shared.subarray(0, length);
    },
  };
}
