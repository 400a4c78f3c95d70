import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { createGunzip, type GunzipSummary, GzipDamage } from '../src/archive/gzip/gunzip.ts';
import { nativeInflaterMaker } from '../src/archive/gzip/gunzip-native.ts';

interface Inflated {
  content: Buffer;
  summary: GunzipSummary;
}

type Inflate = (file: Buffer, piece?: number) => Promise<Inflated>;

async function feed(
  file: Buffer,
  piece: number,
  gunzip: ReturnType<typeof createGunzip>,
  pieces: Buffer[],
): Promise<Inflated> {
  try {
    for (let at = 0; at < file.length; at += piece)
      await gunzip.write(Buffer.from(file.subarray(at, at + piece)));
    return { summary: gunzip.end(), content: Buffer.concat(pieces) };
  } finally {
    gunzip.close();
  }
}

const withStreams: Inflate = (file, piece = file.length) => {
  const pieces: Buffer[] = [];
  return feed(
    file,
    piece,
    createGunzip((bytes) => pieces.push(Buffer.from(bytes))),
    pieces,
  );
};

const natively: Inflate = (file, piece = file.length) => {
  const pieces: Buffer[] = [];
  // Small and shared: a piece that is not taken at once is overwritten.
  const room = Buffer.allocUnsafeSlow(1000);
  const maker = nativeInflaterMaker(() => room);
  assert.ok(maker);
  return feed(
    file,
    piece,
    createGunzip((bytes) => pieces.push(Buffer.from(bytes)), maker),
    pieces,
  );
};

const text = Buffer.concat([Buffer.from('gzip '.repeat(5000)), randomBytes(3000)]);

for (const [how, inflate] of [
  ['with streams', withStreams],
  ['natively', natively],
] as const) {
  test(`${how}: any number of members, in pieces of any size`, async () => {
    const file = Buffer.concat([
      gzipSync(text),
      gzipSync(''),
      gzipSync(text, { level: 0 }),
      Buffer.alloc(700),
    ]);
    for (const piece of [1, 7, 100, 511, 4096, file.length]) {
      const { content, summary } = await inflate(file, piece);
      assert.ok(content.equals(Buffer.concat([text, text])));
      assert.deepEqual(summary, {
        compressedBytes: file.length,
        bytes: text.length * 2,
        members: 3,
        trailing: 0,
        trailingOffset: 0,
      });
    }
  });

  test(`${how}: a sync flush and a member that ends with a piece`, async () => {
    const gzip = createGzip();
    const parts: Buffer[] = [];
    gzip.on('data', (part: Buffer) => parts.push(part));
    gzip.write(text.subarray(0, 1000));
    await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
    gzip.end(text.subarray(1000));
    await new Promise((resolve) => gzip.on('end', resolve));
    const file = Buffer.concat(parts);
    for (const piece of [file.length - 8, file.length - 4, file.length - 9]) {
      const { content } = await inflate(Buffer.concat([file, file]), piece);
      assert.equal(content.length, text.length * 2);
    }
  });

  test(`${how}: a header with every field, and a wrong one`, async () => {
    const body = gzipSync(text).subarray(10);
    const head = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 4 | 8 | 16, 0, 0, 0, 0, 0, 3]),
      Buffer.from([5, 0, 1, 2, 3, 4, 5]),
      Buffer.from('name\0comment\0'),
    ]);
    for (const piece of [1, 1000])
      assert.ok((await inflate(Buffer.concat([head, body]), piece)).content.equals(text));
    const wrong = Buffer.from(head);
    wrong[3] = 0xe0;
    await assert.rejects(inflate(Buffer.concat([wrong, body])), GzipDamage);
    wrong[3] = 2;
    await assert.rejects(inflate(Buffer.concat([wrong, body])), /checksum/);
    await assert.rejects(inflate(Buffer.from('PK\u0003\u0004 not gzip at all')), /no gzip header/);
    await assert.rejects(inflate(Buffer.alloc(0)), /empty/);
  });

  test(`${how}: cut anywhere it says so`, async () => {
    const file = Buffer.concat([gzipSync(text.subarray(0, 300)), gzipSync('second')]);
    const boundary = gzipSync(text.subarray(0, 300)).length;
    for (let length = 0; length < file.length; length++) {
      if (length === boundary) continue;
      await assert.rejects(inflate(file.subarray(0, length), 50), (error: unknown) => {
        assert.ok(error instanceof GzipDamage);
        assert.match(error.message, /cut off|empty/);
        assert.ok(error.offset <= length);
        return true;
      });
    }
  });

  test(`${how}: a bit that flipped is found, or changes nothing`, async () => {
    const file = gzipSync(text.subarray(0, 2000));
    for (let bit = 0; bit < file.length * 8; bit += 13) {
      const flipped = Buffer.from(file);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const result = await inflate(flipped).catch((error: unknown) => error);
      if (result instanceof Error) assert.ok(result instanceof GzipDamage, String(result));
      // Some bits mean nothing: the time in the header, which of many equal stretches is repeated.
      else assert.ok((result as Inflated).content.equals(text.subarray(0, 2000)));
    }
  });

  test(`${how}: tells what stands behind the last member`, async () => {
    const file = gzipSync(text);
    const { summary } = await inflate(
      Buffer.concat([file, Buffer.alloc(10), Buffer.from('garbage')]),
      1000,
    );
    assert.equal(summary.trailing, 7);
    assert.equal(summary.trailingOffset, file.length + 10);
  });

  test(`${how}: what the receiver throws comes out`, async () => {
    const gunzip = createGunzip(
      () => {
        throw new RangeError('enough');
      },
      how === 'natively' ? nativeInflaterMaker(() => Buffer.alloc(100)) : undefined,
    );
    await assert.rejects(gunzip.write(gzipSync(text)), RangeError);
    gunzip.close();
  });
}

test('without native calls there is no native inflater', () => {
  const maker = nativeInflaterMaker(
    () => Buffer.alloc(1),
    () => {
      throw new Error('no koffi');
    },
  );
  assert.equal(maker, undefined);
});
