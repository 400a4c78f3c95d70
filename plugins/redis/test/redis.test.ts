import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { type RedisServer, startRedis } from '@om-ops/test-support/redis';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import QueueDlq from '../src/commands/queue/dlq.ts';
import QueueJobs from '../src/commands/queue/jobs.ts';
import QueueStatus from '../src/commands/queue/status.ts';
import RedisClients from '../src/commands/redis/clients.ts';
import RedisConfigSet from '../src/commands/redis/config/set.ts';
import RedisConfigShow from '../src/commands/redis/config/show.ts';
import RedisDelete from '../src/commands/redis/delete.ts';
import RedisFlush from '../src/commands/redis/flush.ts';
import RedisKeys from '../src/commands/redis/keys.ts';
import RedisMemory from '../src/commands/redis/memory.ts';
import RedisPing from '../src/commands/redis/ping.ts';
import RedisSlowlog from '../src/commands/redis/slowlog.ts';
import RedisStatus from '../src/commands/redis/status.ts';
import RedisWatch from '../src/commands/redis/watch.ts';
import { RedisClient } from '../src/server/client.ts';

const password = 'hard-to-Guess-4711';
const yes = ['--confirm', 'YES APPLY'];

describe('redis', () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis({ password });
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  const open = (db = 0) =>
    RedisClient.open(
      { host: '127.0.0.1', port: server.port, tls: false, db, password, where: '' },
      new AbortController().signal,
    );

  function site(
    test: TestContext,
    { url = `redis://127.0.0.1:${server.port}/0`, given = password, queues = {}, redis = {} } = {},
  ) {
    const folder = temporaryFolder(test);
    mkdirSync(join(folder, 'site'));
    writeFileSync(join(folder, 'site/.env'), `REDIS_PASSWORD=${given}\nREDIS_URL=${url}\n`, {
      mode: 0o600,
    });
    const profile = join(folder, 'om-ops.yaml');
    writeFileSync(
      profile,
      JSON.stringify({
        site: 'demo',
        root: 'site',
        state: join(folder, 'state'),
        envFiles: ['.env'],
        database: { engine: 'none' },
        redis,
        queues,
      }),
    );
    return profile;
  }

  it('looks, by port and socket, and judges the answer and not the exit code', async (test) => {
    await using client = await open();
    await client.call('SET', 'cache:a', 'x'.repeat(1000));
    const profile = site(test);
    assert.equal((await runCommand(RedisPing, [], { site: profile })).code, 0);
    assert.equal(
      (await runCommand(RedisPing, [], { site: site(test, { url: `unix://${server.socket}` }) }))
        .code,
      0,
    );
    for (const [more, what] of [
      [{ given: '' }, /NOAUTH|refuses/],
      [{ given: 'wrong' }, /refuses/],
      [{ url: 'redis://127.0.0.1:1/0' }, /cannot be reached/],
      [{ url: 'unix:///no/such.sock' }, /cannot be reached/],
    ] as const) {
      const result = await runCommand(RedisPing, [], { site: site(test, more) });
      assert.equal(result.code, 6, JSON.stringify(more));
      assert.match(result.stderr, what);
    }
    assert.equal(
      (await runCommand(RedisStatus, [], { site: site(test, { given: 'wrong' }) })).code,
      5,
    );
    assert.equal(
      (await runCommand(RedisStatus, [], { site: site(test, { url: 'no url' }) })).code,
      2,
    );
    const status = await runCommand(RedisStatus, ['--json'], { site: profile });
    assert.equal(status.code, 0, status.stdout);
    assert.match(status.json<{ version: string }>().result.version, /^Redis \d/);
    assert.equal((await runCommand(RedisMemory, [], { site: profile })).code, 0);
    assert.equal((await runCommand(RedisClients, [], { site: profile })).code, 0);
    assert.equal((await runCommand(RedisSlowlog, ['--reset', ...yes], { site: profile })).code, 0);
    const config = await runCommand(RedisConfigShow, [], {
      site: profile,
      id: 'redis:config:show',
    });
    assert.match(config.stdout, /requirepass +<REDACTED>/);
    const watch = await runCommand(RedisWatch, ['--seconds', '1', '--json'], { site: profile });
    assert.equal(watch.code, 0);
    for (const { stdout, stderr } of [status, config, watch])
      assert.ok(!`${stdout}${stderr}`.includes(password));
  });

  it('deletes exactly what it showed, whatever the names', async (test) => {
    await using client = await open(3);
    const profile = site(test);
    const odd = [
      'cache:keep keep',
      "cache:it's",
      'cache:"q"',
      'cache:new\nline',
      Buffer.from([0x63, 0x61, 0x63, 0x68, 0x65, 0x3a, 0xff, 0xfe]),
    ];
    for (const key of [...odd, 'keep', 'session:1']) await client.call('SET', key, 'v');
    for (let at = 0; at < 3000; at++) await client.call('SET', `cache:n:${at}`, 'v');
    await client.call('RPUSH', 'big:list', ...Array.from({ length: 500 }, (_, at) => `v${at}`));
    const keys = await runCommand(RedisKeys, ['--db', '3', '--by', 'elements', '--json'], {
      site: profile,
    });
    const found = keys.json<{
      scanned: number;
      keys: { key: string; elements: number }[];
      prefixes: { prefix: string; keys: number; forever: number }[];
    }>().result;
    assert.equal(found.scanned, 3008);
    assert.deepEqual([found.keys[0]?.key, found.keys[0]?.elements], ['big:list', 500]);
    assert.equal(found.prefixes.find(({ prefix }) => prefix === 'cache:*')?.keys, 3005);
    assert.equal(
      (await runCommand(RedisDelete, ['--db', '3', '--pattern', '*', ...yes], { site: profile }))
        .code,
      2,
    );
    const dry = await runCommand(
      RedisDelete,
      ['--db', '3', '--pattern', 'cache:*', '--dry-run', '--json'],
      { site: profile },
    );
    assert.equal(dry.json<{ matched: number }>().result.matched, 3005);
    assert.equal(
      (await runCommand(RedisDelete, ['--db', '3', '--pattern', 'cache:*'], { site: profile }))
        .code,
      3,
    );
    assert.equal(await client.call('DBSIZE'), 3008);
    const done = await runCommand(
      RedisDelete,
      ['--db', '3', '--pattern', 'cache:*', ...yes, '--json'],
      { site: profile },
    );
    assert.equal(done.json<{ deleted: number }>().result.deleted, 3005, done.stdout);
    assert.deepEqual(((await client.call('KEYS', '*')) as Buffer[]).map(String).sort(), [
      'big:list',
      'keep',
      'session:1',
    ]);
    assert.equal(
      (
        await runCommand(
          RedisDelete,
          ['--db', '3', '--pattern', 'session:*', '--older-than', '1d', ...yes],
          { site: profile },
        )
      ).code,
      0,
    );
    assert.equal(await client.call('EXISTS', 'session:1'), 1);
  });

  it('flushes no queue, and sets no limit that throws away', async (test) => {
    await using client = await open(4);
    await using other = await open(5);
    await client.call('SET', 'a', '1');
    await other.call('SET', 'b', '1');
    const profile = site(test);
    assert.equal((await runCommand(RedisFlush, ['--db', '4'], { site: profile })).code, 3);
    await client.call('LPUSH', 'celery', '{}');
    const refused = await runCommand(RedisFlush, ['--db', '4', ...yes], { site: profile });
    assert.equal(refused.code, 6, refused.stderr);
    assert.equal(
      (
        await runCommand(RedisFlush, ['--db', '5', ...yes], {
          site: site(test, { redis: { queues: { jobs: 5 } } }),
        })
      ).code,
      6,
    );
    assert.equal(await client.call('DBSIZE'), 2);
    assert.equal(
      (await runCommand(RedisDelete, ['--db', '4', '--pattern', 'cel*', ...yes], { site: profile }))
        .code,
      6,
    );
    assert.equal(
      (
        await runCommand(RedisConfigSet, ['maxmemory', '1kb', ...yes], {
          id: 'redis:config:set',
          site: profile,
        })
      ).code,
      6,
    );
    assert.equal(
      (
        await runCommand(RedisConfigSet, ['maxmemory', 'much', ...yes], {
          id: 'redis:config:set',
          site: profile,
        })
      ).code,
      2,
    );
    // It was started without a file: CONFIG REWRITE fails, and the setting is put back.
    const persist = await runCommand(
      RedisConfigSet,
      ['maxmemory', '1gb', '--persist', ...yes, '--json'],
      { id: 'redis:config:set', site: profile },
    );
    assert.equal(persist.code, 1, persist.stdout);
    const limit = async () =>
      String(((await client.call('CONFIG', 'GET', 'maxmemory')) as Buffer[])[1]);
    assert.equal(await limit(), '0');
    assert.equal(
      (
        await runCommand(RedisConfigSet, ['maxmemory', '1gb', ...yes], {
          id: 'redis:config:set',
          site: profile,
        })
      ).code,
      0,
    );
    assert.equal(await limit(), String(1024 ** 3));
    assert.equal(
      (await runCommand(RedisFlush, ['--db', '4', '--including-queues', ...yes], { site: profile }))
        .code,
      0,
    );
    assert.equal((await runCommand(RedisFlush, ['--db', '5', ...yes], { site: profile })).code, 0);
    assert.deepEqual([await client.call('DBSIZE'), await other.call('DBSIZE')], [0, 0]);
  });

  it('tells the queues of BullMQ and Celery by the numbers of the broker, and shows nothing of what they carry', async (test) => {
    const connection = new Redis({
      host: '127.0.0.1',
      port: server.port,
      password,
      db: 6,
      maxRetriesPerRequest: null,
    });
    const queue = new Queue('mail', { connection });
    const profile = site(test, {
      queues: {
        mail: { kind: 'bullmq', queues: ['mail'], db: 6, maxWaiting: 100 },
        tasks: { kind: 'celery', queues: ['tasks'], db: 7, maxWaiting: 1 },
        dead: { kind: 'list', queues: ['dead'], db: 7, dead: true },
      },
    });
    try {
      await queue.addBulk(
        Array.from({ length: 5 }, (_, at) => ({
          name: 'welcome',
          data: { token: 'carried-Secret-9' },
          opts: { delay: at === 0 ? 3_600_000 : 0 },
        })),
      );
      await queue.add('breaks', { token: 'carried-Secret-9' }, { attempts: 1 });
      const good = await runCommand(QueueStatus, ['--once', '--json'], { site: profile });
      assert.equal(good.code, 0, good.stdout);
      const [mail] = good.json<{
        queues: { waiting: number; delayed: number; oldestSeconds: number | null }[];
      }>().result.queues;
      assert.deepEqual(
        [mail?.waiting, mail?.delayed, typeof mail?.oldestSeconds],
        [5, 1, 'number'],
      );
      assert.equal((await runCommand(QueueDlq, [], { site: profile })).code, 0);
      const worker = new Worker(
        'mail',
        async ({ name }) =>
          name === 'breaks'
            ? Promise.reject(new Error('password=carried-Secret-9 is wrong'))
            : 'sent',
        { connection },
      );
      const failed = new Promise((resolve) => worker.once('failed', resolve));
      await failed;
      await worker.close();
      await using client = await open(7);
      const message = JSON.stringify({
        body: 'carried-Secret-9',
        headers: { id: 'x-1', task: 'app.send', retries: 2 },
      });
      await client.call('LPUSH', 'tasks', message, message);
      await client.call('LPUSH', 'dead', message);
      const bad = await runCommand(QueueStatus, ['--once', '--json'], { site: profile });
      assert.equal(bad.code, 6);
      const codes = bad
        .json<{ findings: { code: string }[] }>()
        .result.findings.map(({ code }) => code)
        .sort();
      assert.deepEqual(codes, ['dead-letters', 'failed', 'waiting']);
      const dlq = await runCommand(QueueDlq, ['--json'], { site: profile });
      assert.equal(dlq.code, 6);
      assert.equal(dlq.json<{ total: number }>().result.total, 2);
      const jobs = await runCommand(QueueJobs, ['--queue', 'mail', '--state', 'failed', '--json'], {
        site: profile,
      });
      assert.equal(jobs.json<{ jobs: { name: string }[] }>().result.jobs[0]?.name, 'breaks');
      const tasks = await runCommand(QueueJobs, ['--queue', 'tasks', '--json'], { site: profile });
      assert.deepEqual(
        tasks.json<{ jobs: { name: string; id: string }[] }>().result.jobs.map(({ name }) => name),
        ['app.send', 'app.send'],
      );
      for (const { stdout } of [bad, dlq, jobs, tasks])
        assert.ok(!stdout.includes('carried-Secret-9'), stdout);
      assert.equal((await runCommand(QueueJobs, ['--queue', 'nope'], { site: profile })).code, 2);
      assert.equal(
        (await runCommand(QueueJobs, ['--queue', 'tasks', '--state', 'failed'], { site: profile }))
          .code,
        2,
      );
    } finally {
      await queue.close();
      connection.disconnect();
    }
  });
});
