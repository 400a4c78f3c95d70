import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Abilities,
  type BackupRecord,
  isoWithOffset,
  type Metric,
  noteOf,
  type Panel,
  type PluginContribution,
  type Site,
  type WatchRecord,
} from '@om-ops/kit';
import { loadSite } from '@om-ops/kit/site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { backupDays } from '../src/backup-days.ts';
import { keepSummary } from '../src/keep.ts';
import { makeSummary, type SummaryInput } from '../src/make.ts';
import { reportData, reportLimits } from '../src/report/data.ts';
import { keptRuns } from '../src/runs.ts';
import type { Summary } from '../src/summary.ts';
import { manySummary } from './sample-summary.ts';

const { signal } = new AbortController();
const hour = 3_600_000;

const audited = [
  ...['backup:run', 'nginx:apply', 'git:checkpoint'],
  ...['summary:run', 'deploy:run', 'maintain:run'],
];
const config = {
  commands: [...audited, 'backup:list'].map((id) => ({
    id,
    record: audited.includes(id) ? 'audit' : 'log',
  })),
} as unknown as SummaryInput['config'];

async function siteOf(context: TestContext): Promise<Site> {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'state'), { mode: 0o700 });
  const file = join(folder, 'om-ops.yaml');
  writeFileSync(file, `site: test\nroot: ${folder}\nstate: ${join(folder, 'state')}\n`);
  return loadSite({ flag: file, env: {}, cwd: '/' });
}

function made(
  site: Site,
  contributions: readonly PluginContribution[],
  more: Partial<SummaryInput> = {},
): Promise<Summary> {
  const plugins = contributions.map((contribution) => ({
    name: contribution.topic,
    version: '1.0.0',
    contribution,
  }));
  const load = async () => ({ plugins, problems: [] });
  const abilities = new Abilities({ site, signal, warn() {}, load });
  const now = new Date();
  return makeSummary({ site, abilities, config, signal, now, ...more });
}

const healthy: Panel = { title: 'Slow', state: 'healthy', metrics: [], facts: [], notes: [] };

const part = (topic: string, panel: Partial<Panel>): PluginContribution => ({
  topic,
  state: async () => ({
    ...{ title: topic.toUpperCase(), state: 'healthy', metrics: [], facts: [], notes: [] },
    ...panel,
  }),
});

const uptime: Metric = { key: 'uptime', label: 'Up for', value: 5000, unit: 'ms' };

describe('a part', () => {
  it('that never answers, fails or makes no sense is unknown with its reason and holds up nobody', async (context) => {
    const site = await siteOf(context);
    const began = performance.now();
    const summary = await made(
      site,
      [
        part('fine', {}),
        { topic: 'mute', state: () => new Promise(() => {}) },
        { topic: 'slow', state: () => delay(150, healthy) },
        { topic: 'broken', state: () => Promise.reject(new Error('no such socket')) },
        { topic: 'odd', state: async () => ({ state: 'splendid' }) as unknown as Panel },
      ],
      { timeoutMs: 400 },
    );
    const seconds = (performance.now() - began) / 1000;
    assert.ok(seconds < 0.4 + 0.3, `${seconds} s`);
    const states = Object.fromEntries(summary.panels.map(({ topic, state }) => [topic, state]));
    assert.deepEqual(states, {
      ...{ fine: 'healthy', mute: 'unknown', slow: 'healthy' },
      ...{ broken: 'unknown', odd: 'unknown' },
    });
    assert.equal(summary.level, 'unknown');
    assert.deepEqual(summary.counts, { healthy: 2, warning: 0, critical: 0, unknown: 3, off: 0 });
    const texts = summary.attention.map(({ text }) => text).join('\n');
    assert.match(texts, /mute could not be asked: no answer within 0.4 s\./);
    assert.match(texts, /broken could not be asked: no such socket\./);
    assert.match(
      summary.verdict,
      /^Nothing critical was seen, and three things could not be seen$/,
    );
  });

  it('that the site does not use is not counted, and nothing at all is not healthy', async (context) => {
    const site = await siteOf(context);
    const some = await made(site, [part('a', { metrics: [uptime] }), part('b', { state: 'off' })]);
    assert.equal(some.verdict, 'Running, and nothing needs you');
    assert.equal(some.level, 'healthy');
    assert.equal(some.counts.off, 1);
    const none = await made(site, [part('b', { state: 'off' })]);
    assert.equal(none.level, 'unknown');
    assert.equal(none.verdict, 'Nothing of this site could be seen');
    assert.match(none.attention[0]?.text ?? '', /^No plugin could say/);
  });

  it('that is not well says since when, what to do, and what else it knows', async (context) => {
    const site = await siteOf(context);
    const sick = part('disk', {
      state: 'critical',
      notes: ['/ is full. Make room: om-ops analysis show --junk', 'It fills by 1 GB a day.'],
      runbook: 'disk-filling',
    });
    const then = new Date(Date.now() - 5 * hour);
    await keepSummary(site.state, await made(site, [sick], { now: then }));
    const summary = await made(site, [sick, part('b', { state: 'warning', notes: [] })]);
    const [first, second] = summary.attention;
    assert.deepEqual(
      { ...first, since: Date.parse(first?.since ?? '') },
      {
        level: 'critical',
        text: '/ is full.',
        details: ['It fills by 1 GB a day.'],
        since: Date.parse(isoWithOffset(then)),
        command: 'om-ops analysis show --junk',
        runbook: 'disk-filling',
        alert: null,
        acknowledged: null,
        part: 'disk',
      },
    );
    assert.equal(second?.text, 'B is warning.');
    assert.equal(summary.verdict, 'One thing is critical, and one more needs you');
  });
});

