import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpsError } from '../src/errors.ts';
import type { Progress } from '../src/progress.ts';
import { type Look, waitUntil } from '../src/wait.ts';

const progressOf = (signal = new AbortController().signal): Progress => ({
  signal,
  report() {},
  warn() {},
});

const options = { what: 'it is so', deadlineMs: 5000, everyMs: 5, progress: progressOf() };

test('returns the value of the first look that finds it', async () => {
  let looks = 0;
  const value = await waitUntil(async () => {
    looks += 1;
    return looks === 3 ? { value: 'found' } : { seen: 'not there' };
  }, options);
  assert.deepEqual([value, looks], ['found', 3]);
});

test('wants it to stay true, under the same key', async () => {
  const steadyMs = 60;
  const began = new Map<string, number>();
  let looks = 0;
  await waitUntil(
    async (): Promise<Look<string>> => {
      looks += 1;
      if (looks === 4) return { seen: 'gone again' };
      const key = looks < 3 ? 'a' : looks < 6 ? 'b' : 'c';
      if (!began.has(key)) began.set(key, performance.now());
      return { value: key, key };
    },
    { ...options, steadyMs },
  );
  assert.deepEqual([...began.keys()], ['a', 'b', 'c']);
  assert.ok(performance.now() - (began.get('c') ?? 0) >= steadyMs);
});

test('says what was seen last when the time is up', async () => {
  await assert.rejects(
    waitUntil(async () => ({ seen: 'pm2 says launching' }), {
      ...options,
      deadlineMs: 40,
      suggestions: ['Look there.'],
    }),
    (error: OpsError) => {
      assert.equal(error.code, 'E_TIMED_OUT');
      assert.equal(
        error.message,
        'Waited 0.04 s in vain until it is so; last: pm2 says launching.',
      );
      assert.deepEqual(error.suggestions, ['Look there.']);
      return true;
    },
  );
});

test('looks a last time when the time is up', async () => {
  const started = performance.now();
  const found = await waitUntil(
    async () => (performance.now() - started >= 100 ? { value: 'late' } : { seen: 'no' }),
    { ...options, deadlineMs: 101, everyMs: 10_000 },
  );
  assert.equal(found, 'late');
});

test('cuts off a look that does not come back, and says so', async () => {
  await assert.rejects(
    waitUntil(() => new Promise<never>(() => {}), { ...options, deadlineMs: 50 }),
    /in vain until it is so; last: no answer within/,
  );
  await assert.rejects(
    waitUntil(
      (signal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted inside')));
        }),
      { ...options, deadlineMs: 50 },
    ),
    { code: 'E_TIMED_OUT' },
  );
});

test('says how often it changed when it was never steady', async () => {
  let pid = 0;
  await assert.rejects(
    waitUntil(
      async () => {
        pid += 1;
        return { value: pid, key: String(pid) };
      },
      { ...options, deadlineMs: 60, everyMs: 10, steadyMs: 1000 },
    ),
    /it was so for 0(\.\d+)? s, and has to be for 1 s \(it changed \d+ times\)/,
  );
});

test('ends at once with what the look throws, and at an interruption', async () => {
  const gone = new OpsError('E_SERVICE_FAILED', 'Given up.');
  await assert.rejects(
    waitUntil(() => Promise.reject(gone), options),
    gone,
  );
  const abort = new AbortController();
  const waiting = waitUntil(
    async () => {
      abort.abort(new Error('Ctrl-C'));
      return { seen: 'nothing' };
    },
    { ...options, deadlineMs: 60_000, everyMs: 60_000, progress: progressOf(abort.signal) },
  );
  await assert.rejects(waiting, /Ctrl-C/);
});
