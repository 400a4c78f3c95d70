import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import {
  type Changelog,
  type Entry,
  openChangelog,
  RecordedError,
  type Session,
} from '../src/store/changelog/index.ts';
import { startWorker, temporaryFolder, tinyDisk } from './store/processes.ts';

const note = (content: string): { actor: 'user'; type: 'note'; content: string } => ({
  actor: 'user',
  type: 'note',
  content,
});

async function entriesOf(changelog: Changelog, id: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of changelog.entries(id)) entries.push(entry);
  return entries;
}

const contents = async (changelog: Changelog, id: string): Promise<string[]> =>
  (await entriesOf(changelog, id)).map(({ content }) => content);

// biome-ignore lint/suspicious/noExplicitAny: what a file holds is looked at by the assertions
const json = (path: string): any => JSON.parse(readFileSync(path, 'utf8'));

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

test('a session is kept in the folders and files of the original', async (context) => {
  const state = temporaryFolder(context);
  const changelog = openChangelog(state);
  const { session, closed } = await changelog.startSession({
    title: '  Récord  Table\nConfig!  ',
    tags: ['a', ' b ', '', 'a'],
    scope: 'server',
  });
  assert.deepEqual(closed, []);
  assert.equal(session.title, 'Récord Table Config!');
  assert.deepEqual(session.tags, ['a', 'b']);
  await changelog.append({ ...note('one'), attachments: ['/a/b'], outcome: 'success' });
  const ended = await changelog.closeSession({ summary: 'done', outcome: 'success' });
  const folder = relative(join(state, 'changelog'), session.path);
  assert.match(folder, /^sessions\/\d{4}-\d\d-\d\d\/[0-9a-f]{8}__\d{6}__record-table-config$/);
  assert.deepEqual(filesBelow(join(state, 'changelog')), [
    'active_session.json',
    'index.json',
    `${folder}/entries.jsonl`,
    `${folder}/meta.json`,
    `${folder}/session.json`,
  ]);
  const header = json(join(session.path, 'session.json'));
  const [entry] = await entriesOf(changelog, session.session_id);
  assert.equal(header.status, 'CLOSED');
  assert.equal(header.entry_count, 1);
  assert.equal(header.head, entry?.hash);
  assert.equal(header.entries, undefined);
  assert.equal(json(join(session.path, 'meta.json')).entry_count, 1);
  assert.equal(json(join(state, 'changelog/active_session.json')).session_id, null);
  assert.deepEqual(json(join(state, 'changelog/index.json')).sessions, [
    { ...ended, path: folder, head: entry?.hash },
  ]);
  assert.deepEqual(Object.keys(json(join(session.path, 'entries.jsonl'))), [
    'timestamp',
    'actor',
    'type',
    'content',
    'attachments',
    'outcome',
    'prev',
    'hash',
  ]);
  for (const path of [session.path, join(state, 'changelog')]) {
    assert.equal(statSync(path).mode & 0o777, 0o700);
  }
  assert.equal(statSync(join(session.path, 'entries.jsonl')).mode & 0o777, 0o600);
});

test('starting closes what is active; there is one active session at most', async (context) => {
  const changelog = openChangelog(temporaryFolder(context));
  assert.equal(changelog.activeSession(), null);
  const first = await changelog.startSession({ title: 'first' });
  const second = await changelog.startSession({ title: 'second' });
  assert.deepEqual(
    second.closed.map(({ session_id }) => session_id),
    [first.session.session_id],
  );
  assert.equal(changelog.activeSession()?.session_id, second.session.session_id);
  assert.deepEqual(
    changelog
      .sessions()
      .map(({ title, status }) => [title, status])
      .sort(),
    [
      ['first', 'CLOSED'],
      ['second', 'ACTIVE'],
    ],
  );
});

