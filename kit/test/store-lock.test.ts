import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { acquireLock, acquireLockSync, currentOwner, lockHolder } from '../src/store/index.ts';
import { startWorker, temporaryFolder } from './store/processes.ts';

const contentOf = (changes: object): string =>
  JSON.stringify({
    ...currentOwner(),
    command: 'backup run',
    since: '2026-11-22T06:07:08.123+00:00',
    ...changes,
  });

test('a lock is there while it is held and gone afterwards', async (context) => {
  const folder = join(temporaryFolder(context), 'made/for/it');
  const lock = await acquireLock(folder, 'backup/db', { command: 'backup run' });
  assert.deepEqual(readdirSync(folder), ['backup%2Fdb.lock']);
  assert.deepEqual(lockHolder(folder, 'backup/db')?.pid, process.pid);
  assert.equal(lock.tookOverFrom, null);
  lock.release();
  lock.release();
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(lockHolder(folder, 'backup/db'), null);
});

test('a lock held by a living process is refused, and its holder named', async (context) => {
  const folder = temporaryFolder(context);
  const worker = startWorker(context, 'lock', folder, 0, 'backup');
  await worker.lines(1);
  const { pid } = worker.process;
  const isNamed = (error: Error & { code?: string; exit?: number }): boolean =>
    error.code === 'E_LOCKED' &&
    error.exit === 4 &&
    error.message.includes(`pid ${pid}`) &&
    error.message.includes('test run') &&
    /since \d{4}-\d\d-\d\dT/.test(error.message);
  await assert.rejects(acquireLock(folder, 'backup'), isNamed);
  assert.throws(() => acquireLockSync(folder, 'backup', { waitMs: 30 }), isNamed);
  acquireLockSync(folder, 'analysis').release();
  await worker.kill();
  const lock = acquireLockSync(folder, 'backup');
  assert.equal(lock.tookOverFrom?.pid, pid);
  lock.release();
  assert.deepEqual(readdirSync(folder), []);
});

test('waiting ends when the lock is released, or the user gives up', async (context) => {
  const folder = temporaryFolder(context);
  const held = await acquireLock(folder, 'x');
  const waiting = acquireLock(folder, 'x', { waitMs: 60_000 });
  const abort = new AbortController();
  const given = acquireLock(folder, 'x', { waitMs: 60_000, signal: abort.signal });
  abort.abort();
  await assert.rejects(given, { code: 'E_INTERRUPTED' });
  held.release();
  (await waiting).release();
  assert.deepEqual(readdirSync(folder), []);
});

test('a pid that another process has by now does not hold the lock', async (context) => {
  const folder = temporaryFolder(context);
  const start = String(Number(currentOwner().start) - 1);
  writeFileSync(join(folder, 'x.lock'), contentOf({ start }));
  const lock = await acquireLock(folder, 'x');
  assert.equal(lock.tookOverFrom?.start, start);
  lock.release();
});

test('a reboot ends every lock', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'x.lock'), contentOf({ boot: 'another' }));
  (await acquireLock(folder, 'x')).release();
});

test('a lock of another host or container is never taken over', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'x.lock'), contentOf({ host: 'elsewhere.example', pid: 4_000_000 }));
  await assert.rejects(acquireLock(folder, 'x', { waitMs: 50 }), /on elsewhere\.example/);
  writeFileSync(join(folder, 'y.lock'), contentOf({ pidSpace: 'pid:[1]', pid: 4_000_000 }));
  await assert.rejects(acquireLock(folder, 'y'), /in another container/);
  assert.equal(readdirSync(folder).length, 2);
});

test('a lock file without readable content locks for a moment only', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'x.lock');
  writeFileSync(path, '');
  await assert.rejects(acquireLock(folder, 'x'), { code: 'E_LOCKED' });
  utimesSync(path, new Date(0), new Date(0));
  (await acquireLock(folder, 'x')).release();
});

test("somebody else's lock survives the release of one that was removed by hand", async (context) => {
  const folder = temporaryFolder(context);
  const lock = await acquireLock(folder, 'x');
  writeFileSync(lock.path, contentOf({ pid: 1 }));
  lock.release();
  assert.ok(existsSync(lock.path));
});

test('the claim of a taker that died on the way does not bar the others', async (context) => {
  const folder = temporaryFolder(context);
  const dead = contentOf({ start: '1' });
  writeFileSync(join(folder, 'x.lock'), dead);
  const { createHash } = await import('node:crypto');
  const claim = `.${createHash('sha256').update(dead).digest('hex').slice(0, 24)}.claim`;
  writeFileSync(join(folder, claim), contentOf({ start: '2' }));
  (await acquireLock(folder, 'x')).release();
  assert.deepEqual(readdirSync(folder), []);
});

test('of many takers of a dead lock one wins at a time', async (context) => {
  const folder = temporaryFolder(context);
  const counter = join(folder, 'counter');
  writeFileSync(counter, '0');
  for (let round = 1; round <= 3; round++) {
    mkdirSync(join(folder, 'locks'), { recursive: true });
    writeFileSync(join(folder, 'locks/turns.lock'), contentOf({ start: String(round) }));
    const workers = Array.from({ length: 8 }, () =>
      startWorker(context, 'turns', join(folder, 'locks'), 20, counter),
    );
    await Promise.all(workers.map((worker) => worker.end()));
    assert.equal(readFileSync(counter, 'utf8'), String(round * 160));
  }
  assert.deepEqual(readdirSync(join(folder, 'locks')), []);
});

test('within one process too, one of many takers of a dead lock wins', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'x.lock'), contentOf({ start: '1' }));
  const takers = Array.from({ length: 20 }, () => acquireLock(folder, 'x'));
  const results = await Promise.allSettled(takers);
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('while the lock goes from hand to hand the waiting goes on; one holder alone is not waited for so long', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'x.lock');
  let clock = 0;
  let looks = 0;
  const now = context.mock.method(performance, 'now', () => {
    looks += 1;
    return clock;
  });
  const looked = async (): Promise<void> => {
    const before = looks;
    while (looks < before + 2) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const hold = (token: number) => {
    writeFileSync(`${path}.next`, contentOf({ token }));
    renameSync(`${path}.next`, path);
  };
  hold(0);
  const waiting = acquireLock(folder, 'x', { waitMs: 30_000 });
  for (let token = 1; token <= 5; token += 1) {
    await looked();
    hold(token);
    clock += 25_000;
  }
  await looked();
  unlinkSync(path);
  const lock = await waiting;
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).pid, process.pid);
  lock.release();

  hold(6);
  const refused = assert.rejects(acquireLock(folder, 'x', { waitMs: 30_000 }), {
    code: 'E_LOCKED',
  });
  await looked();
  clock += 31_000;
  await refused;
  now.mock.restore();
  assert.deepEqual(readdirSync(folder), ['x.lock']);
});

test('who comes while others wait, or has just had it, does not take it at once', async (context) => {
  const folder = temporaryFolder(context);
  const held = await acquireLock(folder, 'x');
  const waiting = acquireLock(folder, 'x', { waitMs: 60_000 });
  held.release();
  // It is free in this moment.
  const again = acquireLock(folder, 'x', { waitMs: 60_000 });
  assert.equal(existsSync(held.path), false);
  // Who does not wait has no turn to lose.
  acquireLockSync(folder, 'x').release();
  const release = async (taken: typeof waiting) => (await taken).release();
  await Promise.all([release(waiting), release(again)]);
  assert.deepEqual(readdirSync(folder), []);
});
