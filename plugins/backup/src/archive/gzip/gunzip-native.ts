import { createRequire } from 'node:module';
import { GzipDamage, type InflaterMaker } from './gunzip.ts';

type Koffi = typeof import('koffi');

/** Where the fields of zlib's `z_stream` are on 64-bit systems, and how long it is. */
const stream = { nextIn: 0, availIn: 8, nextOut: 24, availOut: 32, length: 112 };
const rawDeflate = -15;
const noFlush = 0;
const ok = 0;
const streamEnd = 1;
const bufferError = -5;

/**
 * Inflates with the zlib that Node itself carries and exports for addons, called directly: into
 * memory of the caller's, without a thread pool and without a new buffer for every piece, which
 * takes two thirds of the time. Undefined where that cannot be had; then Node's streams do it.
 *
 * `room` gives the memory to inflate into; what was filled is passed on at once.
 */
export function nativeInflaterMaker(
  room: () => Buffer,
  load: () => Koffi = loadKoffi,
): InflaterMaker | undefined {
  if (!/^(?:x64|arm64)$/.test(process.arch)) return undefined;
  try {
    return makerWith(load(), room);
  } catch {
    return undefined;
  }
}

function loadKoffi(): Koffi {
  return createRequire(import.meta.url)('koffi');
}

function makerWith(koffi: Koffi, room: () => Buffer): InflaterMaker {
  const zlib = koffi.load(null);
  const pointer = koffi.pointer('void');
  const version = zlib.func('zlibVersion', 'str', [])() as string;
  const init = zlib.func('inflateInit2_', 'int', [pointer, 'int', 'str', 'int']);
  const inflate = zlib.func('inflate', 'int', [pointer, 'int']);
  const end = zlib.func('inflateEnd', 'int', [pointer]);
  return (pass) => {
    // zlib keeps the address of this, so it must not move: a buffer of its own does not.
    const state = Buffer.allocUnsafeSlow(stream.length).fill(0);
    if (init(state, rawDeflate, version, stream.length) !== ok)
      throw new Error('zlib has no memory for another stream.');
    let hasEnded = false;
    let isClosed = false;
    const inflateInto = (out: Buffer): number => {
      state.writeBigUInt64LE(BigInt(koffi.address(out)), stream.nextOut);
      state.writeUInt32LE(out.length, stream.availOut);
      return inflate(state, noFlush) as number;
    };
    return {
      feed(bytes) {
        state.writeBigUInt64LE(BigInt(koffi.address(bytes)), stream.nextIn);
        state.writeUInt32LE(bytes.length, stream.availIn);
        for (;;) {
          const out = room();
          const result = inflateInto(out);
          const left = state.readUInt32LE(stream.availOut);
          const taken = bytes.length - state.readUInt32LE(stream.availIn);
          if (left < out.length) pass(out.subarray(0, out.length - left));
          if (result === streamEnd) hasEnded = true;
          else if (result !== ok && result !== bufferError)
            throw new GzipDamage('damaged data', taken);
          // Room that is left over means that there is nothing more to inflate.
          if (hasEnded || left > 0) return taken;
        }
      },
      ended: () => hasEnded,
      close() {
        if (!isClosed) end(state);
        isClosed = true;
      },
    };
  };
}
