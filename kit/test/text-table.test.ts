import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorText } from '../src/envelope.ts';
import { fromSystemError, OpsError } from '../src/errors.ts';
import { printable, printableName } from '../src/text/format.ts';
import { formatFacts, formatTable } from '../src/text/table.ts';
import { displayWidth } from '../src/text/width.ts';

const columns = [
  { head: 'FOR', cell: (row: string[]) => row[0]! },
  { head: 'WHAT', cell: (row: string[]) => row[1]! },
  { head: 'DETAIL', cell: (row: string[]) => row[2]! },
];
const rows = [
  ['core', '/srv/site/server/.env.production', 'readable by everybody; keep it private: chmod 640'],
  ['backup', 'mariadb-dump', 'it dumps the databases of this site, one after the other'],
];
const words = rows.flat().flatMap((cell) => cell.split(' '));

describe('formatTable', () => {
  it('is as wide as it likes where there is no terminal', () => {
    const table = formatTable(columns, rows, Number.POSITIVE_INFINITY);
    assert.equal(table.split('\n').length, 3);
    assert.match(table, /^core {4}\/srv/m);
  });

  it('breaks between words at 80 columns', () => {
    const table = formatTable(columns, rows, 80);
    for (const line of table.split('\n')) assert.ok(displayWidth(line) <= 80, line);
    for (const word of words) assert.ok(table.includes(word), word);
    assert.match(table, /^FOR +WHAT +DETAIL$/m);
  });

  it('becomes facts below each other where not even the words fit', () => {
    const table = formatTable(columns, rows, 18);
    for (const word of words) assert.ok(table.includes(word), word);
    assert.match(table, /^detail /m);
    for (const line of table.split('\n'))
      assert.ok(displayWidth(line) <= 18 || !line.trim().includes(' '), line);
  });

  it('keeps a row in its line, whatever a name holds', () => {
    const table = formatTable(columns, [['x', 'pics\nAll is well.\t', 'y\r']], 80);
    assert.equal(table.split('\n').length, 2);
    assert.ok(table.includes(String.raw`pics\nAll is well.\t`));
  });

  it('aligns wide signs and colours by what is seen of them', () => {
    const table = formatTable(columns, [
      ['日本', 'a', 'b'],
      ['\u001b[31mok\u001b[39m', 'a', 'b'],
    ]);
    const [, wide, red] = table.split('\n');
    assert.equal(displayWidth(wide!), displayWidth(red!));
  });
});

describe('names in what is printed', () => {
  it('are one line, and texts keep theirs', () => {
    const name = 'pics\nAll files were read.\u001b[2J\u202e\t';
    assert.equal(printableName(name), String.raw`pics\nAll files were read.\u001b[2J\u202e\t`);
    assert.ok(printable(name).includes('\n'));
    assert.equal(formatFacts([['path', name]], 200).split('\n').length, 1);
  });

  it('are one line in errors too', () => {
    const denied = Object.assign(new Error('denied'), { code: 'EACCES' });
    const plain = { red: (text: string) => text, dim: (text: string) => text };
    const error = fromSystemError(denied, 'read', '/x/a\nError: b\u001b[2J');
    assert.equal(
      errorText(error, plain).split('\n')[0]?.includes(String.raw`/x/a\nError: b\u001b`),
      true,
    );
    const other = new OpsError('E_X', 'The name \u001b[2J is odd.');
    assert.equal(errorText(other, plain).includes('\u001b'), false);
  });
});