test('without an active session nothing is appended, nothing is made', async (context) => {
  const state = temporaryFolder(context);
  const changelog = openChangelog(state);
  assert.equal(await changelog.appendIfActive(note('x')), null);
  await assert.rejects(changelog.append(note('x')), { code: 'E_NO_SESSION' });
  await assert.rejects(changelog.closeSession(), { code: 'E_NO_SESSION' });
  assert.deepEqual(await changelog.verify(), { ok: true, sessions: [] });
  assert.deepEqual(await changelog.prune({ days: 1 }), { sessions: [], missing: [] });
  assert.deepEqual(readdirSync(state), []);
  const { session } = await changelog.startSession({ title: 'x' });
  await changelog.closeSession();
  assert.equal(await changelog.appendIfActive(note('x')), null);
  await assert.rejects(changelog.append(note('x'), session.session_id), {
    code: 'E_SESSION_CLOSED',
  });
});

test('wrong entries and titles are refused in one sentence', async (context) => {
  const changelog = openChangelog(temporaryFolder(context));
  await assert.rejects(changelog.startSession({ title: ' \n' }), { code: 'E_BAD_TITLE', exit: 2 });
  await changelog.startSession({ title: 'x' });
  await assert.rejects(changelog.append(note('  ')), { code: 'E_BAD_ENTRY', exit: 2 });
  const wrong = { ...note('x'), type: 'idea' as 'note' };
  await assert.rejects(
    changelog.append(wrong),
    /prompt, followup, result, decision, command, note/,
  );
});

test('sessions are found by the beginning of their id', async (context) => {
  const changelog = openChangelog(temporaryFolder(context));
  const { session } = await changelog.startSession({ title: 'x' });
  const twin = join(dirname(session.path), `${session.session_id}0__000000__twin`);
  mkdirSync(twin);
  assert.equal(changelog.session(session.session_id).title, 'x');
  assert.equal(changelog.session(`${session.session_id}0`).title, 'twin');
  assert.throws(() => changelog.session(session.session_id.slice(0, 4)), { code: 'E_AMBIGUOUS' });
  assert.throws(() => changelog.session('zzz'), { code: 'E_NO_SESSION', exit: 2 });
  assert.throws(() => changelog.session(''), { code: 'E_NO_SESSION' });
});

test('text of any kind comes back as it was', async (context) => {
  const changelog = openChangelog(temporaryFolder(context));
  const { session } = await changelog.startSession({ title: '日本語 </script>' });
  assert.match(session.path, /__session$|__script$/);
  const texts = ['a\nb', '\u2028 \ud800 \0', '</script><img onerror=x>', '"\\', 'ü'.repeat(70_000)];
  for (const text of texts) await changelog.append(note(text));
  assert.deepEqual(await contents(changelog, session.session_id), texts);
  assert.equal((await changelog.verify()).ok, true);
});

test('damaged and missing index files are made anew from the sessions', async (context) => {
  const state = temporaryFolder(context);
  const changelog = openChangelog(state);
  const { session } = await changelog.startSession({ title: 'one' });
  const { index, active } = {
    index: join(changelog.folder, 'index.json'),
    active: join(changelog.folder, 'active_session.json'),
  };
  await changelog.rebuildIndex();
  assert.equal((await changelog.rebuildIndex()).changed, false);
  const damages: [string, string | null][] = [
    [index, null],
    [index, '{'],
    [index, '[]'],
    [index, '{"tool":"om-ops","sessions":[1]}'],
    [active, null],
    [active, ''],
    [active, 'null'],
    [active, '{"session_id":"0000","path":"sessions/2026-01-01/0000__000000__x"}'],
    [active, `{"session_id":"${session.session_id}","path":"../../outside"}`],
  ];
  for (const [path, content] of damages) {
    if (content === null) rmSync(path);
    else writeFileSync(path, content);
    assert.equal(changelog.activeSession()?.title, 'one');
    assert.equal((await changelog.rebuildIndex()).changed, path === index, `${path} ${content}`);
    assert.equal(json(active).session_id, session.session_id);
    assert.equal(json(index).sessions[0].title, 'one');
  }
  rmSync(active);
  assert.ok((await changelog.appendIfActive(note('x'))) !== null);
  assert.equal((await changelog.rebuildIndex()).changed, true);
  assert.equal(json(index).sessions[0].entry_count, 1);
});

