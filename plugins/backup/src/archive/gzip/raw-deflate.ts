import { createRequire } from 'node:module';
import { constants, deflateRawSync } from 'node:zlib';
import { windowSize } from './segments.ts';

/**
 * How a stretch is deflated: as the level says, a little faster and larger, or just as gzip does it, to
 * compare.
 */
export type DeflateWay = 'full' | 'quick' | 'gzip';

/** Deflates stretches of data, one after the other, in one thread. */
export interface RawDeflate {
  /**
   * Writes `input` as deflate blocks that end on a byte, none of them the last of a stream, to `output`
   * from `at` on, and returns how many bytes that took; undefined when they are more than `most`.
   * `dictionary`: up to 32 KiB that come before.
   */
  deflate(
    input: Uint8Array,
    dictionary: Uint8Array,
    output: Uint8Array,
    at: number,
    most: number,
    way: DeflateWay,
  ): number | undefined;
  /** Whether the ways differ. */
  readonly hasWays: boolean;
}

/** Shorter blocks than those of zlib's default: smaller, by 2% on dumps, and half the memory. */
const memLevel = 7;
const memLevelOfGzip = 8;

/** The fastest there is for this level, 1 to 9. */
export function rawDeflate(level: number): RawDeflate {
  try {
    return nativeDeflate(level);
  } catch {
    return plainDeflate(level);
  }
}

/** Through `node:zlib`, which sets up a new compressor for every stretch. */
export function plainDeflate(level: number): RawDeflate {
  return {
    hasWays: false,
    deflate(input, dictionary, output, at, most) {
      const deflated = deflateRawSync(input, {
        level,
        memLevel,
        finishFlush: constants.Z_SYNC_FLUSH,
        chunkSize: windowSize,
        ...(dictionary.length === 0 ? {} : { dictionary }),
      });
      if (deflated.length > most) return undefined;
      output.set(deflated, at);
      return deflated.length;
    },
  };
}

/**
 * Level 6, but quick: matches are looked for in 40 places instead of 128, and longer ones may still be
 * given up for the next. On code 18% faster and 0.3% larger.
 */
const quick6 = { goodLength: 8, maxLazy: 64, niceLength: 258, maxChain: 40 };

/** `z_stream` of zlib.h on 64-bit systems, little-endian as all that Node runs on. */
const streamSize = 112;
const fields = { nextIn: 0, availIn: 8, nextOut: 24, availOut: 32 } as const;
const rawWindowBits = -15;
/** The one method of zlib. */
const deflated = 8;

/**
 * Through the zlib inside Node, which Node exports to native add-ons: straight from and to shared
 * memory, without the streams around it. Throws where it cannot be called.
 */
function nativeDeflate(level: number): RawDeflate {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
  if (koffi.sizeof('void *') !== 8) throw new Error('Only for 64-bit systems');
  const zlib = koffi.load(null);
  const pointer = koffi.pointer('void');
  const init = zlib.func(
    'int deflateInit2_(void *stream, int level, int method, int windowBits, int memLevel, int strategy, const char *version, int size)',
  );
  const tune = zlib.func('deflateTune', 'int', [pointer, 'int', 'int', 'int', 'int']);
  const setDictionary = zlib.func('deflateSetDictionary', 'int', [pointer, pointer, 'uint']);
  const run = zlib.func('deflate', 'int', [pointer, 'int']);
  const end = zlib.func('deflateEnd', 'int', [pointer]);

  // Not a piece of a pool: zlib remembers where it is.
  const stream = Buffer.allocUnsafeSlow(streamSize);
  const { zlib: version } = process.versions;
  const { Z_DEFAULT_STRATEGY, Z_SYNC_FLUSH } = constants;
  const check = (result: number, call: string) => {
    if (result !== constants.Z_OK) throw new Error(`${call} of zlib failed: ${result}`);
  };
  const start = (way: DeflateWay) => {
    stream.fill(0);
    const window = rawWindowBits;
    const memory = way === 'gzip' ? memLevelOfGzip : memLevel;
    const strategy = Z_DEFAULT_STRATEGY;
    check(
      init(stream, level, deflated, window, memory, strategy, version, streamSize),
      'deflateInit2',
    );
  };
  start('full');
  end(stream);
  return {
    hasWays: level === 6,
    deflate(input, dictionary, output, at, most, way) {
      // Not deflateReset: what is left in the window of the stretch before would show in the output.
      start(way);
      if (way === 'quick' && level === 6) {
        const { goodLength, maxLazy, niceLength, maxChain } = quick6;
        check(tune(stream, goodLength, maxLazy, niceLength, maxChain), 'deflateTune');
      }
      if (dictionary.length > 0) {
        check(setDictionary(stream, dictionary, dictionary.length), 'deflateSetDictionary');
      }
      stream.writeBigUInt64LE(koffi.address(input), fields.nextIn);
      stream.writeUInt32LE(input.length, fields.availIn);
      stream.writeBigUInt64LE(koffi.address(output) + BigInt(at), fields.nextOut);
      // One byte more than may be used: when it is left, nothing was kept back.
      stream.writeUInt32LE(most + 1, fields.availOut);
      run(stream, Z_SYNC_FLUSH);
      const left = stream.readUInt32LE(fields.availOut);
      end(stream);
      return left === 0 ? undefined : most + 1 - left;
    },
  };
}
