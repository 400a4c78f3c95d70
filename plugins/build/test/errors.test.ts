import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Redactor, silentProgress } from '@om-ops/kit';
import { fakeService } from '@om-ops/test-support/abilities';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { appErrors } from '../src/errors/errors.ts';
import { messageOf, signatureOf, timeOf } from '../src/errors/signature.ts';
import { errorsText } from '../src/view/errors.ts';
import { writeFiles } from './files.ts';

const redact = new Redactor();

function service(folder: string, ...names: string[]) {
  const logFiles = async () =>
    names.map((name) => ({ path: join(folder, name), stream: 'both' as const }));
  return fakeService({ answers: { logFiles } });
}

async function errorsIn(t: TestContext, files: Readonly<Record<string, string>>, lines?: number) {
  const folder = writeFiles(temporaryFolder(t), files);
  return appErrors(service(folder, 'app.log'), { lines, redact, progress: silentProgress() });
}

const moduleError = (name: string) => `2026-11-25T10:00:01: Error: Cannot find module './${name}'
Require stack:
- /srv/app/dist/index.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1145:15)
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/srv/app/dist/index.js' ]
}
`;
const sqlError = (column: string) => `Error: Unknown column '${column}' in 'field list'
    at Query.execute (/srv/app/node_modules/mysql2/lib/query.js:99:11) {
  code: 'ER_BAD_FIELD_ERROR',
  errno: 1054,
  sqlMessage: "Unknown column '${column}' in 'field list'"
}
`;
const plainError = `Error: the disk is sad
    at run (/srv/app/dist/run.js:3:9) {
  code: 'ER_BAD_FIELD_ERROR'
}
`;

