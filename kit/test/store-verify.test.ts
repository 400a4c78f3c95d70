import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import {
  type Changelog,
  canonicalJson,
  entryHash,
  openChangelog,
} from '../src/store/changelog/index.ts';
import { temporaryFolder } from './store/processes.ts';

interface Journal {
  changelog: Changelog;
  id: string;
  folder: string;
  lines(): string[];
  write(lines: readonly string[]): void;
  /** `kind line` of every problem. */
  problems(): Promise<string[]>;
}

async function journalOf(context: TestContext, contents: readonly string[]): Promise<Journal> {
  const changelog = openChangelog(temporaryFolder(context));
  const { session } = await changelog.startSession({ title: 'proof' });
  for (const content of contents) await changelog.append({ actor: 'user', type: 'note', content });
  const path = join(session.path, 'entries.jsonl');
  return {
    changelog,
    id: session.session_id,
    folder: session.path,
    lines: () => readFileSync(path, 'utf8').trimEnd().split('\n'),
    write: (lines) => writeFileSync(path, lines.map((line) => `${line}\n`).join('')),
    async problems() {
      const { ok, sessions } = await changelog.verify();
      const [first] = sessions;
      assert.equal(ok, first?.status !== 'broken');
      return (
        first?.problems.map(({ kind, line }) => (line === null ? kind : `${kind} ${line}`)) ?? []
      );
    },
  };
}

const five = ['a', 'b', 'c', 'd', 'e'];

