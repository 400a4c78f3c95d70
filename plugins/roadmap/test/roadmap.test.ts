import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext, test } from 'node:test';
import { isOpsError } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { countsOf, countsText } from '../src/counts.ts';
import { distanceText, isDay, isOverdue } from '../src/days.ts';
import { dueDay } from '../src/due.ts';
import { idMatching, newId } from '../src/ids.ts';
import { Roadmap } from '../src/roadmap.ts';

const blank = { owner: null, status: 'planned', percent: 0, due: null, notes: null } as const;

function opened(context: TestContext, held?: unknown) {
  const state = temporaryFolder(context);
  const warnings: string[] = [];
  const roadmap = new Roadmap(state, {
    redact: (text) => text.replaceAll('hunter2', '<REDACTED>'),
    warn: (message) => warnings.push(message),
    signal: new AbortController().signal,
  });
  const write = (content: unknown): void => {
    mkdirSync(roadmap.folder, { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(roadmap.path, text);
  };
  if (held !== undefined) write(held);
  const file = () => JSON.parse(readFileSync(roadmap.path, 'utf8'));
  return { state, roadmap, warnings, write, file };
}

const refusedFor = (code: string, what: RegExp) => (error: unknown) =>
  isOpsError(error) && error.code === code && what.test(error.message);

describe('the original file', () => {
  const original = {
    version: 3,
    milestones: [
      {
        id: 7,
        title: 'Parish search',
        owner: '',
        status: 'In Progress',
        percent_complete: 40.0,
        notes: ['first', 'second'],
        created: '2026-01-24T12:34:56.123456',
        updated: '2026-02-01T08:00:00',
        colour: 'blue',
      },
      { id: 8, title: 'Done', status: 'completed', percent_complete: 90, tags: ['x'] },
    ],
    last: { seen: 1 },
  };

  it('is read whatever it calls its fields', (context) => {
    const { roadmap, warnings } = opened(context, original);
    const [search, done] = roadmap.milestones();
    assert.deepEqual(search, {
      id: '7',
      title: 'Parish search',
      owner: null,
      status: 'in_progress',
      percent: 40,
      due: null,
      notes: 'first\nsecond',
      createdAt: '2026-01-24T12:34:56.123456',
      updatedAt: '2026-02-01T08:00:00',
      completedAt: null,
    });
    assert.equal(done?.percent, 100, 'complete is 100 %');
    assert.match(warnings.join(), /8 \(Done\) is complete, so that its 90 % count as 100 %/);
  });

  it('keeps its names and all that om-ops does not know', async (context) => {
    const { roadmap, file } = opened(context, original);
    await roadmap.update('7', { percent: 55 });
    const { milestone } = await roadmap.add({ ...blank, title: 'New' });
    const { milestones, ...rest } = file();
    assert.deepEqual(rest, { version: 3, last: { seen: 1 } });
    const { updated, ...search } = milestones[0];
    assert.notEqual(updated, original.milestones[0]?.updated);
    const { updated: _, ...before } = original.milestones[0] as Record<string, unknown>;
    assert.deepEqual(search, { ...before, percent_complete: 55 });
    assert.deepEqual(milestones[1], original.milestones[1], 'what was not changed is as it was');
    assert.equal(milestones[2].percent_complete, 0);
    assert.equal(milestones[2].created, milestone.createdAt);
  });

  it('is read and kept as a list, and as milestones by their ID', async (context) => {
    const list = opened(context, [{ id: 'a', title: 'A', x: 1 }]);
    await list.roadmap.update('a', { status: 'complete' });
    assert.ok(Array.isArray(list.file()));
    assert.equal(list.file()[0].x, 1);
    const map = opened(context, { items: { a1: { name: 'A', y: 2 }, b1: { name: 'B' } } });
    await map.roadmap.update('a1', { owner: 'me' });
    assert.deepEqual(Object.keys(map.file().items), ['a1', 'b1']);
    assert.equal(map.file().items.a1.y, 2);
    assert.equal(map.file().items.a1.owner, 'me');
  });

  it('is followed through a link, with its permissions', async (context) => {
    const { state, roadmap } = opened(context, undefined);
    const real = join(state, 'elsewhere.json');
    writeFileSync(real, '{"milestones":[]}');
    chmodSync(real, 0o640);
    mkdirSync(roadmap.folder);
    symlinkSync(real, roadmap.path);
    await roadmap.add({ ...blank, title: 'Here' });
    assert.equal(JSON.parse(readFileSync(real, 'utf8')).milestones[0].title, 'Here');
    assert.equal(statSync(real).mode & 0o777, 0o640);
  });
});

describe('a file that is no roadmap', () => {
  const cases: [name: string, content: unknown, why: RegExp][] = [
    ['nothing', '', /it is empty/],
    ['half of one', '{"milestones": [', /it is not JSON/],
    ['another object', { sessions: [] }, /no "milestones"/],
    ['a text', '"hello"', /neither an object nor a list/],
    ['a list of texts', { milestones: ['a'] }, /entry 1 of "milestones" is no object/],
    ['no ID', [{ title: 'A' }], /milestone 1 has no "id"/],
    ['no title', [{ id: 'a' }], /milestone 1: its "title" is missing, expected a text/],
    [
      'a status of its own',
      [{ id: 1, title: 'A', status: 'wild' }],
      /"status" is "wild", expected/,
    ],
    ['a percent beyond', [{ id: 1, title: 'A', percent: 140 }], /"percent" is 140, expected/],
    [
      'twice the same ID',
      [
        { id: 1, title: 'A' },
        { id: '1', title: 'B' },
      ],
      /1 is that of two/,
    ],
  ];
  for (const [name, content, why] of cases) {
    it(`is refused and left alone: ${name}`, async (context) => {
      const { roadmap } = opened(context, content);
      const before = readFileSync(roadmap.path);
      assert.throws(() => roadmap.milestones(), refusedFor('E_ROADMAP_FILE', why));
      const adding = roadmap.add({ ...blank, title: 'x' });
      await assert.rejects(adding, refusedFor('E_ROADMAP_FILE', why));
      assert.ok(readFileSync(roadmap.path).equals(before));
      assert.deepEqual(readdirSync(roadmap.folder), ['roadmap.json']);
    });
  }

  it('is refused when it is a folder, a link to nothing, or no UTF-8', async (context) => {
    const { roadmap } = opened(context);
    mkdirSync(roadmap.path, { recursive: true });
    assert.throws(() => roadmap.milestones(), refusedFor('E_ROADMAP_FILE', /it is a folder/));
    rmSync(roadmap.path, { recursive: true });
    symlinkSync('/nowhere/at/all.json', roadmap.path);
    await assert.rejects(roadmap.add({ ...blank, title: 'x' }), isOpsError);
    rmSync(roadmap.path);
    writeFileSync(roadmap.path, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]));
    assert.throws(() => roadmap.milestones(), refusedFor('E_ROADMAP_FILE', /no UTF-8/));
  });
});

