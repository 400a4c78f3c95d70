import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { shellQuoted, shellWord } from '../src/shell.ts';

const printed = (words: readonly string[]): string[] =>
  execFileSync('bash', ['-c', `printf '%s\\0' ${words.join(' ')}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

test('what needs no quotes has none', () => {
  for (const word of ['--path', '/srv/app', 'a=b', 'x@1.2', 'user:pw', '50%', '+1', 'a,b'])
    assert.equal(shellWord(word), word);
  assert.equal(shellWord(''), "''");
  assert.equal(shellWord('YES APPLY'), "'YES APPLY'");
  assert.equal(shellWord("it's"), "'it'\\''s'");
  assert.equal(shellWord('=ls'), "'=ls'");
  assert.equal(shellWord('~'), "'~'");
  assert.equal(shellWord('a\nb'), "$'a\\012b'");
  assert.equal(shellWord('\u202egpj'), "$'\\342\\200\\256gpj'");
});

test('a shell reads every word as it was', () => {
  const words = fc.array(
    fc.string({ unit: 'binary', maxLength: 20 }).filter((word) => !word.includes('\0')),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(words, (all) => {
      assert.deepEqual(printed(all.map(shellWord)), all);
      assert.deepEqual(printed(all.map(shellQuoted)), all);
      assert.deepEqual(printed(all.map((word) => shellQuoted(Buffer.from(word)))), all);
    }),
    { numRuns: 30 },
  );
});