test('equal values have one canonical text', () => {
  assert.equal(
    canonicalJson({ b: [1, { d: null, c: 'ü' }], a: undefined }),
    '{"b":[1,{"c":"ü","d":null}]}',
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      assert.equal(canonicalJson(reversed), canonicalJson(value));
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('says which entry was altered, removed, swapped, copied, inserted or cut', async (context) => {
  const journal = await journalOf(context, five);
  const lines = journal.lines();
  const [a = '', b = '', c = '', d = '', e = ''] = lines;
  const cases: [string, string[], string[]][] = [
    ['untouched', lines, []],
    ['content altered', [a, b, c.replace('"c"', '"x"'), d, e], ['altered 3']],
    ['last altered', [a, b, c, d, e.replace('"e"', '"x"')], ['altered 5']],
    ['actor altered', [a.replace('"user"', '"system"'), b, c, d, e], ['altered 1']],
    ['second member of a name', [a, b, c.replace('{', '{"content":"x",'), d, e], ['altered 3']],
    ['removed', [a, b, d, e], ['removed 3']],
    ['first removed', [b, c, d, e], ['removed 1']],
    ['two removed', [a, d, e], ['removed 2']],
    ['swapped', [a, c, b, d, e], ['moved 2', 'moved 3', 'moved 4']],
    ['copied', [a, b, b, c, d, e], ['duplicated 3']],
    ['inserted without a hash', [a, b, '{"content":"x"}', c, d, e], ['inserted 3']],
    ['made unreadable', [a, b, 'nonsense', d, e], ['unparsable 3']],
    ['cut at the end', [a, b, c], ['cut']],
    ['emptied', [], ['cut']],
    [
      'hashes taken off',
      lines.map((line) => JSON.stringify({ ...JSON.parse(line), hash: undefined })),
      ['cut'],
    ],
  ];
  for (const [name, changed, expected] of cases) {
    journal.write(changed);
    assert.deepEqual(await journal.problems(), expected, name);
  }
});

test('an entry that was replaced with a hash to match is found all the same', async (context) => {
  const journal = await journalOf(context, five);
  const lines = journal.lines();
  const forged = (line = ''): string => {
    const entry = { ...JSON.parse(line), content: 'forged' };
    return JSON.stringify({ ...entry, hash: entryHash(entry) });
  };
  journal.write(lines.with(2, forged(lines[2])));
  assert.deepEqual(await journal.problems(), ['replaced 3']);
  journal.write(lines.with(4, forged(lines[4])));
  assert.deepEqual(await journal.problems(), ['replaced 5']);
  // The whole rest of the chain made anew: only the header knows the old end.
  let prev = JSON.parse(lines[1] ?? '').hash;
  const rest = lines.slice(2).map((line) => {
    const entry = { ...JSON.parse(line), content: 'forged', prev };
    prev = entryHash(entry);
    return JSON.stringify({ ...entry, hash: prev });
  });
  journal.write([...lines.slice(0, 2), ...rest]);
  assert.deepEqual(await journal.problems(), ['replaced 5']);
});

test("one session's entries do not pass for another's", async (context) => {
  const one = await journalOf(context, five);
  const other = await journalOf(context, five);
  other.write(one.lines());
  assert.ok((await other.problems()).length > 0);
});

test('any change to any byte is found', async (context) => {
  const journal = await journalOf(context, ['x', 'y', 'z']);
  const whole = Buffer.from(
    journal
      .lines()
      .map((line) => `${line}\n`)
      .join(''),
  );
  const path = join(journal.folder, 'entries.jsonl');
  await fc.assert(
    fc.asyncProperty(
      fc.nat(whole.length - 1),
      fc.integer({ min: 1, max: 255 }),
      async (at, change) => {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ change;
        writeFileSync(path, changed);
        const { ok } = await journal.changelog.verify();
        // The last newline is the one byte that says nothing: a crash may leave it out, too.
        assert.equal(ok, false);
      },
    ),
    { numRuns: 150 },
  );
});

test('a cut that an append covers up stays on record', async (context) => {
  const journal = await journalOf(context, five);
  journal.write(journal.lines().slice(0, 3));
  const { warnings } = await journal.changelog.append({
    actor: 'user',
    type: 'note',
    content: 'on',
  });
  assert.match(warnings[0] ?? '', /no longer ends as om-ops left it, with 5 entries/);
  assert.deepEqual(await journal.problems(), ['cut']);
  await journal.changelog.closeSession();
  assert.deepEqual(await journal.problems(), ['cut']);
});

test('what a crash leaves is no tampering: a torn line, a header behind its entries', async (context) => {
  const journal = await journalOf(context, five);
  const path = join(journal.folder, 'entries.jsonl');
  const header = readFileSync(join(journal.folder, 'session.json'));
  const quick = readFileSync(join(journal.folder, 'meta.json'));
  await journal.changelog.append({ actor: 'user', type: 'note', content: 'f' });
  writeFileSync(join(journal.folder, 'session.json'), header);
  writeFileSync(join(journal.folder, 'meta.json'), quick);
  const behind = await journal.changelog.verify();
  assert.equal(behind.ok, true);
  assert.match(behind.sessions[0]?.notes[0] ?? '', /1 entry is newer than session\.json/);
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"timestamp":"2026`);
  const torn = await journal.changelog.verify();
  assert.equal(torn.ok, true);
  assert.match(torn.sessions[0]?.notes[0] ?? '', /torn/);
  const result = await journal.changelog.append({ actor: 'user', type: 'note', content: 'g' });
  assert.match(result.warnings[0] ?? '', /torn by a crash/);
  assert.equal(result.warnings.length, 1);
  assert.equal(result.session.entry_count, 7);
  assert.deepEqual(await journal.problems(), []);
});

test('a last line cut in the middle is no crash when the header had counted it', async (context) => {
  const journal = await journalOf(context, five);
  const path = join(journal.folder, 'entries.jsonl');
  writeFileSync(path, readFileSync(path).subarray(0, -10));
  assert.deepEqual(await journal.problems(), ['cut']);
});

test('either header is enough to go on, but without session.json nothing is fine', async (context) => {
  const journal = await journalOf(context, five);
  const header = join(journal.folder, 'session.json');
  rmSync(join(journal.folder, 'meta.json'));
  assert.deepEqual(await journal.problems(), []);
  await journal.changelog.append({ actor: 'user', type: 'note', content: 'f' });
  for (const damage of ['', '{', '[]', '{}']) {
    writeFileSync(header, damage);
    assert.deepEqual(await journal.problems(), ['header'], damage);
  }
  assert.equal(journal.changelog.session(journal.id).title, 'proof');
  rmSync(join(journal.folder, 'meta.json'));
  assert.deepEqual(await journal.problems(), ['header']);
});

/** Changes a JSON file by hand. */
function edit(path: string, change: Record<string, unknown>): void {
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

/** Cuts the last entry off and makes these headers say so. */
function cutLast(journal: Journal, ...headers: string[]): void {
  const lines = journal.lines().slice(0, -1);
  journal.write(lines);
  const { hash } = JSON.parse(lines.at(-1) ?? '{}');
  for (const name of headers)
    edit(join(journal.folder, name), { entry_count: lines.length, head: hash });
}

async function messages(changelog: Changelog): Promise<string> {
  const { sessions } = await changelog.verify();
  return sessions.flatMap(({ problems }) => problems.map(({ message }) => message)).join('\n');
}

const more = { actor: 'user', type: 'note', content: 'more' } as const;

test('an active session without session.json is broken, and stays so once it is made anew', async (context) => {
  for (const heal of ['none', 'append', 'rebuild', 'close', 'start']) {
    const journal = await journalOf(context, five);
    const { changelog } = journal;
    rmSync(join(journal.folder, 'session.json'));
    cutLast(journal);
    assert.deepEqual(await journal.problems(), ['header', 'cut'], heal);
    assert.match(await messages(changelog), /active_session\.json counts 5, entries\.jsonl 4/);
    assert.equal((await changelog.verify(journal.id)).ok, false);
    if (heal === 'append') {
      const { warnings } = await changelog.append(more);
      assert.match(warnings.join(), /session\.json of .* was missing/);
    }
    if (heal === 'rebuild') await changelog.rebuildIndex();
    if (heal === 'close') await changelog.closeSession();
    if (heal === 'start') await changelog.startSession({ title: 'next' });
    if (heal !== 'none') await changelog.rebuildIndex();
    const found = (await changelog.verify()).sessions.find(
      ({ session_id }) => session_id === journal.id,
    );
    const kinds = new Set(found?.problems.map(({ kind }) => kind));
    assert.deepEqual([...kinds], ['header', 'cut'], heal);
  }
});

test('a cut in an active session shows though its own headers agree', async (context) => {
  const journal = await journalOf(context, five);
  cutLast(journal, 'session.json', 'meta.json');
  assert.deepEqual(await journal.problems(), ['cut']);
  const { warnings } = await journal.changelog.append(more);
  assert.match(warnings.join(), /no longer ends as om-ops left it, with 5 entries/);
  await journal.changelog.closeSession();
  assert.deepEqual(await journal.problems(), ['cut']);
});

test('a closed session agrees with session.json, meta.json and index.json', async (context) => {
  const journal = await journalOf(context, five);
  const { changelog } = journal;
  await changelog.closeSession();
  assert.deepEqual(await journal.problems(), []);
  const whole = journal.lines();
  cutLast(journal, 'session.json', 'meta.json');
  const expected =
    /^1 entry is missing at the end: session\.json and meta\.json count 4, index\.json counts 5, entries\.jsonl 4\.$/;
  assert.match(await messages(changelog), expected);
  assert.equal((await changelog.verify(journal.id)).ok, false);
  // Neither a rebuild nor what comes later makes the index forget it.
  assert.equal((await changelog.rebuildIndex()).changed, true);
  assert.equal((await changelog.rebuildIndex()).changed, false);
  await changelog.startSession({ title: 'next' });
  await changelog.closeSession();
  assert.match(await messages(changelog), /index\.json counted 5 until \d{4}-/);
  // The entry put back, the session is whole again.
  journal.write(whole);
  const { hash } = JSON.parse(whole.at(-1) ?? '');
  for (const name of ['session.json', 'meta.json'])
    edit(join(journal.folder, name), { entry_count: 5, head: hash });
  assert.equal(await messages(changelog), '');
});

test('each file that disagrees with a closed journal is named', async (context) => {
  const journal = await journalOf(context, five);
  await journal.changelog.closeSession();
  const path = (name: string): string => join(journal.folder, name);
  const { hash } = JSON.parse(journal.lines()[3] ?? '');
  for (const name of ['session.json', 'meta.json']) {
    const before = readFileSync(path(name));
    edit(path(name), { entry_count: 4, head: hash });
    assert.deepEqual(await journal.problems(), ['added'], name);
    assert.match(await messages(journal.changelog), new RegExp(`${name} counts 4, entries`));
    writeFileSync(path(name), before);
  }
  // The last entry rewritten, the session's own files with it: the index knows its hash.
  const lines = journal.lines();
  const entry = { ...JSON.parse(lines[4] ?? ''), content: 'forged' };
  const head = entryHash(entry);
  journal.write([...lines.slice(0, 4), JSON.stringify({ ...entry, hash: head })]);
  for (const name of ['session.json', 'meta.json']) edit(path(name), { head });
  assert.deepEqual(await journal.problems(), ['replaced 5']);
  assert.match(await messages(journal.changelog), /whose hash index\.json holds/);
  await journal.changelog.rebuildIndex();
  assert.deepEqual(await journal.problems(), ['replaced 5']);
});

test('index.json may lag behind an active journal, but never be ahead of it', async (context) => {
  const journal = await journalOf(context, five);
  await journal.changelog.rebuildIndex();
  await journal.changelog.append(more);
  assert.deepEqual(await journal.problems(), []);
  await journal.changelog.rebuildIndex();
  cutLast(journal, 'session.json', 'meta.json');
  rmSync(join(journal.changelog.folder, 'active_session.json'));
  assert.deepEqual(await journal.problems(), ['cut']);
  await journal.changelog.rebuildIndex();
  for (let count = 0; count < 3; count++) await journal.changelog.append(more);
  await journal.changelog.rebuildIndex();
  assert.match(await messages(journal.changelog), /index\.json/);
});

test('killed between entry and header, a session closes with the count of its journal', async (context) => {
  const journal = await journalOf(context, five);
  const files = ['session.json', 'meta.json'].map((name) => join(journal.folder, name));
  const before = files.map((path) => readFileSync(path));
  const pointer = join(journal.changelog.folder, 'active_session.json');
  const pointed = readFileSync(pointer);
  await journal.changelog.append(more);
  for (const [at, path] of files.entries()) writeFileSync(path, before[at] ?? '');
  writeFileSync(pointer, pointed);
  assert.equal((await journal.changelog.closeSession()).entry_count, 6);
  assert.deepEqual(await journal.problems(), []);
});

test('of an active session that is gone, what is known of its entries is said', async (context) => {
  const gone = await journalOf(context, five);
  rmSync(gone.folder, { recursive: true });
  const atLeast = /whole session is gone, with at least 5 entries, and was not pruned/;
  assert.match(await messages(gone.changelog), atLeast);
  await gone.changelog.startSession({ title: 'next' });
  await gone.changelog.rebuildIndex();
  assert.match(await messages(gone.changelog), atLeast);
  assert.equal((await gone.changelog.verify()).ok, false);

  const unknown = await journalOf(context, five);
  rmSync(unknown.folder, { recursive: true });
  rmSync(join(unknown.changelog.folder, 'active_session.json'));
  assert.match(await messages(unknown.changelog), /gone, with an unknown number of entries/);
  await unknown.changelog.rebuildIndex();
  assert.match(await messages(unknown.changelog), /gone, with an unknown number of entries/);

  const closed = await journalOf(context, five);
  await closed.changelog.closeSession();
  rmSync(closed.folder, { recursive: true });
  assert.match(await messages(closed.changelog), /gone, with its 5 entries/);
});

test('a session that is gone without prune is missed', async (context) => {
  const journal = await journalOf(context, five);
  await journal.changelog.closeSession();
  rmSync(journal.folder, { recursive: true });
  assert.deepEqual(await journal.problems(), ['missing']);
  await journal.changelog.rebuildIndex();
  assert.deepEqual(await journal.problems(), ['missing']);
  assert.deepEqual(journal.changelog.sessions(), []);
  const { missing } = await journal.changelog.prune({ days: 0, now: new Date(Date.now() + 1000) });
  assert.deepEqual(
    missing.map(({ session_id }) => session_id),
    [journal.id],
  );
  assert.equal((await journal.changelog.verify()).ok, true);
});

/** A session as the Python original wrote it. */
function originalSession(state: string, entries: unknown[] | null, lines: unknown[]): string {
  const folder = join(state, 'changelog/sessions/2025-11-20/20251120-101112__101112__old-work');
  mkdirSync(folder, { recursive: true });
  const header = {
    session_id: '20251120-101112',
    title: 'Old work',
    status: 'ACTIVE',
    started_at: '2025-11-20T10:11:12.131415',
    tags: 'x, y',
    scope: 'prod',
    operator: 'kept',
    ...(entries === null ? { entry_count: lines.length } : { entries }),
  };
  writeFileSync(join(folder, 'session.json'), JSON.stringify(header));
  if (lines.length > 0) {
    writeFileSync(
      join(folder, 'entries.jsonl'),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
  }
  writeFileSync(
    join(state, 'changelog/active_session.json'),
    JSON.stringify({ session_id: '20251120-101112', session_dir: folder }),
  );
  return folder;
}

const old = (content: string): object => ({
  timestamp: '2025-11-20T10:12:00',
  actor: 'user',
  type: 'prompt',
  content,
  attachments: [],
});

async function contentsOf(changelog: Changelog, id: string): Promise<string[]> {
  const contents: string[] = [];
  for await (const { content } of changelog.entries(id)) contents.push(content);
  return contents;
}

test('sessions of the original are read, and verify as unchained', async (context) => {
  const state = temporaryFolder(context);
  originalSession(state, null, [old('a'), old('b')]);
  const changelog = openChangelog(state);
  const session = changelog.activeSession();
  assert.deepEqual(
    [session?.title, session?.tags, session?.entry_count],
    ['Old work', ['x', 'y'], 2],
  );
  const { ok, sessions } = await changelog.verify();
  assert.ok(ok);
  assert.deepEqual([sessions[0]?.status, sessions[0]?.unchained], ['unchained', 2]);
});

test('new entries after unchained ones are chained, and seal what came before', async (context) => {
  const state = temporaryFolder(context);
  const folder = originalSession(state, null, [old('a'), old('b')]);
  const path = join(folder, 'entries.jsonl');
  // The original's last newline may be missing.
  writeFileSync(path, readFileSync(path, 'utf8').trimEnd());
  const changelog = openChangelog(state);
  for (const content of ['c', 'd'])
    await changelog.append({ actor: 'user', type: 'note', content });
  const { sessions } = await changelog.verify();
  assert.deepEqual(
    [sessions[0]?.status, sessions[0]?.unchained, sessions[0]?.chained],
    ['ok', 2, 2],
  );
  assert.equal(changelog.session('20251120-101112').entry_count, 4);
  assert.equal(JSON.parse(readFileSync(join(folder, 'session.json'), 'utf8')).operator, 'kept');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('"a"', '"x"'));
  assert.equal((await changelog.verify()).sessions[0]?.problems[0]?.kind, 'altered');
  writeFileSync(path, text.replace(/^.*\n/, ''));
  assert.equal((await changelog.verify()).ok, false);
});

test('entries in session.json move to entries.jsonl, none twice, none lost', async (context) => {
  const states: [string, object[], object[], string[]][] = [
    ['not begun', ['a', 'b'].map(old), [], ['a', 'b']],
    ['killed before the header', ['a', 'b'].map(old), ['a', 'b'].map(old), ['a', 'b']],
    ['half copied by the original', ['a', 'b'].map(old), [old('a')], ['a', 'b']],
    ['newer ones in the new place', ['a', 'b'].map(old), [old('c')], ['a', 'b', 'c']],
    ['the same text twice', ['a', 'a'].map(old), ['a', 'a'].map(old), ['a', 'a']],
  ];
  for (const [name, entries, lines, expected] of states) {
    const state = temporaryFolder(context);
    const folder = originalSession(state, entries, lines);
    const changelog = openChangelog(state);
    assert.deepEqual(await contentsOf(changelog, '2025'), expected, `${name}, before`);
    assert.equal((await changelog.verify()).sessions[0]?.status, 'unchained', name);
    assert.deepEqual((await changelog.rebuildIndex()).migrated, ['20251120-101112'], name);
    assert.deepEqual((await changelog.rebuildIndex()).migrated, [], name);
    assert.deepEqual(await contentsOf(changelog, '2025'), expected, `${name}, after`);
    const header = JSON.parse(readFileSync(join(folder, 'session.json'), 'utf8'));
    assert.equal(header.entries, undefined);
    assert.equal(header.entry_count, expected.length);
    await changelog.append({ actor: 'user', type: 'note', content: 'new' });
    assert.deepEqual(await contentsOf(changelog, '2025'), [...expected, 'new'], name);
    assert.equal((await changelog.verify()).sessions[0]?.status, 'ok', name);
  }
});

test('an append migrates by itself', async (context) => {
  const state = temporaryFolder(context);
  originalSession(state, ['a', 'b'].map(old), []);
  const changelog = openChangelog(state);
  const { session } = await changelog.append({ actor: 'user', type: 'note', content: 'c' });
  assert.equal(session.entry_count, 3);
  assert.deepEqual(await contentsOf(changelog, '2025'), ['a', 'b', 'c']);
});

test('old entries that turn up behind chained ones stay where they are', async (context) => {
  const journal = await journalOf(context, five);
  const path = join(journal.folder, 'session.json');
  const header = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...header, entries: [old('late')] }));
  await journal.changelog.rebuildIndex();
  assert.deepEqual(await journal.problems(), []);
  const { unmigrated_entries } = JSON.parse(readFileSync(path, 'utf8'));
  assert.deepEqual(unmigrated_entries, [old('late')]);
});
