import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { constants, gunzipSync, inflateRawSync } from 'node:zlib';
import { temporaryFolder } from '@om-ops/test-support/temp';
import fc from 'fast-check';
import { SegmentDeflater } from '../src/archive/gzip/deflate-segment.ts';
import { type Effort, EffortChoice, efforts } from '../src/archive/gzip/effort.ts';
import { plainDeflate, rawDeflate } from '../src/archive/gzip/raw-deflate.ts';
import { deflatedSize, segmentSize, windowSize } from '../src/archive/gzip/segments.ts';
import { type GzipStreamOptions, gzipStream } from '../src/archive/gzip/stream.ts';

/** Collects what is written to it. */
class Collector extends Writable {
  readonly chunks: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }
}

async function gzipped(data: readonly Uint8Array[], options?: GzipStreamOptions) {
  const output = new Collector();
  const totals = await gzipStream(Readable.from(data), output, options);
  return { bytes: Buffer.concat(output.chunks), totals };
}

const text = Buffer.from(
  Array.from({ length: 40_000 }, (_, n) => `const value${n} = compute(${n % 97}, 'x');\n`).join(''),
);
const noise = randomBytes(3_000_000);

test('what is compressed comes back, whatever it is and however it comes', async () => {
  const piece = fc.oneof(
    fc.tuple(fc.constant(text), fc.nat(300_000)),
    fc.tuple(fc.constant(noise), fc.nat(300_000)),
    fc.tuple(fc.constant(Buffer.alloc(300_000)), fc.nat(300_000)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 3 }),
      async (pieces, level, workers) => {
        const data = pieces.map(([source, length]) => source.subarray(0, length));
        const raw = Buffer.concat(data);
        const { bytes, totals } = await gzipped(data, { level, workers });
        assert.ok(gunzipSync(bytes).equals(raw));
        assert.equal(totals.rawBytes, raw.length);
        assert.equal(totals.bytes, bytes.length);
        assert.equal(totals.sha256, createHash('sha256').update(bytes).digest('hex'));
      },
    ),
    { numRuns: 30 },
  );
});

test('the ends of segments are no trouble', async () => {
  for (const length of [0, 1, segmentSize - 1, segmentSize, segmentSize + 1, 2 * segmentSize]) {
    for (const source of [text, noise]) {
      const { bytes } = await gzipped([source.subarray(0, length)]);
      assert.ok(gunzipSync(bytes).equals(source.subarray(0, length)), String(length));
    }
  }
});

test('it is one member that gzip and pigz take', async (context) => {
  const path = join(temporaryFolder(context), 'a.gz');
  const { bytes } = await gzipped([text, noise, text]);
  writeFileSync(path, bytes);
  execFileSync('gzip', ['-t', path]);
  execFileSync('pigz', ['-t', path]);
  const length = text.length * 2 + noise.length;
  const listing = execFileSync('gzip', ['-l', path], { encoding: 'utf8' });
  assert.match(listing, new RegExp(` ${length} `));
  // A second member would end the first.
  assert.equal(inflateRawSync(bytes.subarray(10)).length, length);
});

test('the output does not depend on which thread was faster', async () => {
  const hashes = new Set<string>();
  const data = Array.from({ length: 12 }, (_, n) => (n % 3 === 0 ? noise : text));
  for (let run = 0; run < 4; run += 1) hashes.add((await gzipped(data)).totals.sha256);
  assert.equal(hashes.size, 1);
});

test('data that is compressed already is stored, next to text that is not', async () => {
  const data = [text.subarray(0, 500_000), noise, text.subarray(0, 500_000)];
  const { bytes } = await gzipped(data);
  const alone = (await gzipped([data[0]!, data[2]!])).bytes.length;
  assert.ok(bytes.length < noise.length + alone + 20_000);
  // Five bytes for every 65,535, and what the neighbours lose.
  assert.ok(bytes.length > noise.length);
});

test('random data that repeats itself is not stored', async () => {
  for (const length of [1_000, 10_000, 30_000]) {
    const repeated = Buffer.concat(Array(60).fill(noise.subarray(0, length)));
    const { bytes } = await gzipped([repeated]);
    assert.ok(bytes.length < repeated.length / 4, `${length}: ${bytes.length}`);
  }
});