describe('the errors of the app', () => {
  it('are counted like with like, the five signatures first', async (t) => {
    const { signatures, errors, lines } = await errorsIn(t, {
      'app.log':
        moduleError('a') +
        moduleError('b') +
        '2026-11-25T11:00:00: listening on 3001\n' +
        sqlError('x') +
        sqlError('yz') +
        '2026-11-25T12:00:00: SyntaxError: Unexpected token } in JSON at position 17\n' +
        '10.0.0.7 - - [25/Nov/2026:13:00:00 +0000] "GET /api/users/17 HTTP/1.1" 500 1234 "-" "curl"\n' +
        '10.0.0.8 - - [25/Nov/2026:13:05:00 +0000] "GET /api/users/18 HTTP/1.1" 500 99 "-" "curl"\n' +
        '10.0.0.8 - - [25/Nov/2026:13:06:00 +0000] "GET /api/users/500 HTTP/1.1" 200 500 "-" "curl"\n' +
        'took 500 ms for 500 rows\n' +
        '2026-11-25T14:00:00: TypeError: x is not a function\n' +
        '2026-11-25T15:00:00: [error] connection lost\n',
    });
    const counts = Object.fromEntries(
      signatures.map(({ name, count, groups }) => [name, [count, groups.length]]),
    );
    assert.deepEqual(counts, {
      MODULE_NOT_FOUND: [2, 1],
      SyntaxError: [1, 1],
      ER_BAD_FIELD_ERROR: [2, 1],
      '500': [2, 1],
      'Error:': [1, 1],
      other: [1, 1],
    });
    assert.equal(errors, 9);
    assert.equal(lines, 34);
    const [modules, , columns, answers] = signatures;
    assert.equal(modules?.groups[0]?.message, "Error: Cannot find module '…'");
    assert.match(modules?.groups[0]?.sample ?? '', /module '.\/b'/);
    // A line without a time was written at that of the nearest line above.
    assert.equal(
      new Date(columns?.groups[0]?.last ?? 0).getTime(),
      new Date('2026-11-25T11:00:00').getTime(),
    );
    assert.deepEqual(
      [answers?.groups[0]?.first, answers?.groups[0]?.last].map((one) =>
        new Date(one ?? 0).toISOString(),
      ),
      ['2026-11-25T13:00:00.000Z', '2026-11-25T13:05:00.000Z'],
    );
  });

  it('are what the lines below them say they are', async (t) => {
    const { signatures } = await errorsIn(t, {
      'app.log': `${plainError}Error: of another kind\nagain\n  code: 'ER_BAD_FIELD_ERROR'\n`,
    });
    const counts = signatures.map(({ count }) => count);
    // The last `code` stands below a line that begins something else, so it is one by itself.
    assert.deepEqual(counts, [0, 0, 2, 0, 1, 0]);
  });

  it('are shown without secrets, also in what they have in common', async (t) => {
    const secret = 'hunter2-very-secret';
    const result = await errorsIn(t, {
      'app.log': `Error: login with DB_PASSWORD=${secret} failed\nError: see https://bob:${secret}@db.example/x\n`,
    });
    assert.equal(result.errors, 2);
    assert.equal(JSON.stringify(result).includes(secret), false);
    assert.equal(errorsText(result).includes(secret), false);
  });

  it('come from rotated and packed files too, in the order of time', async (t) => {
    const folder = temporaryFolder(t);
    const line = (hour: number) => `2026-11-25T0${hour}:00:00Z Error: at ${hour} o'clock\n`;
    writeFileSync(join(folder, 'app.log'), line(3));
    writeFileSync(join(folder, 'app.log.1'), line(2));
    writeFileSync(join(folder, 'app.log.2.gz'), gzipSync(line(1)));
    const { files, signatures } = await appErrors(service(folder, 'app.log'), {
      redact,
      progress: silentProgress(),
    });
    assert.deepEqual(
      files.map(({ path, rotated }) => [path.slice(folder.length + 1), rotated]),
      [
        ['app.log.2.gz', true],
        ['app.log.1', true],
        ['app.log', false],
      ],
    );
    const group = signatures.find(({ name }) => name === 'Error:')?.groups[0];
    assert.equal(group?.count, 3);
    assert.deepEqual(
      [group?.first, group?.last].map((one) => new Date(one ?? 0).toISOString()),
      ['2026-11-25T01:00:00.000Z', '2026-11-25T03:00:00.000Z'],
    );
    assert.match(group?.sample ?? '', /at 3 o'clock/);
  });

  it('are the same whether a log is read in one piece or in many', async (t) => {
    const folder = temporaryFolder(t);
    const block =
      moduleError('a') +
      sqlError('x') +
      `${'an ordinary line of some length\n'.repeat(40)}2026-11-25T14:00:00: TypeError: no ünïcode\n`;
    const times = Math.ceil((40 * 1024 * 1024) / block.length);
    writeFileSync(join(folder, 'app.log'), '');
    for (let at = 0; at < times; at += 1000)
      appendFileSync(join(folder, 'app.log'), block.repeat(Math.min(1000, times - at)));
    const { signatures, lines, files } = await appErrors(service(folder, 'app.log'), {
      redact,
      progress: silentProgress(),
    });
    assert.equal(files[0]?.bytes, Buffer.byteLength(block) * times);
    assert.deepEqual(
      signatures.map(({ count }) => count),
      [times, 0, times, 0, times, 0],
    );
    assert.equal(lines, times * (block.split('\n').length - 1));
    assert.match(signatures[4]?.groups[0]?.sample ?? '', /no ünïcode/);
  });

  it('of the last lines come from the end of the log', async (t) => {
    const many = 'Error: old\n'.repeat(1000);
    const result = await errorsIn(t, { 'app.log': `${many}fine\nError: new\n` }, 2);
    assert.deepEqual([result.lines, result.errors, result.lastLines], [2, 1, 2]);
  });

  it('of lines of JSON are told apart by what they say', async (t) => {
    const { signatures } = await errorsIn(t, {
      'app.log':
        '{"level":50,"time":1764064800000,"err":{"type":"TypeError","message":"a is not a function","stack":"TypeError: a"},"msg":"failed"}\n' +
        '{"level":50,"time":1764064801000,"err":{"type":"TypeError","message":"b is null","stack":"TypeError: b"},"msg":"failed"}\n',
    });
    const groups = signatures.find(({ name }) => name === 'Error:')?.groups ?? [];
    assert.deepEqual(
      groups.map(({ message }) => message),
      ['TypeError: a is not a function: failed', 'TypeError: b is null: failed'],
    );
    assert.equal(new Date(groups[0]?.first ?? 0).getTime(), 1764064800000);
  });

  it('cannot be told without a log: exit 5, and says of one that cannot be read', async (t) => {
    const options = { redact, progress: silentProgress() };
    const folder = temporaryFolder(t);
    await assert.rejects(appErrors(fakeService(), options), { code: 'E_NO_LOGS', exit: 5 });
    await assert.rejects(appErrors(service(folder, 'absent.log'), options), {
      code: 'E_NOT_FOUND',
      exit: 5,
    });
    writeFileSync(join(folder, 'there.log'), 'Error: x\n');
    mkdirSync(join(folder, 'folder.log'));
    const { leftOut, errors } = await appErrors(
      service(folder, 'there.log', 'absent.log', 'folder.log'),
      options,
    );
    assert.equal(errors, 1);
    assert.equal(leftOut.length, 2);
  });

  it('end with the reason when they are interrupted', async (t) => {
    const folder = writeFiles(temporaryFolder(t), { 'app.log': 'Error: x\n' });
    const progress = { ...silentProgress(), signal: AbortSignal.abort(new Error('stop')) };
    await assert.rejects(appErrors(service(folder, 'app.log'), { redact, progress }));
  });
});

describe('a line of a log', () => {
  it('is stripped of what differs from one to the next', () => {
    for (const [line, message] of [
      [
        '2026-11-25 10:00:00.123 [3] Error: user 1234 at 10.0.0.1:5432',
        'Error: user <n> at <address>',
      ],
      [
        'Error: row 550e8400-e29b-41d4-a716-446655440000 of bob@example.org',
        'Error: row <id> of <address>',
      ],
      [
        'Error: GET https://api.example.org/v1/users/7?x=1 timed out after 30000ms',
        'Error: GET <address> timed out after <n>ms',
      ],
      [
        'Error: Duplicate entry \'bob\' for key "users.email"',
        'Error: Duplicate entry \'…\' for key "…"',
      ],
      ['Error: session 9f8e7d6c5b4a3f2e is gone', 'Error: session <id> is gone'],
    ] as const)
      assert.equal(messageOf(line), message);
  });

  it('is 500 only where a server has answered so', () => {
    for (const line of [
      'POST /api/x 500 12.3 ms',
      '"GET / HTTP/1.1" 500 0',
      '{"statusCode":500}',
      'status: 500',
      'responded with 500',
      '500 Internal Server Error',
    ])
      assert.equal(signatureOf(line), '500', line);
    for (const line of ['took 500 ms', 'port 500', 'GET /items/500 200', '500 rows', 'in 1500 ms'])
      assert.equal(signatureOf(line), undefined, line);
  });

  it('says when it was written, in whatever form', () => {
    const expected = Date.UTC(2026, 10, 25, 10, 0, 0);
    for (const line of [
      '2026-11-25T10:00:00Z x',
      '2026-11-25T12:00:00+02:00: x',
      '[2026-11-25 10:00:00,000 UTC] x',
      '1.1.1.1 - - [25/Nov/2026:10:00:00 +0000] "GET',
      '{"time":1795600800000,"msg":"x"}',
    ])
      assert.equal(timeOf(line), expected, line);
    assert.equal(timeOf('2026/11/25 10:00:00 [error] x'), new Date(2026, 10, 25, 10).getTime());
    assert.equal(timeOf('no time'), undefined);
  });
});
