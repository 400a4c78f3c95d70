import assert from 'node:assert/strict';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { openChangelog } from '@om-ops/kit/journal';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { reportData, reportLimits } from '../src/report/data.ts';
import { chunkOf, readEntries } from '../src/report/page/model.ts';
import type { Marks, TextChunk } from '../src/report/types.ts';
import { writeSampleState } from './sample-state.ts';

test('the newest entries come first, each with its session, time, type, actor and text', async (context) => {
  const state = temporaryFolder(context);
  const ids = writeSampleState(state, { sessions: 3, entriesPerSession: 5 });
  const changelog = openChangelog(state);
  const { data, embedded } = await reportData(changelog, silentProgress());
  assert.deepEqual(
    data.sessions.map(({ id }) => id),
    ids,
  );
  assert.deepEqual(data.totals, { sessions: 3, entries: 15 });
  assert.deepEqual(data.embedded, { entries: 15, shortened: 0 });
  assert.deepEqual(
    data.sessions.map(({ first, shown }) => [first, shown]),
    [
      [0, 5],
      [5, 5],
      [10, 5],
    ],
  );
  const entries = readEntries(data, embedded.marks as Marks);
  const seen = [];
  for (let at = 0; at < entries.count; at++) {
    const chunk = chunkOf(data.chunks, at);
    const texts = embedded[`texts-${chunk}`] as TextChunk;
    seen.push({
      id: data.sessions[entries.session[at] ?? 0]?.id,
      time: entries.time[at],
      type: data.types[entries.type[at] ?? 0],
      actor: data.actors[entries.actor[at] ?? 0],
      outcome: entries.outcome[at],
      text: texts.text[at - (data.chunks[chunk] ?? 0)],
    });
  }
  const expected = [];
  for (const id of ids) {
    const own = [];
    for await (const { timestamp, type, actor, outcome, content } of changelog.entries(id)) {
      const time = Math.floor(Date.parse(timestamp) / 1000) * 1000;
      own.unshift({ id, time, type, actor, outcome: outcome?.[0] ?? ' ', text: content });
    }
    expected.push(...own);
  }
  assert.deepEqual(seen, expected);
});

test('what is too much is left out, the oldest first, and counted', async (context) => {
  const state = temporaryFolder(context);
  writeSampleState(state, { sessions: 4, entriesPerSession: 10, varied: true });
  const changelog = openChangelog(state);
  const few = await reportData(changelog, silentProgress(), { ...reportLimits, entries: 25 });
  assert.deepEqual(
    few.data.sessions.map(({ shown }) => shown),
    [10, 10, 5, 0],
  );
  assert.deepEqual(few.data.totals, { sessions: 4, entries: 40 });
  assert.equal(few.data.embedded.entries, 25);
  const small = await reportData(changelog, silentProgress(), {
    ...reportLimits,
    characters: 3000,
  });
  assert.ok(small.data.embedded.entries > 5 && small.data.embedded.entries < 20);
  const short = await reportData(changelog, silentProgress(), { ...reportLimits, textLength: 50 });
  assert.equal(short.data.embedded.shortened, 40);
  const { text, full } = short.embedded['texts-0'] as TextChunk;
  assert.equal(text[0]?.length, 50);
  assert.ok((full[0] ?? 0) > 50);
  const fewSessions = await reportData(changelog, silentProgress(), {
    ...reportLimits,
    sessions: 2,
  });
  assert.equal(fewSessions.data.sessions.length, 2);
  assert.equal(fewSessions.data.totals.sessions, 4);
});

test('texts come in chunks that are not larger than one text needs', async (context) => {
  const state = temporaryFolder(context);
  writeSampleState(state, { sessions: 2, entriesPerSession: 3000 });
  const { data, embedded } = await reportData(openChangelog(state), silentProgress());
  const chunks = Object.keys(embedded).filter((name) => name.startsWith('texts-'));
  assert.equal(chunks.length, data.chunks.length);
  assert.ok(chunks.length > 2);
  for (const name of chunks) {
    const { text } = embedded[name] as TextChunk;
    assert.ok(text.length <= 2000 && text.join('').length < 420_000);
  }
});

test('a surrogate pair is not cut in two', async (context) => {
  const state = temporaryFolder(context);
  const changelog = openChangelog(state);
  await changelog.startSession({ title: 'x' });
  await changelog.append({ actor: 'user', type: 'note', content: 'a😀b' });
  const { embedded } = await reportData(changelog, silentProgress(), {
    ...reportLimits,
    textLength: 2,
  });
  assert.deepEqual((embedded['texts-0'] as TextChunk).text, ['a']);
});

test('what verification found is in the page, sessions that are gone included', async (context) => {
  const state = temporaryFolder(context);
  const [first = '', second = ''] = writeSampleState(state, { sessions: 3, entriesPerSession: 3 });
  const changelog = openChangelog(state);
  await changelog.rebuildIndex();
  appendFileSync(join(changelog.session(first).path, 'entries.jsonl'), '{"content":"put in"}\n');
  rmSync(changelog.session(second).path, { recursive: true });
  const { data } = await reportData(changelog, silentProgress());
  assert.deepEqual(
    data.sessions.map(({ id, check }) => [id === first, id === second, check]),
    [
      [true, false, 'broken'],
      [false, false, 'ok'],
      [false, true, 'broken'],
    ],
  );
  assert.match(data.sessions[0]?.problems[0] ?? '', /has no hash/);
  assert.match(data.sessions[2]?.problems[0] ?? '', /whole session is gone/);
});

test('an aborted report ends', async (context) => {
  const state = temporaryFolder(context);
  writeSampleState(state, { sessions: 2, entriesPerSession: 1 });
  const signal = AbortSignal.abort(new Error('stopped'));
  await assert.rejects(reportData(openChangelog(state), { ...silentProgress(), signal }));
});