test('it is no more than a percent larger than gzip -6', async (context) => {
  const path = join(temporaryFolder(context), 'data');
  const rows = Array.from(
    { length: 60_000 },
    (_, n) => `(${n},'${(n * 7919) % 10_007}','Maria Papadopoulos','baptism','Athens',NULL),`,
  );
  const samples = { text, noise, rows: Buffer.from(rows.join('\n')) };
  for (const [name, data] of Object.entries(samples)) {
    writeFileSync(path, data);
    const theirs = execFileSync('gzip', ['-6', '-c', path], { maxBuffer: 1e9 }).length;
    const { bytes } = await gzipped([data]);
    assert.ok(bytes.length <= theirs * 1.01, `${name}: ${bytes.length} > ${theirs}`);
  }
});

test('both ways to deflate give what inflates, with and without a dictionary', () => {
  const output = Buffer.alloc(deflatedSize);
  for (const raw of [rawDeflate(6), plainDeflate(6), rawDeflate(1), rawDeflate(9)]) {
    const deflater = new SegmentDeflater(raw);
    for (const effort of Object.values(efforts) as Effort[]) {
      for (const source of [text, noise, Buffer.alloc(segmentSize * 2)]) {
        const segment = source.subarray(windowSize, windowSize + segmentSize);
        for (const dictionary of [source.subarray(0, windowSize), Buffer.alloc(0)]) {
          const { length } = deflater.deflate(segment, dictionary, output, effort);
          const inflated = inflateRawSync(output.subarray(0, length), {
            dictionary,
            finishFlush: constants.Z_SYNC_FLUSH,
          });
          assert.ok(inflated.equals(segment));
        }
      }
    }
  }
  assert.equal(rawDeflate(6).hasWays, true);
});

test('quick is given up where it costs too much', () => {
  const choice = new EffortChoice(4);
  assert.equal(choice.of(0), efforts.compare);
  assert.equal(choice.of(1), efforts.quick);
  choice.compared(0, 10_000, 200);
  assert.equal(choice.of(3), efforts.quick);
  assert.equal(choice.of(4), efforts.full);
  for (let segment = 5; segment < 48; segment += 1) choice.of(segment);
  assert.equal(choice.of(48), efforts.compare);
  choice.compared(48, 10_000, -150);
  assert.equal(choice.of(52), efforts.quick);
});

test('a file handle and a descriptor are outputs, and stay open', async (context) => {
  const path = join(temporaryFolder(context), 'a.gz');
  const handle = await open(path, 'w');
  await gzipStream(Readable.from([text]), handle);
  await handle.close();
  assert.ok(gunzipSync(readFileSync(path)).equals(text));
  const fd = openSync(path, 'w');
  await gzipStream(Readable.from([text]), fd);
  closeSync(fd);
  assert.ok(gunzipSync(readFileSync(path)).equals(text));
});

test('a slow output holds up the input', async () => {
  let asked = 0;
  let written = 0;
  async function* input() {
    for (; asked < 300; asked += 1) yield noise.subarray(0, segmentSize);
  }
  const ahead: number[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.length;
      ahead.push(asked * segmentSize - written);
      setTimeout(done, 1);
    },
  });
  await gzipStream(input(), output, { workers: 2 });
  assert.ok(Math.max(...ahead) < 5_000_000);
});

test('the first error of either side is what it rejects with', async () => {
  async function* failing() {
    yield noise;
    throw new Error('the dump failed');
  }
  await assert.rejects(gzipStream(failing(), new Collector()), { message: 'the dump failed' });
  const full = openSync('/dev/full', 'w');
  async function* hanging() {
    yield Buffer.concat([noise, noise]);
    await new Promise(() => undefined);
  }
  await assert.rejects(gzipStream(hanging(), full), { code: 'ENOSPC' });
  closeSync(full);
});

test('an abort ends it while the input hangs', async () => {
  const stop = new AbortController();
  const input = new PassThrough();
  input.write(noise);
  const reason = new Error('enough');
  const done = gzipStream(input, new Collector(), {
    signal: stop.signal,
    onBytes: () => setImmediate(() => stop.abort(reason)),
  });
  await assert.rejects(done, reason);
  await assert.rejects(gzipStream(input, new Collector(), { signal: stop.signal }), reason);
});

test('an error in a thread is an error', async () => {
  for (const data of [[noise], [text.subarray(0, 100)]]) {
    await assert.rejects(gzipped(data, { level: 99 }), { code: 'ERR_OUT_OF_RANGE' });
  }
});