test('a pointer to a session that was closed by a killed process heals', async (context) => {
  const changelog = openChangelog(temporaryFolder(context));
  const { session } = await changelog.startSession({ title: 'x' });
  const header = json(join(session.path, 'session.json'));
  writeFileSync(
    join(session.path, 'session.json'),
    JSON.stringify({ ...header, status: 'CLOSED', closed_at: header.started_at }),
  );
  assert.equal(changelog.activeSession(), null);
  assert.equal(await changelog.appendIfActive(note('x')), null);
  assert.equal(json(join(changelog.folder, 'active_session.json')).session_id, null);
});

test('forty processes append at once: nothing lost, nothing torn, one chain', async (context) => {
  const state = temporaryFolder(context);
  const changelog = openChangelog(state);
  const { session } = await changelog.startSession({ title: 'crowd' });
  const workers = Array.from({ length: 40 }, (_, id) =>
    startWorker(context, 'changelog', state, 5, id),
  );
  await Promise.all(workers.map((worker) => worker.end()));
  const seen = await contents(changelog, session.session_id);
  const expected = Array.from({ length: 200 }, (_, at) => `${at % 40} ${Math.floor(at / 40)}`);
  assert.deepEqual(seen.toSorted(), expected.sort());
  const { ok, sessions } = await changelog.verify();
  assert.ok(ok);
  assert.deepEqual(sessions[0]?.notes, []);
  assert.equal(changelog.session(session.session_id).entry_count, 200);
});

test('many processes start sessions at once: one is active at the end', async (context) => {
  const state = temporaryFolder(context);
  const workers = Array.from({ length: 8 }, (_, id) => startWorker(context, 'start', state, 0, id));
  await Promise.all(workers.map((worker) => worker.end()));
  const changelog = openChangelog(state);
  assert.equal(changelog.sessions().length, 8);
  assert.equal(changelog.sessions().filter(({ status }) => status === 'ACTIVE').length, 1);
  assert.equal((await changelog.rebuildIndex()).changed, false);
});

test('killed at any moment, what was acknowledged is there and verifies', async (context) => {
  const state = temporaryFolder(context);
  const changelog = openChangelog(state);
  const { session } = await changelog.startSession({ title: 'killed' });
  let acknowledged = 0;
  for (let round = 1; round <= 5; round++) {
    const worker = startWorker(context, 'changelog', state, 1_000_000, round);
    await worker.lines(round * 7);
    acknowledged += (await worker.kill()).length;
    assert.equal((await changelog.verify()).ok, true);
  }
  await changelog.append(note('after'));
  const seen = await contents(changelog, session.session_id);
  assert.ok(seen.length > acknowledged && seen.length <= acknowledged + 6);
  assert.equal(changelog.session(session.session_id).entry_count, seen.length);
  const { ok, sessions } = await changelog.verify();
  assert.ok(ok);
  assert.deepEqual(sessions[0]?.notes, []);
  await changelog.rebuildIndex();
  const unfinished = filesBelow(changelog.folder).filter((name) => name.endsWith('.partial'));
  assert.deepEqual(unfinished, []);
});

test('appending reads the end of a long session and no more', async (context) => {
  const changelog = openChangelog(temporaryFolder(context));
  const { session } = await changelog.startSession({ title: 'long' });
  await changelog.append(note('first'));
  const path = join(session.path, 'entries.jsonl');
  const { ino } = statSync(path);
  // A hole of 1 GiB before the last line: reading or writing all of it would take seconds.
  const line = readFileSync(path);
  const { openSync, writeSync, closeSync } = await import('node:fs');
  const fd = openSync(path, 'r+');
  writeSync(fd, '\n', 2 ** 30);
  writeSync(fd, line, 0, line.length, 2 ** 30 + 1);
  closeSync(fd);
  const started = performance.now();
  await changelog.append(note('second'));
  assert.ok(performance.now() - started < 10_000);
  assert.equal(statSync(path).ino, ino);
});

test('a full disk leaves the session as it was', async (context) => {
  const state = tinyDisk(context, 128 * 1024);
  if (state === undefined) return context.skip('needs root, to mount a small file system');
  const changelog = openChangelog(state);
  const { session } = await changelog.startSession({ title: 'full' });
  await changelog.append(note('fits'));
  await assert.rejects(changelog.append(note('x'.repeat(200_000))), { code: 'E_DISK_FULL' });
  assert.deepEqual(await contents(changelog, session.session_id), ['fits']);
  assert.equal((await changelog.verify()).ok, true);
  await changelog.append(note('fits again'));
  assert.equal((await changelog.verify()).ok, true);
  assert.deepEqual(readdirSync(session.path).sort(), [
    'entries.jsonl',
    'meta.json',
    'session.json',
  ]);
});

