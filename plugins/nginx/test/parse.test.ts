import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import fc from 'fast-check';
import type { Directive } from '../src/config/directive.ts';
import { parseNginx } from '../src/config/parse.ts';
import { SyntaxProblem } from '../src/config/syntax-problem.ts';
import { type Around, nginxVerdict, wholeFile } from './nginx-verdict.ts';
import { luaBlocks, serverBlocks, words } from './snippets.ts';

const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

function ours(text: string): { problem?: SyntaxProblem } {
  try {
    assertWhole(text, parseNginx(text));
    return {};
  } catch (error) {
    if (error instanceof SyntaxProblem) return { problem: error };
    throw error;
  }
}

/** Words and what stands between them are the file: nothing but blanks, comments, `;` and braces is between. */
function assertWhole(text: string, directives: readonly Directive[]): void {
  const spans: { start: number; end: number }[] = [];
  const collect = (one: Directive) => {
    spans.push({ start: one.start, end: one.nameEnd });
    for (const { start, end } of one.args) spans.push({ start, end });
    if (one.block?.isLua === true) spans.push(one.block);
    for (const inner of one.block?.directives ?? []) collect(inner);
  };
  for (const one of directives) collect(one);
  let at = 0;
  let between = '';
  let joined = '';
  for (const { start, end } of spans) {
    assert.ok(start >= at, 'words do not overlap');
    between += `${text.slice(at, start)}\n`;
    joined += text.slice(at, start) + text.slice(start, end);
    at = end;
  }
  joined += text.slice(at);
  between += text.slice(at);
  assert.equal(joined, text);
  assert.match(between, /^(?:[\s;{}]|#[^\n]*)*$/);
}

async function assertSame(folder: string, around: Around, piece: string): Promise<string> {
  const nginx = await nginxVerdict(folder, around, piece);
  if (nginx.is === 'unclear') return 'unclear';
  const { problem } = ours(wholeFile(folder, around, piece));
  const said = `${JSON.stringify(piece.slice(0, 200))}: nginx: ${nginx.is} ${nginx.message}; om-ops: ${problem?.message ?? 'read'}`;
  assert.equal(problem === undefined ? 'read' : 'refused', nginx.is, said);
  if (around !== 'lua' && problem !== undefined && nginx.line !== undefined)
    assert.equal(problem.line, nginx.line, said);
  return nginx.is;
}

async function tally(
  test: Parameters<typeof temporaryFolder>[0],
  around: Around,
  pieces: readonly string[],
) {
  const folder = temporaryFolder(test);
  const counts: Record<string, number> = {};
  for (const [at, piece] of pieces.entries()) {
    const is = await assertSame(join(folder, String(at)), around, latin1(piece));
    counts[is] = (counts[is] ?? 0) + 1;
    if (process.env.SHOW && is === 'unclear') console.log(JSON.stringify(piece).slice(0, 60));
  }
  return counts;
}

describe('reading as nginx does', () => {
  it('reads and refuses the same words', async (test) => {
    const counts = await tally(test, 'types', words);
    assert.ok((counts.read ?? 0) > 70 && (counts.refused ?? 0) > 40, JSON.stringify(counts));
  });

  it('reads and refuses the same Lua', async (test) => {
    const counts = await tally(test, 'lua', luaBlocks);
    assert.ok((counts.read ?? 0) > 15 && (counts.refused ?? 0) > 3, JSON.stringify(counts));
  });

  it('reads and refuses the same blocks', async (test) => {
    const counts = await tally(test, 'server', serverBlocks);
    assert.ok((counts.read ?? 0) > 25 && (counts.refused ?? 0) > 10, JSON.stringify(counts));
  });
});

describe('reading what was altered', () => {
  it('agrees with nginx on mutations', async (test) => {
    const folder = temporaryFolder(test);
    const odd = ['"', "'", '\\', ';', '{', '}', '#', '$', '${', ' ', '\n', '\r\n', ')', 'x', '\t'];
    let at = 0;
    const judged: Record<string, number> = {};
    const piece = (around: Around, pieces: readonly string[]) =>
      fc
        .tuple(
          fc.constantFrom(...pieces.filter(({ length }) => length < 200)),
          fc.array(
            fc.record({
              place: fc.nat(),
              cut: fc.nat({ max: 2 }),
              put: fc.constantFrom(...odd, ''),
            }),
            { minLength: 1, maxLength: 3 },
          ),
        )
        .map(([base, edits]) => ({ around, text: edits.reduce(edited, latin1(base)) }));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(piece('types', words), piece('server', serverBlocks)),
        async ({ around, text }) => {
          at += 1;
          const is = await assertSame(join(folder, String(at)), around, text);
          judged[is] = (judged[is] ?? 0) + 1;
        },
      ),
      { numRuns: Number(process.env.MUTATIONS ?? 150) },
    );
    assert.ok(
      (judged.read ?? 0) + (judged.refused ?? 0) > (judged.unclear ?? 0),
      JSON.stringify(judged),
    );
  });
});

function edited(
  text: string,
  { place, cut, put }: { place: number; cut: number; put: string },
): string {
  const at = text.length === 0 ? 0 : place % (text.length + 1);
  return text.slice(0, at) + put + text.slice(at + cut);
}
