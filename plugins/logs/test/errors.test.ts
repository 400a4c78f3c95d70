import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { runCommand } from '@om-ops/test-support/command';
import { type SmallSite, smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import LogsClasses from '../src/commands/logs/classes.ts';
import LogsErrors, { type ErrorsResult } from '../src/commands/logs/errors.ts';
import LogsList from '../src/commands/logs/list.ts';
import LogsSearch from '../src/commands/logs/search.ts';
import LogsTail from '../src/commands/logs/tail.ts';

const now = Date.now();
const at = (hoursAgo: number) => new Date(now - hoursAgo * 3_600_000).toISOString();
const stamp = (hoursAgo: number) => at(hoursAgo).replace('T', ' ').replace('.', ',');
const json = (hoursAgo: number, level: string, message: string, more: object = {}) =>
  `${JSON.stringify({ time: at(hoursAgo), level, message, ...more })}\n`;

describe('what the logs say', () => {
  let site: SmallSite;
  const run = async <R>(command: Parameters<typeof runCommand>[0], ...argv: string[]) => {
    const ran = await runCommand(command, [...argv, '--json'], { site: site.profile });
    return { ...ran, ...ran.json<R>() };
  };

  const cleaners: (() => void | Promise<void>)[] = [];
  after(async () => {
    for (const clean of cleaners) await clean();
  });
  before(() => {
    const folder = temporaryFolder({ after: (clean) => cleaners.push(clean) }, 'om-logs-');
    const app = [
      json(60, 'info', 'checked, no error found'),
      json(50, 'error', 'could not write project 9f3a2b71: deadlock detected'),
      json(40, 'info', 'the user said ERROR: level=error', { errors: 0 }),
      json(30, 'error', 'could not write project 77aa0c12: deadlock detected'),
      json(2, 'error', 'connection to 10.0.0.7 timed out, PASSWORD=hunter2-long'),
      json(1, 'warning', 'login refused', { status: 401, id: 'x403' }),
      json(1, 'info', 'über 401 Zeilen gelesen'),
    ];
    const text = [
      `${stamp(20)} [INFO] memory_sync: 0 errors, error=0\n`,
      `${stamp(19)} [ERROR] memory_sync: step 17 failed\n`,
      'Traceback (most recent call last):\n',
      '  File "worker.py", line 3, in run\n',
      'ValueError: no seat\n',
      `${stamp(18)} [INFO] memory_sync: went on\n`,
      'Traceback (most recent call last):\n',
      '  File "worker.py", line 9, in run\n',
      'KeyError: DB_URL\n',
      `${stamp(17)} [WARNING] memory_sync: no space left on device\n`,
    ];
    site = smallSite(
      folder,
      {
        'logs/app.log': app.slice(3).join(''),
        'logs/text.log': text.join(''),
        'logs/odd.log': Array.from({ length: 20 }, (_, n) => `%%% ${n} ~~~ what is this\n`).join(
          '',
        ),
      },
      {
        profile: [
          'database: {engine: none}',
          'logs:',
          '  sources: {app: {files: [logs/app.log]}, text: {files: [logs/text.log]}, odd: {files: [logs/odd.log]}}',
          '  classes: {seats: {match: ["no seat"]}}',
        ].join('\n'),
      },
    );
    writeFileSync(join(site.root, 'logs/app.log.1.gz'), gzipSync(app[2] as string));
    writeFileSync(
      join(site.root, 'logs/app.log.2.zst'),
      zstdCompressSync((app[0] as string) + app[1]),
    );
  });

  it('counts what is an error and nothing that only speaks of one, in packed generations too', async () => {
    const { code, result, stdout } = await run<ErrorsResult>(
      LogsErrors,
      'app',
      'text',
      '--since',
      '7d',
    );
    assert.equal(code, 0, stdout);
    assert.equal(result.errors, 5, JSON.stringify(result.groups, null, 1));
    assert.equal(result.understoodPercent, 100);
    const deadlock = result.groups.find(({ template }) => template.includes('deadlock'));
    assert.deepEqual(
      [deadlock?.count, deadlock?.template, deadlock?.class],
      [2, 'could not write project <hex>: deadlock detected', 'database'],
    );
    assert.equal(deadlock?.first, at(50));
    const templates = result.groups.map(({ template }) => template).sort();
    assert.ok(
      templates.some((one) => one.startsWith('KeyError')),
      'a trace without a level counts once',
    );
    assert.ok(
      !templates.some((one) => one.includes('ValueError')),
      'one behind an error is that error',
    );
    assert.ok(!stdout.includes('hunter2'));
    assert.match(stdout, /PASSWORD=<REDACTED>/);
  });

  it('keeps to its window, knows what it has seen, and gives a group the same id in every run', async () => {
    const first = await run<ErrorsResult>(LogsErrors, 'app', '--since', '35h');
    assert.equal(first.result.errors, 2);
    const seen = first.result.groups.map(({ id }) => id);
    appendFileSync(
      join(site.root, 'logs/app.log'),
      json(0, 'fatal', 'license of 12 seats is over'),
    );
    const { result, code, error } = await run<ErrorsResult>(
      ...([LogsErrors, 'app', '--new', '--fail-over', '0'] as const),
    );
    assert.deepEqual([code, error.code], [6, 'E_LOG_ERRORS']);
    assert.deepEqual(
      result.groups.map(({ template, trend }) => [template, trend]),
      [['license of <n> seats is over', 'new']],
    );
    const again = await run<ErrorsResult>(LogsErrors, 'app', '--new', '--fail-over', '0');
    assert.deepEqual([again.code, again.result.groups], [0, []]);
    const later = await run<ErrorsResult>(LogsErrors, 'app', '--since', '35h');
    for (const id of seen) assert.ok(later.result.groups.some((one) => one.id === id));
  });

  it('says what it does not understand, with exit 7', async () => {
    const { code, warnings, result } = await run<ErrorsResult>(LogsErrors, 'odd');
    assert.equal(code, 7);
    assert.equal(result.understoodPercent, 0);
    assert.match(warnings.join(), /Not all lines of .*odd\.log say when/);
    assert.match(warnings.join(), /Only 0 % .*%%% 0 ~~~ what is this.*%%% 2/s);
    const list = await run<{
      sources: { name: string; generations: number; format: string; first: string }[];
    }>(LogsList, 'app');
    assert.deepEqual(
      list.result.sources.map(({ name, generations, format, first }) => [
        name,
        generations,
        format,
        first,
      ]),
      [['app', 2, 'json', at(60)]],
    );
    assert.equal((await run(LogsErrors, 'nobody')).code, 2);
  });

  it('sorts by class: by words and by the field of the status, not by numbers', async () => {
    const { result } = await run<{ classes: { name: string; count: number }[]; other: number }>(
      ...([LogsClasses, 'app', 'text'] as const),
    );
    const counts = Object.fromEntries(result.classes.map(({ name, count }) => [name, count]));
    assert.deepEqual(counts, { seats: 0, database: 2, auth: 1, resources: 1, network: 1 });
  });

  it('finds text and expressions in every generation, and fields', async () => {
    const count = async (...argv: string[]) =>
      (await run<{ count: number }>(LogsSearch, ...argv, 'app')).result.count;
    assert.equal(await count('--fixed', 'deadlock detected'), 2);
    assert.equal(await count('--fixed', 'über'), 1);
    assert.equal(await count('ü.er'), 1);
    assert.equal(await count('project [^x]*detected'), 2, 'no match goes over the end of a line');
    assert.equal(await count('.', '--field', 'status=401'), 1);
    assert.equal(await count('deadlock', '--since', '35h'), 1);
    assert.equal(await count('.', '--level', 'error'), 4);
    const hit = await run<{ matches: { text: string; after: string[] }[] }>(
      ...([LogsSearch, 'hunter2', 'app', '--context', '1', '--expect', 'none'] as const),
    );
    assert.deepEqual([hit.code, hit.error.code], [6, 'E_FOUND']);
    assert.ok(!hit.stdout.includes('hunter2-long'));
    assert.match(hit.result.matches[0]?.after[0] ?? '', /login refused/);
    assert.equal((await run(LogsSearch, '(')).code, 2);
  });

  it('shows the last lines of all in the order of their times', async () => {
    const { result } = await run<{ lines: { text: string; source: string }[] }>(
      ...([LogsTail, 'app', 'text', '--lines', '5'] as const),
    );
    assert.deepEqual(
      result.lines.map(({ source }) => source),
      ['text', 'app', 'app', 'app', 'app'],
    );
    assert.match(result.lines[0]?.text ?? '', /no space left/);
  });
});
