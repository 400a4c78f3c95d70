import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { dayStamp } from '@om-ops/kit';
import { openChangelog } from '@om-ops/kit/journal';
import { runCommand } from '@om-ops/test-support/command';
import type { RunResult } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';
import RoadmapAdd from '../src/commands/roadmap/add.ts';
import RoadmapComplete from '../src/commands/roadmap/complete.ts';
import RoadmapHistory from '../src/commands/roadmap/history.ts';
import RoadmapImport from '../src/commands/roadmap/import.ts';
import RoadmapList from '../src/commands/roadmap/list.ts';
import RoadmapRemove from '../src/commands/roadmap/remove.ts';
import RoadmapReport from '../src/commands/roadmap/report.ts';
import RoadmapUpdate from '../src/commands/roadmap/update.ts';
import type { Milestone } from '../src/milestone.ts';
import { roadmapChecks, roadmapPanel } from '../src/state.ts';

const commands = {
  add: RoadmapAdd,
  complete: RoadmapComplete,
  history: RoadmapHistory,
  import: RoadmapImport,
  list: RoadmapList,
  remove: RoadmapRemove,
  report: RoadmapReport,
  update: RoadmapUpdate,
};

const dayMs = 86_400_000;
const inDays = (days: number): string => dayStamp(new Date(Date.now() + days * dayMs));

