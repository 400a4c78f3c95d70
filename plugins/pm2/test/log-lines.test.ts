import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { logTimeOf, Redactor } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { type AppLog, olderFiles } from '../src/logs/files.ts';
import { lastOfAll, shared } from '../src/logs/last.ts';

const options = { redact: new Redactor(), signal: new AbortController().signal };

describe('the time of a line', () => {
  const at = Date.UTC(2026, 10, 25, 14, 35, 44);
  for (const line of [
    '2026-11-25T14:35:44Z: started',
    '2026-11-25 14:35:44 +00:00: started',
    '[2026-11-25T14:35:44.000Z] INFO started',
    '2026-11-25T16:35:44+0200 started',
    '{"level":30,"time":1795617344000,"msg":"started"}',
    '{"message":"x","timestamp":"2026-11-25T14:35:44.000Z","type":"out"}',
  ]) {
    it(`is read from ${line}`, () => assert.equal(logTimeOf(line), at));
  }

  it('is that of this machine without a zone', () => {
    assert.equal(logTimeOf('2026-11-25T14:35:44: x'), new Date(2026, 10, 25, 14, 35, 44).getTime());
  });

  it('is not made up', () => {
    for (const line of [
      'started',
      'at 2026-11-25T14:35:44Z',
      '2026-99-99T99:99:99Z x',
      '{"time":"soon"}',
      '',
    ])
      assert.equal(logTimeOf(line), undefined, line);
  });
});

describe('the last lines of several logs', () => {
  const logs = (folder: string, files: Record<string, string>): AppLog[] =>
    Object.entries(files).map(([name, text], instance) => {
      writeFileSync(join(folder, name), text);
      return { path: join(folder, name), stream: 'stdout', instance };
    });

  it('stand in the order of their times, a stack with its head', async (test) => {
    const all = logs(temporaryFolder(test), {
      'a-0.log': '2026-01-01T00:00:01Z one\n2026-01-01T00:00:04Z Error: four\n    at here\n',
      'a-1.log':
        '2026-01-01T00:00:02Z two\n2026-01-01T00:00:03Z three\n2026-01-01T00:00:05Z five\n',
    });
    const { lines, byTime } = await lastOfAll(all, 5, options);
    assert.equal(byTime, true);
    assert.deepEqual(
      lines.map(({ text, instance }) => `${instance} ${text.replace(/^\S+Z /, '')}`),
      ['1 two', '1 three', '0 Error: four', '0     at here', '1 five'],
    );
  });

  it('stand file by file without times, and no file is crowded out', async (test) => {
    const many = Array.from({ length: 50 }, (_, at) => `line ${at}`).join('\n');
    const all = logs(temporaryFolder(test), { 'out.log': many, 'err.log': 'Error: one\n' });
    const { lines, byTime } = await lastOfAll(all, 4, options);
    assert.equal(byTime, false);
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['line 47', 'line 48', 'line 49', 'Error: one'],
    );
  });

  it('share out so many and no more', () => {
    assert.deepEqual(shared([100, 1, 0, 100], 10), [5, 1, 0, 4]);
    assert.deepEqual(shared([2, 3], 10), [2, 3]);
    assert.deepEqual(shared([5, 5, 5], 2), [1, 1, 0]);
  });

  it('go on in what pm2-logrotate and logrotate have made', async (test) => {
    const folder = temporaryFolder(test);
    const [log] = logs(folder, { 'app-out.log': 'five\n' });
    const rotated = {
      'app-out__2026-11-24_00-00-00.log': 'three\n',
      'app-out__2026-11-25_00-00-00.log': 'four\n',
      'app-out.log.1': 'two\n',
    };
    Object.entries(rotated).forEach(([name, text], at) => {
      writeFileSync(join(folder, name), text);
      utimesSync(join(folder, name), 1000 + at, 1000 + at);
    });
    writeFileSync(join(folder, 'app-out.log.2.gz'), gzipSync('one\n'));
    assert.equal((await olderFiles(log?.path ?? '')).length, 4);
    const { lines } = await lastOfAll([log as AppLog], 5, options);
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['one', 'two', 'three', 'four', 'five'],
    );
  });
});
