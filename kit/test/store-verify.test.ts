import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { type Changelog, canonicalJson, entryHash, openChangelog } from '../src/store/index.ts';
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

test('one of the two headers is enough, and none is reported', async (context) => {
  const journal = await journalOf(context, five);
  rmSync(join(journal.folder, 'meta.json'));
  assert.deepEqual(await journal.problems(), []);
  await journal.changelog.append({ actor: 'user', type: 'note', content: 'f' });
  writeFileSync(join(journal.folder, 'session.json'), '');
  assert.deepEqual(await journal.problems(), []);
  assert.equal(journal.changelog.session(journal.id).title, 'proof');
  rmSync(join(journal.folder, 'meta.json'));
  assert.deepEqual(await journal.problems(), ['header']);
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