describe('status and percent', () => {
  it('agree, whichever is given', async (context) => {
    const { roadmap, file } = opened(context);
    const { milestone } = await roadmap.add({ ...blank, title: 'A' });
    const { id } = milestone;
    const after = async (patch: Parameters<Roadmap['update']>[1]) => {
      const { milestone } = await roadmap.update(id, patch);
      return `${milestone.status} ${milestone.percent}`;
    };
    assert.equal(await after({ percent: 30 }), 'in_progress 30');
    assert.equal(await after({ status: 'blocked' }), 'blocked 30');
    assert.equal(await after({ percent: 60 }), 'blocked 60');
    assert.equal(await after({ percent: 100 }), 'complete 100');
    assert.equal(typeof file().milestones[0].completed_at, 'string');
    assert.equal(await after({ status: 'in_progress' }), 'in_progress 60', 'what it had');
    assert.ok(!('completed_at' in file().milestones[0]));
    assert.equal(await after({ status: 'complete' }), 'complete 100');
    assert.equal(await after({ percent: 80 }), 'in_progress 80');
    for (const patch of [
      { status: 'complete', percent: 99 },
      { status: 'blocked', percent: 100 },
    ] as const) {
      await assert.rejects(roadmap.update(id, patch), refusedFor('E_CONTRADICTION', /100 %/));
    }
    assert.equal(roadmap.milestones()[0]?.percent, 80);
  });

  it('write nothing when nothing changes', async (context) => {
    const { roadmap } = opened(context);
    const { milestone } = await roadmap.add({ ...blank, title: 'A', owner: 'me' });
    const before = readFileSync(roadmap.path, 'utf8');
    const { changes } = await roadmap.update(milestone.id, { owner: 'me', status: 'planned' });
    assert.deepEqual(changes, []);
    assert.equal(readFileSync(roadmap.path, 'utf8'), before);
    assert.equal((await roadmap.readHistory()).entries.length, 1);
  });
});

