import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { LogScan, type ScannedPart } from './scan.ts';
import { isDetail } from './signature.ts';

/** A piece of a log file; the whole of a packed one. */
export interface LogPart {
  path: string;
  from: number;
  /** Lines that begin before it belong to this part. */
  to: number;
}

const chunkBytes = 128 * 1024;
/** A line above this is cut: not every log is text. */
const longestLine = 1024 * 1024;
const lf = 0x0a;

/** The errors in one part. @throws what the file system throws */
export function scanPart(part: LogPart): Promise<ScannedPart> {
  return part.path.endsWith('.gz') ? scanPacked(part.path) : Promise.resolve(scanPlain(part));
}

/** Both neighbours of a border find the same line: the first behind it that begins something, and is no detail of what is above. */
function lineFrom(fd: number, at: number, size: number): number {
  if (at <= 0) return 0;
  const block = Buffer.alloc(Math.min(128 * 1024, size - at + 1));
  const read = readSync(fd, block, 0, block.length, at - 1);
  let first: number | undefined;
  for (
    let index = block.indexOf(lf);
    index !== -1 && index + 1 < read;
    index = block.indexOf(lf, index + 1)
  ) {
    first ??= at + index;
    const begin = block.toString('latin1', index + 1, Math.min(read, index + 20));
    if (!isDetail(begin)) return at + index;
  }
  return first ?? Math.min(size, at + read);
}

function scanPlain({ path, from, to }: LogPart): ScannedPart {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(fd);
    const scan = new LogScan();
    const end = to >= size ? size : lineFrom(fd, to, size);
    const block = Buffer.allocUnsafe(chunkBytes);
    let rest = '';
    for (let at = lineFrom(fd, from, size); at < end; ) {
      const read = readSync(fd, block, 0, Math.min(block.length, end - at), at);
      if (read === 0) break;
      at += read;
      rest = pushLines(scan, rest, block.toString('latin1', 0, read));
    }
    if (rest !== '') scan.push(rest);
    return scan.end();
  } finally {
    closeSync(fd);
  }
}

/** Hands on the whole lines, and keeps the begun one. */
function pushLines(scan: LogScan, rest: string, text: string): string {
  const at = text.lastIndexOf('\n');
  if (at === -1 && rest.length + text.length < longestLine) return rest + text;
  scan.push(rest + text.slice(0, at === -1 ? text.length : at + 1));
  return at === -1 ? '' : text.slice(at + 1);
}

async function scanPacked(path: string): Promise<ScannedPart> {
  const scan = new LogScan();
  const packed = createReadStream(path, { highWaterMark: 128 * 1024 });
  const unpacked = packed.pipe(createGunzip({ chunkSize: chunkBytes }));
  packed.on('error', (error) => unpacked.destroy(error));
  let rest = '';
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      rest = pushLines(scan, rest, chunk.toString('latin1', 0, chunk.length));
    }
  } finally {
    packed.destroy();
  }
  if (rest !== '') scan.push(rest);
  return scan.end();
}