test('a note gives its command', () => {
  const cases: [string, string, string | null][] = [
    [
      'There is no backup. Make one: om-ops backup run --all',
      'There is no backup.',
      'om-ops backup run --all',
    ],
    ['The last one failed: om-ops build status', 'The last one failed.', 'om-ops build status'],
    [
      'A B 3.1 (5 days late). om-ops roadmap list --overdue',
      'A B 3.1 (5 days late).',
      'om-ops roadmap list --overdue',
    ],
    ['nginx is not installed here.', 'nginx is not installed here.', null],
    ['`om-ops` is written here: see it', '`om-ops` is written here: see it', null],
  ];
  for (const [note, text, command] of cases) assert.deepEqual(noteOf(note), { text, command });
});

const alert = {
  ...{ id: 'a1', key: 'disk:/', title: 'Disk', level: 'warning' as const },
  ...{ text: 'Disk / is at 87 %, warning from 85 %.', since: '2026-11-24T22:40:00+02:00' },
  ...{
    acknowledged: null,
    silencedUntil: null,
    heldBy: null,
    runbook: 'disk-filling',
    command: null,
  },
};

const record = (more: Partial<WatchRecord> = {}): PluginContribution => ({
  topic: 'health',
  watched: async () => ({
    alerts: async () => [alert],
    lanes: async ({ since, until }) => [
      {
        check: 'disk./',
        title: 'Disk /',
        spans: [
          {
            from: isoWithOffset(since),
            to: isoWithOffset(new Date(since.getTime() + 18 * hour)),
            level: 'healthy',
          },
          {
            from: isoWithOffset(new Date(since.getTime() + 18 * hour)),
            to: isoWithOffset(until),
            level: 'critical',
          },
        ],
      },
    ],
    series: async () => [],
    ...more,
  }),
});

function beat(site: Site, ageMs: number): void {
  mkdirSync(join(site.state, 'monitor'), { recursive: true });
  const at = isoWithOffset(new Date(Date.now() - ageMs));
  writeFileSync(
    join(site.state, 'monitor/heartbeat.json'),
    JSON.stringify({
      at,
      bootId: 'x',
      durationMs: 9,
      everyMs: 60_000,
      level: 'warning',
      counts: {},
    }),
  );
}

