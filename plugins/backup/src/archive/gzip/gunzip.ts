import { crc32, createInflateRaw } from 'node:zlib';

/** What was found once a gzip file was read to its end. */
export interface GunzipSummary {
  /** Of the file, with everything after the last member. */
  compressedBytes: number;
  /** What came out. */
  bytes: number;
  members: number;
  /** Bytes after the last member that are not padding (zeros), from `trailingOffset` on. */
  trailing: number;
  trailingOffset: number;
}

/** A gzip file that is cut off or not what it says it is. `offset` counts compressed bytes. */
export class GzipDamage extends Error {
  override readonly name = 'GzipDamage';
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

export interface Gunzip {
  /** Resolves when the chunk has been taken up; it must not be changed before. Rejects with GzipDamage. */
  write(chunk: Buffer): Promise<void>;
  /** Throws GzipDamage when the file ends too early. */
  end(): GunzipSummary;
  /** Frees what is held, at any time. */
  close(): void;
}

/** Inflates the compressed data of one member: raw deflate. */
export interface Inflater {
  /** How many of the bytes it took. Throws GzipDamage, its offset counted from the first of them. */
  feed(bytes: Buffer): number | Promise<number>;
  /** Whether the end of the member's data was among them. */
  ended(): boolean;
  close(): void;
}

/** Makes one for a member. `pass` is called synchronously or before `feed` resolves. */
export type InflaterMaker = (pass: (bytes: Buffer) => void) => Inflater;

const largestHeader = 256 * 1024;
const trailerBytes = 8;

/**
 * Inflates a gzip file of any number of members, checking each one's CRC and length.
 * `onBytes` is called synchronously; `write` rejects with what it throws.
 *
 * Node's own Gunzip neither tells where the file broke nor what stood behind the last member.
 */
export function createGunzip(
  onBytes: (bytes: Buffer) => void,
  makeInflater: InflaterMaker = streamInflater,
): Gunzip {
  let state: 'start' | 'header' | 'body' | 'trailer' | 'between' | 'padding' | 'trailing' = 'start';
  /** A header or a trailer that came in pieces. */
  let held: Buffer = Buffer.alloc(0);
  let inflater: Inflater | undefined;
  let crc = 0;
  let memberBytes = 0;
  let offset = 0;
  const summary = { bytes: 0, members: 0, trailing: 0, trailingOffset: 0 };

  const pass = (bytes: Buffer): void => {
    crc = crc32(bytes, crc);
    memberBytes += bytes.length;
    onBytes(bytes);
  };
  const body = async (open: Inflater, bytes: Buffer): Promise<number> => {
    try {
      const taken = await open.feed(bytes);
      if (open.ended()) {
        open.close();
        inflater = undefined;
        state = 'trailer';
      }
      return taken;
    } catch (error) {
      throw error instanceof GzipDamage
        ? new GzipDamage(error.message, offset + error.offset)
        : error;
    }
  };
  /** Takes up to `wanted` bytes in all into `held`; how many came from the chunk. */
  const hold = (chunk: Buffer, wanted: number): number => {
    const taken = Math.min(wanted - held.length, chunk.length);
    held = Buffer.concat([held, chunk.subarray(0, taken)]);
    return taken;
  };
  const header = (chunk: Buffer): number => {
    const before = held.length;
    hold(chunk, largestHeader);
    const length = headerLength(held, offset - before);
    if (length === undefined) {
      if (held.length >= largestHeader) throw new GzipDamage('a header without end', offset);
      return chunk.length;
    }
    held = Buffer.alloc(0);
    crc = 0;
    memberBytes = 0;
    inflater = makeInflater(pass);
    state = 'body';
    return length - before;
  };
  const trailer = (chunk: Buffer): number => {
    const taken = hold(chunk, trailerBytes);
    if (held.length < trailerBytes) return taken;
    if (held.readUInt32LE(0) !== crc)
      throw new GzipDamage('the checksum (CRC-32) of its content differs', offset);
    if (held.readUInt32LE(4) !== memberBytes % 2 ** 32)
      throw new GzipDamage('the length of its content differs', offset);
    held = Buffer.alloc(0);
    summary.bytes += memberBytes;
    summary.members += 1;
    state = 'between';
    return taken;
  };
  const rest = (chunk: Buffer): number => {
    if (state === 'between' && chunk[0] === 0x1f) {
      state = 'header';
      return 0;
    }
    let zeros = 0;
    if (state !== 'trailing') {
      state = 'padding';
      while (zeros < chunk.length && chunk[zeros] === 0) zeros++;
    }
    if (zeros < chunk.length) {
      if (state === 'padding') summary.trailingOffset = offset + zeros;
      state = 'trailing';
      summary.trailing += chunk.length - zeros;
    }
    return chunk.length;
  };

  return {
    async write(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const bytes = at === 0 ? chunk : chunk.subarray(at);
        let taken: number;
        if (state === 'body' && inflater) taken = await body(inflater, bytes);
        else if (state === 'trailer') taken = trailer(bytes);
        else if (state === 'start' || state === 'header') taken = header(bytes);
        else taken = rest(bytes);
        offset += taken;
        at += taken;
      }
    },
    end() {
      if (state === 'start' && held.length === 0) throw new GzipDamage('an empty file', 0);
      if (state === 'start' || state === 'header' || state === 'body' || state === 'trailer')
        throw new GzipDamage('cut off in the middle of the compressed data', offset);
      return { compressedBytes: offset, ...summary };
    },
    close() {
      inflater?.close();
    },
  };
}

