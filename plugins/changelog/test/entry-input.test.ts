import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { checkedAttachments } from '../src/attachments.ts';
import { entryText, longestText } from '../src/entry-text.ts';

function stdin(...chunks: (string | Uint8Array)[]): Readable {
  return Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
}

test('the text is what was given, or all of stdin, without the last newline', async () => {
  assert.equal(await entryText('as given\n', stdin('unread')), 'as given');
  assert.equal(await entryText('-', stdin('one\n', 'two\n\n')), 'one\ntwo\n');
  assert.equal(await entryText('-', stdin('dos\r\n')), 'dos');
  const euro = Buffer.from('€');
  assert.equal(await entryText('-', stdin(euro.subarray(0, 1), euro.subarray(1))), '€');
});

test('an empty, binary or endless text is refused', async () => {
  const refused = { code: 'E_BAD_ENTRY', exit: 2 };
  await assert.rejects(entryText(' \n', stdin()), refused);
  await assert.rejects(entryText('-', stdin()), refused);
  await assert.rejects(entryText('-', stdin(new Uint8Array([0xff, 0xfe]))), refused);
  await assert.rejects(entryText('x'.repeat(longestText + 1), stdin()), refused);
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(65_536, 'x');
  }
  await assert.rejects(entryText('-', Readable.from(endless())), refused);
  assert.equal((await entryText('-', stdin('x'.repeat(longestText), '\n'))).length, longestText);
});

test('attachments become absolute, each once, and every missing one is named', (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'a b.png'), '');
  assert.deepEqual(checkedAttachments(['a b.png', './a b.png', folder], folder), [
    join(folder, 'a b.png'),
    folder,
  ]);
  assert.throws(() => checkedAttachments(['no', 'a b.png', '/nor/this'], folder), {
    code: 'E_NO_ATTACHMENT',
    exit: 2,
    message: `Cannot attach ${join(folder, 'no')}, /nor/this: they do not exist.`,
  });
});