function agedSession(changelog: Changelog, session: Session, days: number): void {
  const path = join(changelog.session(session.session_id).path, 'session.json');
  const started_at = new Date(Date.now() - days * 24 * 3600 * 1000).toISOString();
  writeFileSync(path, JSON.stringify({ ...json(path), started_at }));
}

test('prunes closed sessions by age, and never the active one', async (context) => {
  const changelog = openChangelog(temporaryFolder(context));
  const titles = ['new', 'old', 'older', 'undated', 'active'];
  const made = new Map<string, Session>();
  for (const title of titles) made.set(title, (await changelog.startSession({ title })).session);
  const [fresh, old, older, undated, active] = [...made.values()] as [
    Session,
    Session,
    Session,
    Session,
    Session,
  ];
  agedSession(changelog, old, 10);
  agedSession(changelog, older, 11);
  agedSession(changelog, active, 99);
  const header = join(undated.path, 'session.json');
  writeFileSync(header, JSON.stringify({ ...json(header), started_at: 'once' }));
  await changelog.rebuildIndex();
  const doomed = changelog.prunable({ days: 9 });
  assert.deepEqual(
    doomed.sessions.map(({ title }) => title),
    ['older', 'old'],
  );
  assert.ok(existsSync(old.path));
  assert.deepEqual(await changelog.prune({ days: 9 }), doomed);
  assert.deepEqual(
    changelog
      .sessions()
      .map(({ session_id }) => session_id)
      .sort(),
    [fresh, undated, active].map(({ session_id }) => session_id).sort(),
  );
  assert.ok(!existsSync(older.path));
  assert.equal((await changelog.verify()).ok, true);
  assert.equal((await changelog.rebuildIndex()).changed, false);
});

test('lists the sessions of the last days', async (context) => {
  const changelog = openChangelog(temporaryFolder(context));
  const { session } = await changelog.startSession({ title: 'x' });
  const now = new Date(Date.parse(session.started_at) + 3 * 24 * 3600 * 1000);
  assert.equal(changelog.sessions({ days: 3, now }).length, 1);
  assert.equal(changelog.sessions({ days: 2.9, now }).length, 0);
  assert.equal(basename(changelog.reportPath), 'report.html');
});

test('a session that cannot be started leaves the active one as it is', async (context) => {
  const state = temporaryFolder(context);
  const changelog = openChangelog(state);
  const { session } = await changelog.startSession({ title: 'first' });
  const sessions = dirname(dirname(session.path));
  // The folder of the day is there and cannot hold a new session: a file is in its place.
  const day = dirname(session.path);
  const aside = join(sessions, 'aside');
  renameSync(day, aside);
  writeFileSync(day, '');
  await assert.rejects(changelog.startSession({ title: 'second' }));
  rmSync(day);
  renameSync(aside, day);
  assert.equal(changelog.activeSession()?.session_id, session.session_id);
  assert.equal(changelog.session(session.session_id).status, 'ACTIVE');
});

test('a failure after an entry was written says that it was', async (context) => {
  const state = temporaryFolder(context);
  const changelog = openChangelog(state);
  const { session } = await changelog.startSession({ title: 'first' });
  const header = join(session.path, 'session.json');
  // What is mounted cannot be replaced; it can be read.
  if (spawnSync('mount', ['--bind', header, header]).status !== 0)
    return context.skip('mounting is not allowed here');
  try {
    await assert.rejects(changelog.append(note('kept'), session.session_id), (error: unknown) => {
      assert.ok(error instanceof RecordedError, String(error));
      assert.match(error.message, /The entry is in the journal all the same/);
      const lines = readFileSync(join(session.path, 'entries.jsonl'), 'utf8').trim().split('\n');
      assert.equal(JSON.parse(lines.at(-1)!).hash, error.appended.entry.hash);
      return true;
    });
  } finally {
    spawnSync('umount', [header]);
  }
});
