import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runningProcesses } from '@om-ops/test-support/processes';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import { execLines } from '../src/exec.ts';
import { lastLines, rotatedFiles } from '../src/last-lines.ts';
import { asWritten, LineSplitter, longestLine } from '../src/lines.ts';
import { Redactor } from '../src/redact.ts';

const redact = new Redactor({ sparing: true });
redact.add('a-registered-secret-9');

async function all(script: string, options = {}) {
  const lines: { text: string; from: string }[] = [];
  for await (const line of execLines('sh', ['-c', script], { redact, ...options }))
    lines.push(line);
  return lines;
}

describe('execLines', () => {
  it('gives stdout and stderr in the order they come', async () => {
    // It prints the next only when the last has been read.
    const input = new PassThrough();
    const script =
      'while read -r where; do if [ $where = out ]; then echo out; else echo err >&2; fi; done';
    const asked = ['out', 'err', 'err', 'out', 'err', 'out'];
    const said: string[] = [];
    input.write(`${asked[0]}\n`);
    for await (const { text, from } of execLines('sh', ['-c', script], { redact, input })) {
      assert.equal(from, text === 'out' ? 'stdout' : 'stderr');
      said.push(text);
      if (said.length === asked.length) input.end();
      else input.write(`${asked[said.length]}\n`);
    }
    assert.deepEqual(said, asked);
  });

  it('hides what others wrote, also in what an error quotes', async () => {
    const script =
      'echo "DB_PASSWORD=hunter2-very-secret"; echo "token: a-registered-secret-9" >&2; exit 4';
    const lines: string[] = [];
    await assert.rejects(
      async () => {
        for await (const { text } of execLines('sh', ['-c', script], { redact })) lines.push(text);
      },
      (error: Error) => {
        assert.match(error.message, /failed with exit code 4: token: <REDACTED>/);
        return true;
      },
    );
    assert.deepEqual(lines.sort(), ['DB_PASSWORD=<REDACTED>', 'token: <REDACTED>']);
  });

  it('loses no line of a quick program to a slow reader, and does not read ahead', async () => {
    let count = 0;
    for await (const { text } of execLines('seq', ['200000'], { redact: asWritten })) {
      count += 1;
      assert.equal(text, String(count));
      if (count % 20_000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(count, 200_000);
  });

  it('reads no further than the lines are taken', async (t) => {
    const written = join(temporaryFolder(t), 'written');
    const script = `i=0; while [ $i -lt 100 ]; do head -c 1000000 /dev/zero | tr '\\0' x; echo; i=$((i+1)); echo $i > ${written}; done`;
    const lines = execLines('sh', ['-c', script], { redact: asWritten });
    await lines.next();
    let last = '';
    // What the pipe and the queue hold is written; then it stands still.
    await waitFor('standing still', async () => {
      const before = last;
      last = readFileSync(written, 'utf8');
      await new Promise((resolve) => setTimeout(resolve, 300));
      return before === last;
    });
    assert.ok(Number(last) < 10, `${last} MB were read ahead`);
    await lines.return({ exitCode: -1 });
  });

  it('ends the program when its reader stops', async () => {
    const lines = execLines('sh', ['-c', 'echo $$; yes'], { redact: asWritten });
    const first = await lines.next();
    assert.ok(first.done === false);
    const pid = Number(first.value.text);
    await lines.return({ exitCode: -1 });
    assert.equal(
      runningProcesses().some((one) => one.pid === pid),
      false,
    );
  });

  it('survives what is no UTF-8 and takes it for U+FFFD', async () => {
    const lines = await all(String.raw`printf 'a\377b\n\303'; printf '\244\r\n\303'`);
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['a\uFFFDb', 'ä', '\uFFFD'],
    );
  });

  it('ends with the program, not before', async () => {
    await assert.rejects(all('echo one; exit 7'), { code: 'E_PROGRAM_FAILED' });
    await assert.rejects(all('echo one; kill -9 $$'), /was ended by SIGKILL/);
  });
});

describe('a line above 64 KiB', () => {
  it('comes in pieces that are the line again, wherever it was cut into chunks', () => {
    const line = `${'x'.repeat(70_000)} ${'häß😀 '.repeat(40_000)}`;
    for (const size of [999, 65_536, 1_000_000]) {
      const splitter = new LineSplitter(asWritten);
      const bytes = Buffer.from(`${line}\nnext`);
      const pieces: string[] = [];
      for (let at = 0; at < bytes.length; at += size)
        pieces.push(...splitter.push(bytes.subarray(at, at + size)));
      pieces.push(...splitter.end());
      assert.equal(pieces.pop(), 'next');
      assert.equal(pieces.join(''), line);
      assert.ok(pieces.every((piece) => piece.length <= longestLine));
      assert.ok(pieces.every((piece) => piece.isWellFormed()));
    }
  });

  it('hides a secret that lies where it would be cut', () => {
    for (const secret of [
      'DB_PASSWORD=hunter2-very-secret',
      '"apiToken": "hunter2-very-secret, with more"',
      'a-registered-secret-9',
      'https://u:hunter2-very-secret@host/',
      'Bearer hunter2-very-secret-token',
    ]) {
      for (let before = longestLine - 60; before <= longestLine; before += 1) {
        const splitter = new LineSplitter(redact);
        const text = `${'word '.repeat(before / 5)}${'y'.repeat(before % 5)} ${secret} ${'more '.repeat(500)}`;
        const said = [...splitter.push(text), ...splitter.end()].join('');
        assert.doesNotMatch(said, /hunter2|very-secret|registered/, `${secret} at ${before}`);
      }
    }
  });
});

describe('lastLines', () => {
  it('reads from the end what tail reads, whatever the end looks like', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'x.log');
    const long = Array.from({ length: 5000 }, (_, index) => `${index} ${'x'.repeat(index % 300)}`);
    for (const text of [
      '',
      'one',
      'one\n',
      'one\ntwo',
      '\n\n\n',
      `${long.join('\n')}\n`,
      long.join('\n'),
    ]) {
      writeFileSync(file, text);
      const lines = text.replace(/\n$/, '').split('\n');
      const whole = text === '' ? [] : lines;
      for (const count of [0, 1, 2, 3, 700, 100_000])
        assert.deepEqual(
          await lastLines(file, count, { redact: asWritten }),
          count === 0 ? [] : whole.slice(-count),
          `${count} of ${text.slice(0, 20)}`,
        );
    }
  });

  it('goes on in rotated files, packed ones too, in their order', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'x.log');
    writeFileSync(file, 'e\n');
    writeFileSync(`${file}.1`, 'c\nd\n');
    writeFileSync(`${file}.2.gz`, gzipSync('a\nb PASSWORD=hunter2-very-secret\n'));
    writeFileSync(`${file}.10`, 'oldest\n');
    writeFileSync(join(folder, 'x.log.bak'), 'no\n');
    assert.deepEqual(
      (await rotatedFiles(file)).map((path) => path.slice(file.length)),
      ['.1', '.2.gz', '.10'],
    );
    assert.deepEqual(await lastLines(file, 2, { redact }), ['d', 'e']);
    assert.deepEqual(await lastLines(file, 9, { redact }), [
      'oldest',
      'a',
      'b PASSWORD=<REDACTED>',
      'c',
      'd',
      'e',
    ]);
    const dated = join(folder, 'y.log');
    writeFileSync(dated, '');
    for (const day of ['20260120', '20260122', '20260121.gz'])
      writeFileSync(`${dated}-${day}`, day.endsWith('gz') ? gzipSync(`${day}\n`) : `${day}\n`);
    assert.deepEqual(await lastLines(dated, 2, { redact }), ['20260121.gz', '20260122']);
  });

  it('names a file that is not there', async (t) => {
    const file = join(temporaryFolder(t), 'none.log');
    await assert.rejects(lastLines(file, 5, { redact }), { code: 'E_NOT_FOUND', exit: 5 });
  });

  it('does not read a large file from its beginning', async (t) => {
    const file = join(temporaryFolder(t), 'large.log');
    writeFileSync(file, '');
    truncateSync(file, 2 ** 36);
    appendFileSync(file, `\n${'a line\n'.repeat(300)}`);
    assert.deepEqual(
      await lastLines(file, 200, { redact: asWritten }),
      Array.from({ length: 200 }, () => 'a line'),
    );
  });
});