describe('the history', () => {
  it('tells what a run that was killed had changed, once', async (context) => {
    const { roadmap } = opened(context);
    const { milestone } = await roadmap.add({ ...blank, title: 'A' });
    const lines = readFileSync(roadmap.history.path, 'utf8').split('\n');
    // As after a SIGKILL between the two files: the change is made, its line is not.
    const { entries } = await roadmap.readHistory();
    await roadmap.history.announce(readFileSync(roadmap.path, 'utf8'), entries);
    rmSync(roadmap.history.path);
    assert.equal((await roadmap.readHistory()).entries.length, 1, 'read without a mended file');
    await roadmap.update(milestone.id, { percent: 10 });
    const told = (await roadmap.readHistory()).entries.map(({ action }) => action);
    assert.deepEqual(told, ['added', 'updated']);
    assert.equal(readFileSync(roadmap.history.path, 'utf8').split('\n')[0], lines[0]);
  });

  it('does not tell what was announced and never done', async (context) => {
    const { roadmap } = opened(context);
    const { milestone } = await roadmap.add({ ...blank, title: 'A' });
    const [entry] = (await roadmap.readHistory()).entries;
    await roadmap.history.announce('what it never became', [{ ...entry!, change: 'never' }]);
    await roadmap.update(milestone.id, { percent: 10 });
    assert.equal((await roadmap.readHistory()).entries.length, 2);
  });

  it('passes over lines that are none and says so', async (context) => {
    const { roadmap } = opened(context);
    await roadmap.add({ ...blank, title: 'A' });
    appendFileSync(roadmap.history.path, '{"id":"x"}\nrubbish\n');
    const { entries, problems } = await roadmap.readHistory();
    assert.equal(entries.length, 1);
    assert.match(problems.join(), /Line 2 of .*Line 3 of /);
  });

  it('keeps a removed milestone whole, and its ID for it alone', async (context) => {
    const { roadmap } = opened(context, [{ id: 'abc', title: 'A', extra: 'kept' }]);
    await roadmap.remove(roadmap.milestones()[0]!);
    const { entries } = await roadmap.readHistory();
    assert.deepEqual(entries[0]?.removed, { id: 'abc', title: 'A', extra: 'kept' });
    await assert.rejects(
      roadmap.update('abc', { percent: 1 }),
      refusedFor('E_NO_MILESTONE', /abc was removed/),
    );
  });

  it('is not removed when it is not what was shown', async (context) => {
    const { roadmap } = opened(context);
    const { milestone } = await roadmap.add({ ...blank, title: 'A' });
    await roadmap.update(milestone.id, { percent: 10 });
    await assert.rejects(
      roadmap.remove(milestone),
      refusedFor('E_CHANGED_MEANWHILE', /not removed/),
    );
    assert.equal(roadmap.milestones().length, 1);
  });
});