function shell(context: TestContext) {
  const state = temporaryFolder(context);
  const run = (name: keyof typeof commands, ...argv: string[]): Promise<RunResult> =>
    runCommand(commands[name], argv, { state });
  const json = async <R>(exit: number, name: keyof typeof commands, ...argv: string[]) => {
    const result = await run(name, ...argv, '--json');
    assert.equal(result.code, exit, `${name} ${argv.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.json<R>();
  };
  const add = async (title: string, ...argv: string[]): Promise<Milestone> =>
    (await json<{ milestone: Milestone }>(0, 'add', '--title', title, ...argv)).result.milestone;
  return { state, run, json, add };
}

describe('roadmap', () => {
  it('goes from the first milestone to a complete one', async (context) => {
    const { run, json, add } = shell(context);
    assert.match(
      (await run('list')).stdout,
      /^Nothing is planned yet\. Begin with: om-ops roadmap add/,
    );
    const one = await add(
      'Gallery to WebP',
      '--due',
      inDays(6),
      '--owner',
      'Olga P',
      '--notes',
      'x',
    );
    assert.deepEqual([one.status, one.percent, one.owner], ['planned', 0, 'Olga P']);
    const updated = await run('update', one.id.slice(0, 3), '--percent', '42');
    assert.match(updated.stdout, /Status planned → in progress\n {2}Percent 0 % → 42 %/);
    assert.match((await run('complete', one.id)).stdout, /is complete\.\n$/);
    assert.match((await run('complete', one.id)).stdout, /is as asked for already; nothing was/);
    const { result } = await json<{ milestones: Milestone[] }>(0, 'list', '--status', 'complete');
    assert.deepEqual(
      result.milestones.map(({ id, percent }) => [id, percent]),
      [[one.id, 100]],
    );
    const none = await json<{ milestones: unknown[] }>(0, 'list', '--status', 'planned');
    assert.deepEqual(none.result.milestones, []);
  });

  it('tells who changed what and when', async (context) => {
    const { run, json, add } = shell(context);
    const { id } = await add('A');
    await add('B');
    await run('update', id, '--owner', 'Marko', '--notes', 'one\ntwo');
    const { result } = await json<{ entries: Record<string, unknown>[] }>(0, 'history', id);
    assert.equal(result.entries.length, 2);
    const last = result.entries[1]!;
    assert.deepEqual(last.changes, [
      { field: 'owner', from: null, to: 'Marko' },
      { field: 'notes', from: null, to: 'one\ntwo' },
    ]);
    assert.match(String(last.by), /\w/);
    assert.match(String(last.time), /^\d{4}-\d\d-\d\dT.*[+-]\d\d:\d\d$/);
    const text = (await run('history')).stdout;
    assert.match(text, /added A/);
    assert.equal(text.trim().split('\n').length, 4, 'a line each');
  });

  it('says what is overdue, in the list, the panel and the check', async (context) => {
    const { state, run, add } = shell(context);
    const site = { state } as Parameters<typeof roadmapChecks>[0];
    const { signal } = new AbortController();
    const panel = () => roadmapPanel({ site, signal, now: new Date() });
    const check = () => roadmapChecks(site)[0]!.run(signal);
    assert.equal((await panel()).state, 'off');
    assert.equal((await check()).state, 'off');
    await add('Later', '--due', inDays(0));
    assert.equal((await check()).state, 'healthy');
    const late = await run('add', '--title', 'Old reports', '--due', inDays(-5));
    assert.match(late.stderr, /Its due date, .*, has passed/);
    assert.equal((await check()).state, 'warning');
    assert.match(
      (await check()).message,
      /^1 milestone is overdue: Old reports \(5 days late\)\.$/,
    );
    assert.equal((await panel()).state, 'warning');
    const listed = (await run('list', '--overdue')).stdout;
    assert.match(listed, /2 milestones, none done, one overdue\. Listed: 1 milestone\./);
    assert.ok(!listed.includes('Later'));
    writeFileSync(join(state, 'roadmap/roadmap.json'), '{');
    await assert.rejects(check(), /is no roadmap/, 'what cannot be read is not healthy');
  });

  it('changes nothing in a dry run', async (context) => {
    const { state, run, add } = shell(context);
    const dry = await run('add', '--title', 'A', '--dry-run');
    assert.match(dry.stdout, /^Would add A\. Nothing was changed/);
    assert.deepEqual(readdirSync(state), []);
    const { id } = await add('A');
    const path = join(state, 'roadmap/roadmap.json');
    const before = readFileSync(path, 'utf8');
    for (const argv of [
      ['update', id, '--percent', '5'],
      ['complete', id],
      ['remove', id],
      ['report'],
    ]) {
      const [name, ...rest] = argv as [keyof typeof commands, ...string[]];
      const { code, stdout } = await run(name, ...rest, '--dry-run');
      assert.equal(code, 0);
      assert.match(stdout, /^Would/);
    }
    assert.equal(readFileSync(path, 'utf8'), before);
    assert.ok(!existsSync(join(state, 'roadmap/report.html')));
  });

  it('removes only what was confirmed, and keeps its history', async (context) => {
    const { run, json, add } = shell(context);
    const { id } = await add('By mistake');
    assert.equal((await json(3, 'remove', id)).error.code, 'E_UNCONFIRMED');
    assert.match((await run('list')).stdout, /By mistake/);
    const removed = await run('remove', id, '--confirm', 'YES APPLY');
    assert.equal(removed.code, 0, removed.stderr);
    assert.match((await run('list')).stdout, /^Nothing is planned yet/);
    assert.match((await run('history', id)).stdout, /removed By mistake/);
    assert.match((await json(2, 'update', id, '--percent', '1')).error.message, /was removed/);
  });

  it('refuses what is no use with exit 2, and says what is', async (context) => {
    const { json, add } = shell(context);
    const { id } = await add('A');
    const wrong: [code: string, ...argv: [keyof typeof commands, ...string[]]][] = [
      ['E_BAD_DATE', 'add', '--title', 'B', '--due', '2026-02-30'],
      ['E_BAD_TITLE', 'add', '--title', ' \n '],
      ['E_BAD_TITLE', 'update', id, '--title', 'x'.repeat(301)],
      ['E_NOTHING_GIVEN', 'update', id],
      ['E_CONTRADICTION', 'update', id, '--status', 'complete', '--percent', '99'],
      ['E_USAGE', 'update', id, '--percent', '101'],
      ['E_USAGE', 'update', id, '--status', 'wild'],
      ['E_NO_MILESTONE', 'complete', 'zzzz'],
      ['E_NO_MILESTONE', 'history', 'zzzz'],
    ];
    for (const [code, ...argv] of wrong) {
      const { error } = await json(2, ...argv);
      assert.equal(error.code, code, argv.join(' '));
      assert.ok(error.suggestions.length > 0, argv.join(' '));
    }
  });

  it('says what an import does, and refuses an odd file', async (context) => {
    const { state, run, json, add } = shell(context);
    await add('Ours');
    const file = join(state, 'theirs.json');
    writeFileSync(
      file,
      JSON.stringify({ milestones: [{ id: 1, title: 'Theirs', status: 'blocked' }] }),
    );
    const dry = await run('import', file, '--dry-run');
    assert.match(dry.stdout, /Would add 1 milestone:\n {2}1 Theirs\n\nNothing was changed/);
    assert.equal((await run('import', file)).code, 0);
    assert.match((await run('list', '--status', 'blocked')).stdout, /Theirs/);
    writeFileSync(file, '{"milestones": 3}');
    const { error } = await json(2, 'import', file);
    assert.match(error.message, /theirs\.json is no roadmap/);
    assert.match(error.suggestions[0] ?? '', /^Expected: /);
    assert.equal((await json(5, 'import', join(state, 'nowhere'))).error.code, 'E_NOT_FOUND');
  });

  it('takes secrets out of what it keeps and shows', async (context) => {
    const { state, run, json } = shell(context);
    const added = await run('add', '--title', 'A', '--notes', 'DB_PASSWORD=hunter2hunter2');
    assert.match(added.stderr, /What looked like a secret/);
    assert.ok(!readFileSync(join(state, 'roadmap/roadmap.json'), 'utf8').includes('hunter2'));
    const file = join(state, 'theirs.json');
    writeFileSync(file, JSON.stringify([{ id: 1, title: 'B', notes: 'API_TOKEN=hunter2hunter2' }]));
    await run('import', file);
    assert.ok(!JSON.stringify(await json(0, 'list')).includes('hunter2'));
    await run('report');
    assert.ok(!readFileSync(join(state, 'roadmap/report.html'), 'utf8').includes('hunter2'));
  });

  it('is in the work session, and its page among the pages', async (context) => {
    const { state, run, add } = shell(context);
    const changelog = openChangelog(state);
    await changelog.startSession({ title: 'x', tags: [], scope: 'mixed' });
    const { id } = await add('A');
    await run('complete', id);
    await run('list');
    const session = changelog.activeSession()!;
    const texts = readFileSync(join(session.path, 'entries.jsonl'), 'utf8');
    assert.match(texts, /om-ops roadmap add --title A/);
    assert.match(texts, new RegExp(`om-ops roadmap complete ${id}`));
    assert.ok(!texts.includes('roadmap list'));
    assert.equal((await run('report', '--where')).code, 1);
    const made = await run('report');
    assert.match(made.stdout, /report\.html: The one milestone is done\./);
    assert.match(readFileSync(join(state, 'index.html'), 'utf8'), /roadmap\/report\.html/);
    assert.equal((await run('report', '--where')).code, 0);
  });
});
