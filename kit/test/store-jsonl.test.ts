import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { appendJsonLine, type JsonLine, readJsonLines } from '../src/store/index.ts';
import { startWorker, temporaryFolder, tinyDisk } from './store/processes.ts';

async function linesOf(path: string): Promise<JsonLine[]> {
  const lines: JsonLine[] = [];
  for await (const line of readJsonLines(path)) lines.push(line);
  return lines;
}

async function valuesOf(path: string): Promise<unknown[]> {
  return (await linesOf(path)).map((line) =>
    line.problem === undefined ? line.value : line.problem,
  );
}

test('appends values and reads them back, whatever they hold', async (context) => {
  const folder = temporaryFolder(context);
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), async (values) => {
      const path = join(folder, `${number++}.jsonl`);
      for (const value of values) await appendJsonLine(path, { value });
      // -0 becomes 0 in JSON.
      const expected = JSON.parse(JSON.stringify(values.map((value) => ({ value }))));
      assert.deepEqual(await valuesOf(path), expected);
    }),
    { numRuns: 40 },
  );
});

test('says where the lines went, and makes the file for its owner only', async (context) => {
  const path = join(temporaryFolder(context), 'x.jsonl');
  assert.deepEqual(await appendJsonLine(path, 1), { offset: 0, bytes: 2, torn: null });
  assert.deepEqual(await appendJsonLine(path, 22), { offset: 2, bytes: 3, torn: null });
  assert.deepEqual(await appendJsonLine(path, 'ü'), { offset: 5, bytes: 5, torn: null });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const lines = await linesOf(path);
  assert.deepEqual(
    lines.map(({ line, offset }) => [line, offset]),
    [
      [1, 0],
      [2, 2],
      [3, 5],
    ],
  );
});

test('moves a torn last line aside, keeps it, and goes on', async (context) => {
  const folder = temporaryFolder(context);
  for (const [name, tail] of Object.entries({
    cut: '{"a":',
    zeros: '\0'.repeat(5000),
    'ended but damaged': '{"a":}\n',
    'longer than a chunk': `{"a":"${'x'.repeat(100_000)}`,
  })) {
    const path = join(folder, `${name}.jsonl`);
    writeFileSync(path, `{"n":1}\n{"n":2}\n${tail}`);
    const result = await appendJsonLine(path, { n: 3 });
    assert.equal(result.torn?.bytes, tail.length, name);
    assert.equal(readFileSync(result.torn?.path ?? '', 'utf8'), tail);
    assert.match(result.torn?.path ?? '', /\.jsonl\.torn-\d{4}-\d\d-\d\d_\d{6}$/);
    assert.deepEqual(await valuesOf(path), [{ n: 1 }, { n: 2 }, { n: 3 }]);
  }
});

test('moves a file that is nothing but a torn line aside, twice in the same second', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'x.jsonl');
  for (let round = 0; round < 2; round++) {
    writeFileSync(path, '{');
    assert.equal((await appendJsonLine(path, 1)).torn?.bytes, 1);
  }
  assert.deepEqual(await valuesOf(path), [1]);
  assert.equal(readdirSync(folder).length, 3);
});

test('a last object that only lacks its newline is whole', async (context) => {
  const path = join(temporaryFolder(context), 'x.jsonl');
  writeFileSync(path, '{"n":1}\n{"n":2}');
  assert.deepEqual(await valuesOf(path), [{ n: 1 }, { n: 2 }]);
  assert.equal((await appendJsonLine(path, { n: 3 })).torn, null);
  assert.deepEqual(await valuesOf(path), [{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test('reads around what cannot be parsed and says which line it is', async (context) => {
  const path = join(temporaryFolder(context), 'x.jsonl');
  writeFileSync(path, '{"n":1}\n\nnonsense\n{"n":2}\n{"torn');
  assert.deepEqual(
    (await linesOf(path)).map(({ line, problem }) => [line, problem]),
    [
      [1, undefined],
      [3, 'unparsable'],
      [4, undefined],
      [5, 'torn'],
    ],
  );
  assert.deepEqual(await linesOf(`${path}.none`), []);
});

test('reads lines longer than a chunk and files of many chunks', async (context) => {
  const path = join(temporaryFolder(context), 'x.jsonl');
  const long = 'ü€'.repeat(300_000);
  const values = [...Array(50_000).keys(), long, 1];
  writeFileSync(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  const lines = await linesOf(path);
  assert.equal(lines.length, 50_002);
  const last = lines[50_000];
  assert.ok(last?.problem === undefined && last?.value === long);
  assert.equal(lines[50_001]?.line, 50_002);
});

test('a full disk leaves the file as it was', async (context) => {
  const folder = tinyDisk(context, 64 * 1024);
  if (folder === undefined) return context.skip('needs root, to mount a small file system');
  const path = join(folder, 'x.jsonl');
  for (let number = 0; number < 3; number++) {
    await appendJsonLine(path, { number, text: 'x'.repeat(15_000) });
  }
  const before = statSync(path).size;
  await assert.rejects(appendJsonLine(path, { text: 'x'.repeat(30_000) }), { code: 'E_DISK_FULL' });
  assert.equal(statSync(path).size, before);
  assert.equal((await valuesOf(path)).length, 3);
  assert.deepEqual(readdirSync(folder), ['x.jsonl']);
  truncateSync(path, 0);
  await appendJsonLine(path, 'again');
  assert.deepEqual(await valuesOf(path), ['again']);
});

test('forty processes at once: nothing lost, nothing torn', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'x.jsonl');
  const workers = Array.from({ length: 40 }, (_, id) =>
    startWorker(context, 'append', path, 10, id),
  );
  await Promise.all(workers.map((worker) => worker.end()));
  const seen = await valuesOf(path);
  const expected = Array.from({ length: 400 }, (_, at) => ({
    id: String(at % 40),
    number: Math.floor(at / 40),
  }));
  const key = (value: unknown): string => JSON.stringify(value);
  assert.deepEqual(seen.map(key).sort(), expected.map(key).sort());
  assert.deepEqual(readdirSync(folder), ['x.jsonl']);
});

test('killed at any moment, all that was acknowledged is there', async (context) => {
  const path = join(temporaryFolder(context), 'x.jsonl');
  let acknowledged = 0;
  for (let round = 1; round <= 4; round++) {
    const worker = startWorker(context, 'append', path, 1_000_000, round);
    await worker.lines(round * 20);
    acknowledged += (await worker.kill()).length;
  }
  const lines = await linesOf(path);
  assert.ok(lines.every(({ problem }) => problem === undefined));
  assert.ok(lines.length >= acknowledged && lines.length <= acknowledged + 4);
  assert.equal((await appendJsonLine(path, 'after')).torn, null);
});

test('errors name the file', async (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'folder.jsonl'));
  await assert.rejects(appendJsonLine(join(folder, 'folder.jsonl'), 1), /folder\.jsonl/);
  await assert.rejects(linesOf(join(folder, 'folder.jsonl')), /folder\.jsonl/);
});