describe('an import', () => {
  const theirs = (content: unknown, context: TestContext): string => {
    const path = join(temporaryFolder(context), 'theirs.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };

  it('adds, changes and keeps, and does nothing the second time', async (context) => {
    const { roadmap, file } = opened(context, {
      milestones: [
        { id: 'a', title: 'A', percent: 10, updated_at: '2026-01-01T00:00:00Z', ours: 1 },
        { id: 'b', title: 'B', percent: 70, updated_at: '2026-05-01T00:00:00Z' },
      ],
    });
    const path = theirs(
      {
        milestones: [
          {
            id: 'a',
            title: 'A',
            progress: 50,
            status: 'in_progress',
            updated: '2026-03-01T00:00:00Z',
            theirs: 2,
          },
          {
            id: 'b',
            title: 'B',
            progress: 20,
            status: 'in_progress',
            updated: '2026-03-01T00:00:00Z',
          },
          { id: 'c', title: 'C', progress: 80, status: 'complete' },
          { title: 'Without an ID' },
        ],
      },
      context,
    );
    const before = readFileSync(roadmap.path, 'utf8');
    const planned = await roadmap.import(path, true);
    assert.equal(readFileSync(roadmap.path, 'utf8'), before, 'a dry run changes nothing');
    const merge = await roadmap.import(path);
    assert.deepEqual(merge.updated, planned.updated);
    assert.deepEqual(
      merge.kept.map(({ id }) => id),
      ['b'],
    );
    assert.deepEqual(
      merge.added.map(({ title }) => title),
      ['C', 'Without an ID'],
    );
    const { milestones } = file();
    assert.deepEqual(
      [milestones[0].percent, milestones[0].ours, milestones[0].theirs, milestones[0].progress],
      [50, 1, 2, undefined],
    );
    assert.equal(milestones[1].percent, 70);
    assert.equal(milestones[2].percent, 100, 'complete is 100 %');
    const again = await roadmap.import(path);
    assert.deepEqual([again.added, again.updated, again.unchanged], [[], [], 3]);
    const { entries } = await roadmap.readHistory();
    assert.equal(entries.length, 3);
  });

  it('takes two milestones for two although they have the same ID', async (context) => {
    const { roadmap } = opened(context, [
      { id: 1, title: 'A', created_at: '2026-01-01T00:00:00Z' },
    ]);
    const path = theirs([{ id: 1, title: 'Z', created_at: '2025-07-01T00:00:00Z' }], context);
    assert.equal((await roadmap.import(path)).added.length, 1);
    assert.deepEqual(
      roadmap.milestones().map(({ title }) => title),
      ['A', 'Z'],
    );
    assert.equal((await roadmap.import(path)).unchanged, 1, 'and knows it again');
  });

  it('imports all or nothing', async (context) => {
    const { roadmap } = opened(context);
    const path = theirs(
      [
        { id: 1, title: 'A' },
        { id: 2, title: 'B', percent: -1 },
      ],
      context,
    );
    await assert.rejects(roadmap.import(path), refusedFor('E_ROADMAP_FILE', /milestone 2/));
    assert.deepEqual(roadmap.milestones(), []);
    await assert.rejects(roadmap.import('/nowhere.json'), refusedFor('E_NOT_FOUND', /nowhere/));
  });
});

describe('days', () => {
  it('are those of the calendar', () => {
    assert.ok(isDay('2028-02-29'));
    for (const text of [
      '2026-02-29',
      '2026-13-01',
      '26-1-1',
      '2026-1-01',
      'tomorrow',
      '2026-02-30',
    ])
      assert.ok(!isDay(text), text);
    assert.equal(dueDay(' 2026-12-01 '), '2026-12-01');
    assert.equal(dueDay('none'), null);
    assert.throws(() => dueDay('2026-02-30'), refusedFor('E_BAD_DATE', /2026-02-30/));
  });

  it('make overdue what is open and past its day', () => {
    const at = (due: string, status: 'planned' | 'complete' = 'planned') => ({ due, status });
    assert.ok(isOverdue(at('2026-11-24'), '2026-11-25'));
    assert.ok(!isOverdue(at('2026-11-25'), '2026-11-25'), 'the day itself is not late');
    assert.ok(!isOverdue(at('2026-11-24', 'complete'), '2026-11-25'));
    assert.deepEqual([-1, 0, 1].map(distanceText), ['1 day late', 'today', 'in 1 day']);
  });
});

test('the counts as a sentence', () => {
  const one = { status: 'planned', percent: 0, due: '2026-01-01' } as const;
  const done = { status: 'complete', percent: 100, due: null } as const;
  const text = (...milestones: Parameters<typeof countsOf>[0][number][]) =>
    countsText(countsOf(milestones, '2026-11-25'));
  assert.equal(text(), 'Nothing is planned yet');
  assert.equal(text(one), '1 milestone, none done, one overdue');
  assert.equal(text(one, done), '2 milestones, 1 done, one overdue');
  assert.equal(text(done), 'The one milestone is done');
  const almost = { status: 'in_progress', percent: 99.9, due: null } as const;
  assert.equal(countsOf([done, almost], '2026-11-25').percent, 99, 'not 100 before all is');
});

test('an ID is short, is nobody else’s, and its beginning is enough', () => {
  const taken = new Set<string>();
  for (let count = 0; count < 500; count++) taken.add(newId(taken));
  assert.equal(taken.size, 500);
  assert.ok([...taken].every((id) => /^[a-z][a-z2-9]{4}$/.test(id)));
  assert.equal(idMatching(['1', '12'], '1'), '1', 'exact goes first');
  assert.equal(idMatching(['abc', 'abd'], 'ABC'), 'abc');
  assert.throws(() => idMatching(['abc', 'abd'], 'ab'), refusedFor('E_AMBIGUOUS', /2 milestones/));
  assert.throws(() => idMatching(['abc'], ''), refusedFor('E_NO_MILESTONE', /""/));
});
