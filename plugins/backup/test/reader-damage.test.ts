import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TarDamage } from '../src/archive/tar/reader-damage.ts';
import { archive, header, member, pax, readAll } from './reader-compose.ts';

const small = archive(
  member({ name: 'a' }, 'a'.repeat(700)),
  pax({ path: `${'long/'.repeat(40)}b` }),
  member({ name: 'b' }, 'b'.repeat(512)),
  header({ name: 'c', type: '5' }),
);

const damage = (pattern: RegExp, lastWhole?: string) => (error: unknown) => {
  assert.ok(error instanceof TarDamage, String(error));
  assert.match(error.message, pattern);
  assert.equal(error.lastWhole?.toString(), lastWhole);
  return true;
};

test('cut anywhere but at the end of a member it fails, there it lacks its end', () => {
  for (let length = 0; length < small.length; length++) {
    const cut = small.subarray(0, length);
    const found = (() => {
      try {
        return readAll(cut).reader.ending?.mark;
      } catch (error) {
        assert.ok(error instanceof TarDamage, String(error));
        assert.match(error.message, /cut off/);
        assert.ok(error.offset <= length);
        return 'cut';
      }
    })();
    assert.notEqual(found, 'whole', `at ${length}`);
  }
});

test('says where and how far it is good', () => {
  assert.throws(() => readAll(small.subarray(0, 600)), damage(/in the middle of the content/));
  assert.throws(() => readAll(small.subarray(0, 1800)), damage(/in the middle of a header/, 'a'));
  assert.throws(() => readAll(small.subarray(0, 2560)), damage(/between the headers/, 'a'));
  const offset = (tar: Buffer): number => {
    try {
      readAll(tar);
    } catch (error) {
      if (error instanceof TarDamage) return error.offset;
    }
    return -1;
  };
  const wrong = Buffer.from(small);
  wrong[1536 + 100] = 0x37;
  assert.equal(offset(wrong), 1536);
});

test('a header with one wrong bit is found', () => {
  for (let bit = 0; bit < 4096; bit += 1) {
    const byte = bit >> 3;
    // What follows the digits of the checksum means nothing, and a leading zero may be a space.
    if (byte === 154 || byte === 155 || bit === 148 * 8 + 4) continue;
    const wrong = Buffer.from(small);
    wrong[byte] = (wrong[byte] as number) ^ (1 << (bit & 7));
    assert.throws(() => readAll(wrong), TarDamage, `bit ${bit}`);
  }
});

test('whatever bytes come, it ends, with members or with TarDamage', () => {
  const block = fc.oneof(
    fc.uint8Array({ minLength: 512, maxLength: 512 }).map((bytes) => Buffer.from(bytes)),
    fc
      .record({
        name: fc.string({ maxLength: 20 }),
        type: fc.constantFrom('0', '1', '2', '5', 'x', 'g', 'L', 'K', 'S', 'V', 'D', '\0', '7'),
        size: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 2 ** 31 })),
        flavour: fc.constantFrom('posix' as const, 'gnu' as const, 'v7' as const),
      })
      .map((fields) => header(fields)),
    fc.dictionary(fc.string(), fc.string()).map((records) => pax(records)),
    fc.constant(Buffer.alloc(512)),
  );
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), (blocks) => {
      try {
        const { reader } = readAll(Buffer.concat(blocks));
        assert.ok(reader.ending);
      } catch (error) {
        assert.ok(error instanceof TarDamage, String((error as Error).stack));
      }
    }),
    { numRuns: 500 },
  );
});

const patched = (at: number, text: string | number[]) =>
  archive(
    header({
      name: 'x',
      patch: (block) =>
        typeof text === 'string' ? block.write(text, at, 'latin1') : block.set(text, at),
    }),
  );

test('refuses numbers that cannot be', () => {
  const negative = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  const huge = [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  assert.throws(() => readAll(patched(124, negative)), damage(/size/));
  assert.throws(() => readAll(patched(124, huge)), damage(/size/));
  assert.throws(() => readAll(patched(124, '77777777777\0')), damage(/cut off/));
  assert.throws(() => readAll(patched(124, '-0000000001\0')), damage(/size/));
  assert.throws(() => readAll(patched(124, '0000000009x\0')), damage(/size/));
  assert.throws(() => readAll(patched(108, negative.slice(0, 8))), damage(/uid/));
  assert.throws(() => readAll(patched(116, [0x80, 0, 0, 1, 0, 0, 0, 0])), damage(/gid/));
});

test('refuses pax headers that do not add up', () => {
  const raw = (text: string): Buffer =>
    archive(member({ name: 'p', type: 'x' }, text), header({ name: 'x' }));
  for (const text of [
    '11 path=abc\nx',
    '99 path=abc\n',
    '0 path=abc\n',
    '-5 path=abc\n',
    '12 path=abc ',
    '6 =ab\n',
    'path=abc\n',
    '99999999999999999999 path=abc\n',
    '12path=abcd\n',
  ])
    assert.throws(() => readAll(raw(text)), damage(/pax/), text);
  for (const [key, value] of [
    ['size', '-1'],
    ['size', '99999999999999999999'],
    ['size', '1e3'],
    ['uid', '-1'],
    ['uid', '4294967295'],
    ['mtime', 'yesterday'],
    ['mtime', '0x10'],
  ])
    assert.throws(
      () => readAll(archive(pax({ [key as string]: value as string }), header({ name: 'x' }))),
      TarDamage,
    );
  assert.throws(
    () =>
      readAll(
        archive(
          header({ name: 'p', type: 'x', size: 17 * 1024 * 1024 }),
          Buffer.alloc(18 * 1024 * 1024),
        ),
      ),
    damage(/impossible length/),
  );
});

test('refuses maps of holes that contradict themselves', () => {
  const version1 = (map: string, size = '64', content = 'abcde'): Buffer =>
    archive(
      pax({
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': 's',
        'GNU.sparse.realsize': size,
      }),
      member(
        { name: 's' },
        Buffer.concat([Buffer.from(map), Buffer.alloc(512 - map.length), Buffer.from(content)]),
      ),
    );
  for (const map of [
    '2\n8\n2\n4\n3\n',
    '2\n8\n2\n9\n3\n',
    '1\n62\n5\n',
    '1\n0\n4\n',
    '1\n0\n6\n',
    '1\n-1\n5\n',
    '99999999999999999999999\n',
    'x\n',
  ])
    assert.throws(() => readAll(version1(map)), TarDamage, map);
  assert.throws(() => readAll(version1('1000000\n0\n1\n', '9007199254740991')), TarDamage);
  assert.throws(() => readAll(version1('1\n9007199254740990\n5\n', '9007199254740991')), TarDamage);
  const version01 = (map: string): Buffer =>
    archive(
      pax({ 'GNU.sparse.size': '64', 'GNU.sparse.map': map }),
      member({ name: 's' }, 'abcde'),
    );
  for (const map of ['1', '0,5,9', '0,5,', '5,0,0,5', '60,5', ','])
    assert.throws(() => readAll(version01(map)), TarDamage, map);
});

test('refuses an archive in several volumes', () => {
  assert.throws(
    () => readAll(archive(header({ name: 'x', type: 'M', flavour: 'gnu' }))),
    damage(/several volumes/),
  );
});