describe('what was watched', () => {
  it('gives alerts and lanes; an alert stands for its part, one that is held or silenced needs nobody', async (context) => {
    const site = await siteOf(context);
    beat(site, 30_000);
    const disk = part('disk', { state: 'warning', notes: ['Told twice.'] });
    const summary = await made(site, [disk, record()]);
    assert.deepEqual(
      summary.attention.map(({ text, alert: id, command }) => [text, id, command]),
      [['Disk / is at 87 %, warning from 85 %.', 'a1', 'om-ops alert show a1']],
    );
    const keeper = part('health', {
      state: 'warning',
      notes: ['Disk / is at 87 %, warning from 85 %.', '3 more alerts: om-ops alert list'],
    });
    assert.equal((await made(site, [keeper, record()])).attention.length, 1, 'said once');
    const over = {
      ...alert,
      key: 'disk',
      text: '/ is full. Make room: om-ops analysis show --junk',
    };
    const [first] = (await made(site, [part('disk', {}), record({ alerts: async () => [over] })]))
      .attention;
    assert.deepEqual([first?.text, first?.command], ['/ is full.', 'om-ops analysis show --junk']);
    assert.deepEqual(first?.details, ['DISK is healthy now; the alert is still open.']);
    assert.equal(summary.watch?.stale, false);
    assert.equal(summary.timeline.lanes[0]?.healthy, 0.75);
    const quiet = await made(site, [
      part('a', {}),
      record({
        alerts: async () => [
          { ...alert, heldBy: 'host' },
          { ...alert, silencedUntil: 'x' },
        ],
      }),
    ]);
    assert.deepEqual(quiet.attention, []);
  });

  it('is unknown when nobody has looked for three intervals, or it cannot be read', async (context) => {
    const site = await siteOf(context);
    beat(site, 200_000);
    const stale = await made(site, [part('a', {}), record({ alerts: async () => [] })]);
    assert.equal(stale.level, 'unknown');
    assert.match(stale.attention[0]?.text ?? '', /^Nobody has looked/);
    const keeper = part('health', {
      state: 'unknown',
      notes: ['Nobody has looked for long: om-ops schedule check'],
    });
    const once = await made(site, [keeper, record({ alerts: async () => [] })]);
    assert.deepEqual(
      once.attention.map(({ text }) => text),
      ['Nobody has looked for long.'],
    );
    beat(site, 0);
    const torn = await made(site, [
      part('a', {}),
      record({ alerts: () => Promise.reject(new Error('alerts.jsonl is torn')) }),
    ]);
    assert.equal(torn.level, 'unknown');
    assert.match(
      torn.attention[0]?.text ?? '',
      /^The open alerts could not be read: alerts.jsonl is torn\.$/,
    );
    const mute = await made(site, [part('a', {})]);
    assert.equal(mute.level, 'unknown', 'there is a heartbeat, and nobody who tells of it');
    const lost = await made(site, [
      part('a', {}),
      { topic: 'b', backups: () => Promise.reject(new Error('EACCES')) },
    ]);
    assert.match(
      lost.attention.map(({ text }) => text).join(),
      /The backups could not be read: b: EACCES/,
    );
  });
});

test('what changed since a run is told, and nothing else', async (context) => {
  const site = await siteOf(context);
  const metrics = (restarts: number, size: number, up: number): Metric[] => [
    { key: 'restarts', label: 'Restarts', value: restarts, unit: 'count', welcome: 'down' },
    { key: 'size', label: 'Size', value: size, unit: 'bytes' },
    { key: 'uptime', label: 'Up for', value: up, unit: 'ms', welcome: 'up' },
  ];
  const before = new Date(Date.now() - 3 * hour);
  const first = await made(
    site,
    [part('pm2', { metrics: metrics(13, 1e9, 5e6) }), part('git', {}), part('old', {})],
    { now: before },
  );
  assert.deepEqual(first.changes, []);
  assert.equal(first.against, null);
  const { summary: kept } = await keepSummary(site.state, first);
  const backups = (
    [
      ['prod', 'made', 1],
      ['images', 'failed', 2],
      ['server', 'made', 20],
    ] as const
  ).map(
    ([of, state, hours]): BackupRecord => ({
      ...{ of, state, bytes: 1, path: null, why: null },
      at: isoWithOffset(new Date(Date.now() - hours * hour)),
    }),
  );
  const second = await made(site, [
    part('pm2', { metrics: metrics(14, 1.66e9, 6e6) }),
    part('git', { state: 'warning' }),
    {
      topic: 'x',
      backups: async () => backups,
      milestones: async () => [
        {
          ...{ id: 'm1', title: 'Record tables', status: 'complete', percent: 100, due: null },
          ...{ createdAt: null, href: 'roadmap/report.html#milestone=m1' },
          completedAt: isoWithOffset(new Date(Date.now() - hour)),
        },
      ],
    },
  ]);
  assert.equal(second.against?.run, kept.run);
  assert.deepEqual(
    second.changes.map(({ mark, text, tone }) => `${mark} ${text} ${tone}`),
    [
      'worse GIT: warning, was healthy bad',
      'gone OLD is not told of any more neutral',
      '+1 backup of prod good',
      '1 backup failed: images bad',
      'done milestone “Record tables” good',
      '+1 PM2: Restarts, now 14 bad',
      '+660 MB PM2: Size, now 1.66 GB neutral',
    ],
  );
  assert.equal(second.panels[0]?.history, undefined, 'two points are no course');
  await keepSummary(site.state, second);
  const third = await made(site, [part('pm2', { metrics: metrics(14, 1.66e9, 6e6) })]);
  assert.deepEqual(
    third.panels[0]?.history?.points.map(({ value }) => value),
    [13, 14, 14],
  );
  await assert.rejects(made(site, [], { since: '1999' }), { code: 'E_NO_RUN', exit: 2 });
});

