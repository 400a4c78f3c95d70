import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeName, isEscaped, pathBytes } from '../src/paths/escape.ts';
import { pathWord } from '../src/paths/shell.ts';

const nameByte = fc.integer({ min: 1, max: 255 }).filter((byte) => byte !== 0x2f);
/** Names in any bytes, often with what escaping is about. */
const name = fc
  .oneof(
    fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => bytes.filter((byte) => byte !== 0 && byte !== 0x2f)),
    fc
      .array(fc.oneof(nameByte, fc.constantFrom(0x5c, 0x78, 0x41, 0x46, 0xe9, 0xc3, 0xa9)), {
        minLength: 1,
        maxLength: 12,
      })
      .map((bytes) => Uint8Array.from(bytes)),
  )
  .filter((bytes) => bytes.length > 0);

test('a name in any bytes comes back from its text', () => {
  fc.assert(
    fc.property(name, (bytes) => {
      const text = escapeName(bytes);
      assert.deepEqual(pathBytes(text), Buffer.from(bytes));
      assert.equal(Buffer.from(text).toString(), text, 'the text is valid Unicode');
    }),
    { numRuns: 3000 },
  );
});

test('names of a path are escaped each for itself', () => {
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
      const text = `/${names.map(escapeName).join('/')}`;
      const bytes = Buffer.concat(names.flatMap((part) => [Buffer.from('/'), part]));
      assert.deepEqual(pathBytes(text), bytes);
    }),
    { numRuns: 1000 },
  );
});

test('only what needs it is escaped', () => {
  const text = (bytes: string) => escapeName(Buffer.from(bytes, 'latin1'));
  assert.equal(text('caf\xe9'), 'caf\\xE9');
  assert.equal(escapeName(Buffer.from('café')), 'café');
  assert.equal(text('back\\slash'), 'back\\slash');
  assert.equal(text('back\\\xff'), 'back\\\\\\xFF');
  assert.equal(text('\\x41'), '\\\\x41');
  assert.equal(escapeName(Buffer.from('\ufffd')), '\ufffd');
  assert.equal(text('\xed\xa0\x80'), '\\xED\\xA0\\x80');
  assert.equal(isEscaped('back\\slash'), false);
});

test('a shell reads the one path that was meant, and bash agrees', () => {
  const paths = fc.sample(fc.array(name, { minLength: 1, maxLength: 3 }), {
    numRuns: 400,
    seed: 3,
  });
  const awkward = [
    "it's",
    '$(id)',
    '`id`',
    '*',
    'a b',
    '-rf',
    'new\nline',
    'tab\t',
    '~',
    '!!',
    '"',
    '\\',
    'a\u202eb',
    'zero\u200bwidth',
    'emoji👩‍💻',
  ];
  const all = [
    ...paths.map((names) => Buffer.concat(names.flatMap((part) => [Buffer.from('/'), part]))),
    ...awkward.map((text) => Buffer.from(`/${text}`)),
  ];
  const words = all
    .map(
      (bytes) =>
        `/${bytes
          .toString('latin1')
          .slice(1)
          .split('/')
          .map((part) => escapeName(Buffer.from(part, 'latin1')))
          .join('/')}`,
    )
    .map(pathWord);
  const printed = execFileSync('bash', ['-c', `printf '%s\\0' ${words.join(' ')}`]);
  assert.deepEqual(printed, Buffer.concat(all.flatMap((bytes) => [bytes, Buffer.from([0])])));
  for (const word of words)
    assert.match(word, /^'(?:[^'\p{Cc}\p{Cf}]|'\\'')*'$|^\$'[\x20-\x7e]*'$/u);
});
