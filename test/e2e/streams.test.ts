import assert from 'node:assert/strict';
import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import type { Envelope } from '@om-ops/test-support/om-ops';
import { childProcesses } from '@om-ops/test-support/processes';
import { waitFor } from '@om-ops/test-support/wait';
import { meeting, startProgram, testProgram } from './program/started.ts';

const secret = 'hunter2-very-secret';

describe('a command that prints lines as they come', () => {
  it('is like every other without --follow, and shows no secret of foreign text', async (t) => {
    const at = meeting(t);
    const file = join(at.folder, 'app.log');
    writeFileSync(file, `one\nDB_PASSWORD=${secret}\nthree\n`);
    for (const argv of [['--json'], []]) {
      const program = startProgram(t, at, ['logs', '--file', file, ...argv], { folder: false });
      assert.deepEqual(await program.ended, { code: 0, signal: null });
      assert.equal(program.stdout().includes(secret), false);
      assert.match(program.stdout(), /DB_PASSWORD=<REDACTED>/);
      if (argv.length === 0) continue;
      const { ok, result } = JSON.parse(program.stdout()) as Envelope<{
        lines: { text: string }[];
      }>;
      assert.equal(ok, true);
      assert.deepEqual(
        result.lines.map(({ text }) => text),
        ['one', 'DB_PASSWORD=<REDACTED>', 'three'],
      );
    }
  });

  it('follows as JSON Lines through rotation and truncation, and ends with Ctrl-C: 130 and no error', async (t) => {
    const at = meeting(t);
    const file = join(at.folder, 'app.log');
    writeFileSync(`${file}.1`, 'long ago\nbefore\n');
    writeFileSync(file, 'here\n');
    const program = startProgram(
      t,
      at,
      ['logs', '--follow', '--json', '--lines', '2', '--file', file],
      { folder: false },
    );
    const has = (text: string) =>
      waitFor(text, () => program.stdout().includes(`"text":"${text}"}`), { timeoutMs: 30_000 });
    await has('here');
    appendFileSync(file, `DB_PASSWORD=${secret}\nnext\n`);
    await has('next');
    renameSync(file, `${file}.2`);
    writeFileSync(file, 'in the new one\n');
    await has('in the new one');
    truncateSync(file);
    appendFileSync(file, 'cut\n');
    await has('cut');
    program.signal('SIGINT');
    assert.deepEqual(await program.ended, { code: 130, signal: null });
    const documents = program
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line?: { text: string } } & Envelope);
    const last = documents.pop();
    assert.deepEqual(
      documents.map(({ line }) => line?.text),
      ['before', 'here', 'DB_PASSWORD=<REDACTED>', 'next', 'in the new one', 'cut'],
    );
    assert.equal(last?.ok, true);
    assert.deepEqual(last?.result, { lines: [], followed: true, count: 6, endedBy: 'interrupt' });
    assert.equal(program.stderr(), '');
    assert.equal(at.log(), '');
  });

  it('prints no error as text either', async (t) => {
    const at = meeting(t);
    const file = join(at.folder, 'app.log');
    writeFileSync(file, 'a \u0007 bell\n');
    const program = startProgram(t, at, ['logs', '--follow', '--file', file], { folder: false });
    await waitFor('the line', () => program.stdout().includes('bell'));
    program.signal('SIGTERM');
    assert.deepEqual(await program.ended, { code: 130, signal: null });
    assert.equal(program.stderr(), '');
    assert.equal(program.stdout().includes('\u0007'), false);
    assert.deepEqual(
      childProcesses().filter(({ name }) => name === 'tail'),
      [],
    );
  });

  it('ends with 0 when its reader has gone, although the log stays quiet', async (t) => {
    const at = meeting(t);
    const file = join(at.folder, 'app.log');
    writeFileSync(file, 'one\ntwo\n');
    const { stdout } = await exec(
      'bash',
      [
        '-c',
        'set -o pipefail; "$@" | head -1; echo $?',
        'bash',
        process.execPath,
        testProgram,
        ...['logs', '--follow', '--file', file, '--site', at.profile],
      ],
      { timeoutMs: 30_000 },
    );
    assert.equal(stdout, 'one\n0\n');
  });

  it('ends with 0 when its reader, no pipe, has gone at the next line', async (t) => {
    const at = meeting(t);
    const file = join(at.folder, 'app.log');
    writeFileSync(file, 'one\n');
    const program = startProgram(t, at, ['logs', '--follow', '--file', file], { folder: false });
    await waitFor('the line', () => program.stdout().includes('one'));
    program.closeOutput();
    const writing = setInterval(() => appendFileSync(file, 'more\n'), 50);
    const ended = await program.ended.finally(() => clearInterval(writing));
    assert.deepEqual(ended, { code: 0, signal: null });
  });

  it('answers wrong flags in one line when it was to follow', async (t) => {
    const at = meeting(t);
    const program = startProgram(t, at, ['logs', '--follow', '--json', '--fil'], { folder: false });
    assert.deepEqual(await program.ended, { code: 2, signal: null });
    assert.equal(program.stdout().trimEnd().includes('\n'), false);
    assert.equal((JSON.parse(program.stdout()) as Envelope).error.code, 'E_USAGE');
  });

  it('says that there is no such file, and waits for it when it follows', async (t) => {
    const at = meeting(t);
    const file = join(at.folder, 'app.log');
    const reads = startProgram(t, at, ['logs', '--file', file], { folder: false });
    assert.deepEqual(await reads.ended, { code: 5, signal: null });
    const other = join(at.folder, 'other.log');
    const argv = ['logs', '--follow', '--file', file, '--file', other];
    const follows = startProgram(t, at, argv, { folder: false });
    await waitFor('both to be followed', () => {
      const of = childProcesses().filter(
        ({ parent, name }) => parent === follows.pid && name === 'tail',
      );
      return of.length >= 2;
    });
    writeFileSync(file, 'there now\n');
    writeFileSync(other, 'and here\n');
    await waitFor(
      'both',
      () => /there now/.test(follows.stdout()) && /and here/.test(follows.stdout()),
    );
    follows.signal('SIGINT');
    assert.deepEqual(await follows.ended, { code: 130, signal: null });
  });

  it('shows nothing of a private key that comes line by line', async (t) => {
    const key = [
      '-----BEGIN PRIVATE KEY-----',
      ...['AAAA', 'BBBB', 'CCCC'].map((begin) => `${begin}Canary+/${'x1'.repeat(26)}`),
      'Zm9vCanary==',
      '-----END PRIVATE KEY-----',
    ];
    for (const argv of [['--json'], []]) {
      const at = meeting(t);
      const file = join(at.folder, 'app.log');
      writeFileSync(file, `before\n${key.slice(0, 2).join('\n')}\n`);
      const reads = startProgram(t, at, ['logs', '--file', file, ...argv], { folder: false });
      assert.deepEqual(await reads.ended, { code: 0, signal: null });
      const follows = startProgram(t, at, ['logs', '--follow', '--file', file, ...argv], {
        folder: false,
      });
      await waitFor('the first lines', () => follows.stdout().includes('before'));
      for (const line of [...key.slice(2), `PASSWORD=${secret}`, 'after'])
        appendFileSync(file, `${line}\n`);
      await waitFor('the last line', () => follows.stdout().includes('after'));
      follows.signal('SIGINT');
      assert.deepEqual(await follows.ended, { code: 130, signal: null });
      for (const shown of [reads.stdout(), follows.stdout()]) {
        assert.match(shown, /before/);
        assert.doesNotMatch(shown, /Canary|hunter2/);
      }
      assert.match(follows.stdout(), /PASSWORD=<REDACTED>/);
    }
  });

  it('ends with Ctrl-C while lines come all the time, and cuts none', async (t) => {
    const at = meeting(t);
    const file = join(at.folder, 'app.log');
    const line = 'x'.repeat(200);
    writeFileSync(file, `${line}\n`);
    const argv = ['logs', '--follow', '--json', '--file', file];
    const program = startProgram(t, at, argv, { folder: false });
    await waitFor('the first', () => program.stdout() !== '');
    const writing = setInterval(() => appendFileSync(file, `${line}\n`.repeat(2000)), 5);
    t.after(() => clearInterval(writing));
    await waitFor('many', () => program.stdout().length > 1_000_000);
    program.signal('SIGINT');
    assert.deepEqual(await program.ended, { code: 130, signal: null });
    clearInterval(writing);
    const documents = program
      .stdout()
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as { line?: { text: string } } & Envelope);
    const last = documents.pop();
    assert.deepEqual([last?.ok, last?.result.endedBy], [true, 'interrupt']);
    assert.equal(last?.result.count, documents.length);
    assert.ok(documents.every((one) => one.line?.text === line));
    assert.equal(program.stderr(), '');
  });
});