test('what was done is told from the log, without what only looked or did nothing', async (context) => {
  const site = await siteOf(context);
  const line = (hours: number, command: string, exit: number, rest = '') =>
    `${isoWithOffset(new Date(Date.now() - hours * hour))} INFO  ${command} exit=${exit} seconds=130.0 user=ops pid=1 ${rest}\n`;
  writeFileSync(
    join(site.state, 'om-ops.log'),
    line(30, 'backup:run', 0) +
      line(
        20,
        'backup:run',
        0,
        'args="--all --json --confirm \'YES APPLY\'" touched="prod/a b.tar.gz"',
      ) +
      line(19, 'nginx:apply', 3) +
      line(18, 'nginx:apply', 1, 'code=E_UNDONE message="It was \\"undone\\"."') +
      line(17, 'backup:list', 0) +
      line(16, 'git:checkpoint', 0, 'parent=deploy:run@1') +
      line(15.5, 'git:checkpoint', 0, 'parent=schedule:tick@1') +
      line(15.2, 'maintain:run', 0) +
      line(15, 'summary:run', 6),
  );
  const { timeline } = await made(site, [part('a', {})]);
  assert.deepEqual(
    timeline.events.map(({ text, outcome, by }) => [text, outcome, by]),
    [
      ['backup run --all, 2 min 10 s', 'done', 'ops'],
      ['nginx apply, 2 min 10 s', 'failed', 'ops'],
      ['git checkpoint, 2 min 10 s', 'done', 'ops'],
    ],
  );
});

test('a day of backups is as its last attempt, in the zone of the site', () => {
  const now = new Date(2026, 10, 25, 9);
  const at = (day: number, hours: number) => isoWithOffset(new Date(2026, 10, day, hours));
  const one = { of: 'db', bytes: 1, path: null, why: null };
  const { days, rows } = backupDays(
    [
      { ...one, at: at(12, 1), state: 'verified' },
      { ...one, at: at(23, 23), state: 'failed', why: 'full' },
      { ...one, at: at(24, 1), state: 'failed', why: 'full' },
      { ...one, at: at(24, 2), state: 'made' },
      { ...one, at: at(25, 1), state: 'made' },
      { ...one, at: at(25, 3), state: 'failed', why: 'again' },
    ],
    now,
  );
  assert.deepEqual([days[0], days.at(-1), days.length], ['2026-11-12', '2026-11-25', 14]);
  assert.deepEqual(rows[0]?.states.slice(-3), ['failed', 'made', 'failed']);
  assert.equal(rows[0]?.states[0], 'verified');
  assert.equal(rows[0]?.newest, at(25, 1));
});

test('a run that is damaged is passed over, and the page holds what a page can', async (context) => {
  const site = await siteOf(context);
  const { path } = await keepSummary(site.state, await made(site, [part('a', {})]));
  await keepSummary(site.state, await made(site, [part('a', {})]));
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, 200));
  assert.equal((await keptRuns(site.state)).length, 1);
  const many = manySummary();
  const data = reportData(many, site.state);
  assert.equal(data.panels.length, reportLimits.panels);
  assert.equal(data.leftOut.panels, many.panels.length - reportLimits.panels);
  const spans = data.timeline.lanes.flatMap((lane) => lane.spans);
  assert.ok(spans.length <= reportLimits.spans, `${spans.length}`);
  assert.ok(spans.some(({ level }) => level === 'critical'));
  for (const { spans: own } of data.timeline.lanes)
    for (const [index, span] of own.entries())
      assert.ok(index === 0 || Date.parse(span.from) >= Date.parse(own[index - 1]?.to ?? ''));
});