/** With Node's own streams. */
function streamInflater(pass: (bytes: Buffer) => void): Inflater {
  const stream = createInflateRaw({ chunkSize: 512 * 1024 });
  let ended = false;
  let failed: ((error: unknown) => void) | undefined;
  /** What `pass` threw. Thrown in there it would be uncaught: nothing of ours is below it on the stack. */
  let thrown: { error: unknown } | undefined;
  const take = (bytes: Buffer): void => {
    try {
      if (!thrown) pass(bytes);
    } catch (error) {
      thrown = { error };
    }
  };
  // A microtask runs when zlib has been set to the next piece, which it inflates in the meantime,
  // and before anybody learns that the last piece was taken.
  stream.on('data', (bytes: Buffer) => queueMicrotask(() => take(bytes)));
  stream.on('error', (error) => failed?.(new GzipDamage(`damaged data (${error.message})`, 0)));
  const write = (bytes: Buffer): Promise<number> =>
    new Promise((resolve, reject) => {
      const before = stream.bytesWritten;
      failed = reject;
      stream.write(bytes, (error) => {
        if (!error) resolve(stream.bytesWritten - before);
      });
    });
  return {
    async feed(bytes) {
      const taken = await write(bytes);
      if (thrown) throw thrown.error;
      ended = taken < bytes.length;
      return taken;
    },
    ended: () => ended,
    close: () => stream.destroy(),
  };
}

/** Where the header ends; undefined while more is needed. `offset` is where it starts. */
function headerLength(bytes: Buffer, offset: number): number | undefined {
  const magic = [0x1f, 0x8b, 8];
  for (let at = 0; at < Math.min(magic.length, bytes.length); at++)
    if (bytes[at] !== magic[at]) throw new GzipDamage('no gzip header', offset);
  if (bytes.length < 10) return undefined;
  const flags = bytes[3] as number;
  if (flags & 0xe0) throw new GzipDamage('a gzip header with unknown flags', offset);
  let at = 10;
  if (flags & 4) {
    if (bytes.length < at + 2) return undefined;
    at += 2 + bytes.readUInt16LE(at);
  }
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = at <= bytes.length ? bytes.indexOf(0, at) : -1;
    if (end < 0) return undefined;
    at = end + 1;
  }
  if (flags & 2) {
    if (bytes.length < at + 2) return undefined;
    if (bytes.readUInt16LE(at) !== (crc32(bytes.subarray(0, at)) & 0xffff))
      throw new GzipDamage('a gzip header whose checksum differs', offset);
    at += 2;
  }
  return bytes.length < at ? undefined : at;
}
