import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import MaintainAt from '../src/commands/maintain/at.ts';
import MaintainCancel from '../src/commands/maintain/cancel.ts';
import Maintain from '../src/commands/maintain/index.ts';
import MaintainList from '../src/commands/maintain/list.ts';
import MaintainRun from '../src/commands/maintain/run.ts';
import MaintainShow from '../src/commands/maintain/show.ts';
import MaintainStatus from '../src/commands/maintain/status.ts';
import MaintainWindowEnd from '../src/commands/maintain/window/end.ts';
import MaintainWindowList from '../src/commands/maintain/window/list.ts';
import MaintainWindowStart from '../src/commands/maintain/window/start.ts';
import ScheduleList from '../src/commands/schedule/list.ts';
import SchedulePause from '../src/commands/schedule/pause.ts';
import ScheduleResume from '../src/commands/schedule/resume.ts';
import ScheduleTick from '../src/commands/schedule/tick.ts';
import type { ListResult } from '../src/view/list.ts';
import type { MaintainRunResult } from '../src/view/maintain-run.ts';
import type { MaintainStatusResult } from '../src/view/maintain-status.ts';
import type { ShowResult } from '../src/view/show.ts';
import type { TickReport } from '../src/view/tick.ts';
import { sampleSite } from './sample-site.ts';

type Classes = Parameters<typeof runCommand>[0];

test('a tick runs what is due once, keeps what it printed, and catches up after a time without one', async (t) => {
  const at = await sampleSite(
    t,
    `looks: {argv: [changelog, verify], every: day, at: "02:30", title: Look}
fails: {argv: [backup, restore, server, --to, /proc/nowhere], every: day, at: "02:31"}
gone: {argv: [nosuch, thing], every: day}`,
  );
  const tick = async (now: string, argv: string[] = []) => {
    const run = await runCommand(ScheduleTick, ['--json', ...argv], {
      site: at.site,
      env: { OM_OPS_NOW: now, TZ: 'UTC' },
    });
    return { ...run, report: run.json<TickReport>().result };
  };
  const planned = await tick('2026-01-15T02:35:00Z', ['--dry-run']);
  assert.deepEqual(
    planned.report.planned.map(({ task, why }) => `${task} ${why}`),
    ['looks time', 'fails time'],
  );
  assert.equal(existsSync(at.state), false, 'a dry run makes nothing');

  const first = await tick('2026-01-15T02:35:00Z');
  assert.equal(first.code, 1);
  assert.equal(first.json().error?.code, 'E_TASK_FAILED');
  const outcomes = Object.fromEntries(first.report.ran.map((run) => [run.task, run.outcome]));
  assert.deepEqual(outcomes, { looks: 'done', fails: 'failed' });
  assert.deepEqual(first.report.next, { task: 'looks', at: '2026-01-16T02:30:00.000+00:00' });

  const again = await tick('2026-01-15T02:36:00Z');
  assert.equal(again.code, 0);
  assert.deepEqual(again.report.ran, []);
  const back = await tick('2026-01-14T02:36:00Z');
  assert.deepEqual(back.report.ran, [], 'the clock was set back');

  const late = await tick('2026-01-18T01:00:00Z');
  assert.deepEqual(
    late.report.ran.map(({ task, period, why }) => `${task} ${period} ${why}`).sort(),
    ['fails 2026-01-17 late', 'looks 2026-01-17 late'],
  );
  assert.deepEqual(
    late.report.missed.map(({ task, from, to, count }) => `${task} ${from} ${to} ${count}`).sort(),
    ['fails 2026-01-16 2026-01-16 1', 'looks 2026-01-16 2026-01-16 1'],
  );

  const env = { OM_OPS_NOW: '2026-01-18T01:00:30Z', TZ: 'UTC' };
  const list = await runCommand(ScheduleList, ['--json'], { site: at.site, env });
  assert.equal(list.code, 0);
  const { tick: last, tasks } = list.json<ListResult>().result;
  assert.equal(last.ageSeconds, 30);
  assert.equal(last.alive, true);
  const states = tasks
    .filter(({ state }) => state !== 'off')
    .map(({ id, state }) => `${id} ${state}`);
  assert.deepEqual(states, ['gone not-installed', 'looks on', 'fails on']);
  const looks = tasks.find(({ id }) => id === 'looks');
  assert.equal(looks?.last?.state, 'done');
  assert.equal(looks?.missed, 1);
  const text = await runCommand(ScheduleList, [], { site: at.site, env });
  assert.match(text.stdout, /gone +daily 00:00 .*not installed: om-ops nosuch thing/);
  assert.match(text.stdout, /fails +daily 02:31 +01:00 failed \(exit \d\)/);

  const shown = await runCommand(MaintainShow, ['looks', '--json'], { site: at.site, env });
  const { run, steps } = shown.json<ShowResult>().result;
  assert.equal(run?.why, 'late');
  assert.deepEqual(steps[0]?.output, ['There are no sessions to verify.']);
  const runs = readdirSync(join(at.state, 'schedule/runs'));
  assert.ok(runs.includes('2026-01-15_023500-looks'), String(runs));

  appendFileSync(join(at.state, 'schedule/ledger.jsonl'), 'torn{\n');
  const status = await runCommand(MaintainStatus, ['--json'], { site: at.site, env });
  assert.equal(status.code, 7, 'what cannot be read is said');
  const { counts, failed } = status.json<MaintainStatusResult>().result;
  assert.deepEqual(
    { done: counts.done, failed: counts.failed, missed: counts.missed },
    { done: 2, failed: 2, missed: 2 },
  );
  assert.equal(failed[0]?.task, 'fails');
});

test('a pause holds a tick, and resuming ends it', async (t) => {
  const at = await sampleSite(t, 'looks: {argv: [changelog, verify], every: 5m}');
  const run = (command: Classes, argv: string[], now: string) =>
    runCommand(command, [...argv, '--json'], { site: at.site, env: { OM_OPS_NOW: now } });
  await run(SchedulePause, ['looks', '--for', '1h', '--dry-run'], '2026-01-15T10:00:00Z');
  assert.equal(existsSync(join(at.state, 'schedule')), false);
  assert.equal(
    (await run(SchedulePause, ['looks'], '2026-01-15T10:00:00Z')).code,
    2,
    'needs an end',
  );
  assert.equal(
    (await run(SchedulePause, ['looks', '--for', '1'], '2026-01-15T10:00:00Z')).code,
    2,
    'a bare number would be days',
  );
  assert.equal(
    (await run(SchedulePause, ['looks', '--for', '1h'], '2026-01-15T10:00:00Z')).code,
    0,
  );
  const held = (await run(ScheduleTick, [], '2026-01-15T10:05:00Z')).json<TickReport>().result;
  assert.deepEqual(
    held.held.map(({ task, why }) => [task, why]),
    [['looks', 'paused']],
  );
  assert.deepEqual(held.ran, []);
  assert.equal((await run(ScheduleResume, ['looks'], '2026-01-15T10:06:00Z')).code, 0);
  const { ran } = (await run(ScheduleTick, [], '2026-01-15T10:06:00Z')).json<TickReport>().result;
  assert.equal(ran.length, 1);
});

test('a task by hand, once at a time, and the confirmation that a guarded one needs', async (t) => {
  const at = await sampleSite(
    t,
    `my-look: {argv: [changelog, verify], every: month}
cleans: {argv: [analysis, prune, --keep, "3"], every: 5m, guarded: true}`,
  );
  const now = '2026-01-15T10:01:00Z';
  const run = (command: Classes, argv: string[], time = now) =>
    runCommand(command, [...argv, '--json'], {
      site: at.site,
      env: { OM_OPS_NOW: time, TZ: 'UTC' },
    });

  const listed = await runCommand(MaintainList, [], { site: at.site });
  assert.match(listed.stdout, /om-ops analysis prune --keep 3 \(asks for YES APPLY\)/);
  const dry = await run(Maintain, ['--task', 'MY_LOOK', '--dry-run']);
  assert.deepEqual(dry.json<MaintainRunResult>().result.steps, ['changelog verify']);
  const by = await run(Maintain, ['--task', 'my_look']);
  assert.equal(by.code, 0);
  assert.equal(by.json<MaintainRunResult>().result.ran?.why, 'hand');
  assert.equal((await run(MaintainRun, ['cleans'])).code, 3);
  assert.equal((await run(MaintainRun, ['cleans', '--confirm', 'YES APPLY'])).code, 0);
  assert.equal((await run(MaintainRun, ['nothing'])).code, 2);
  assert.equal((await run(MaintainRun, ['health-check', '--dry-run'])).code, 0);

  const unconfirmed = await run(ScheduleTick, []);
  assert.equal(unconfirmed.code, 7);
  const held = unconfirmed.json<TickReport>().result.ran;
  assert.equal(
    held.find(({ task }) => task === 'cleans')?.outcome,
    'incomplete',
    'nobody confirmed it',
  );

  const planned = await run(MaintainAt, ['my-look', '--in', '5m', '--note', 'before the update']);
  assert.equal(planned.code, 0, planned.stdout);
  const { id } = planned.json<{ id: string }>().result;
  assert.equal(
    (await run(MaintainAt, ['my-look', '--at', '2026-01-15 09:00'])).code,
    2,
    'it is over',
  );
  const other = (await run(MaintainAt, ['my-look', '--at', '11:00'])).json<{
    id: string;
    due: string;
  }>().result;
  assert.equal(other.due, '2026-01-15T11:00:00.000+00:00');
  assert.equal((await run(MaintainCancel, [other.id])).code, 0);
  assert.equal((await run(MaintainCancel, [other.id])).code, 1);
  assert.equal((await run(MaintainCancel, ['m-none'])).code, 2);
  const ran = (await run(ScheduleTick, [], '2026-01-15T10:06:00Z')).json<TickReport>().result.ran;
  assert.deepEqual(
    ran.filter(({ task }) => task === 'my-look').map(({ why, request }) => [why, request]),
    [['request', id]],
  );
  const shown = (await run(MaintainShow, [id])).json<ShowResult>().result;
  assert.equal(shown.request?.state, 'begun');
  assert.equal(shown.request?.note, 'before the update');
  assert.equal(shown.run?.state, 'done');
  const dead = await run(MaintainAt, ['my-look', '--in', '5m'], '2026-01-15T12:00:00Z');
  assert.equal(dead.code, 7, 'no tick would run it');
});

test('a maintenance window opens, is listed, and ends', async (t) => {
  const at = await sampleSite(t, 'looks: {argv: [changelog, verify]}');
  const run = (command: Classes, id: string, argv: string[], time: string) =>
    runCommand(command, argv, {
      id,
      site: at.site,
      env: { OM_OPS_NOW: `2026-01-15T${time}:00Z`, TZ: 'UTC' },
    });
  const start = (argv: string[], time: string) =>
    run(MaintainWindowStart, 'maintain:window:start', argv, time);
  const end = (argv: string[], time: string) =>
    run(MaintainWindowEnd, 'maintain:window:end', argv, time);
  const begun = await start(['--for', '1h', '--reason', 'New disk'], '10:00');
  assert.match(begun.stdout, /^The maintenance window w-1 is open until 11:00\./);
  await start([], '10:10');
  const status = await run(MaintainStatus, 'maintain:status', [], '10:20');
  assert.match(status.stdout, /Work is under way until 11:00 \(w-1, .*\): New disk/);
  assert.equal((await end(['w-9'], '10:30')).code, 2);
  assert.match((await end([], '10:30')).stdout, /^Ended: w-1, w-2\./);
  const list = await run(MaintainWindowList, 'maintain:window:list', [], '10:35');
  assert.match(list.stdout, /w-1 +10:00 +10:30 .* New disk/);
  assert.match((await end([], '10:35')).stdout, /^No maintenance window is open/);
});

test('what is wrong in the profile is an error that names the place', async (t) => {
  const at = await sampleSite(t, 'looks: {argv: [changelog, verify], every: 45s}');
  const list = () => runCommand(ScheduleList, ['--json'], { site: at.site });
  const bad = await list();
  assert.equal(bad.code, 2);
  assert.match(bad.json().error?.message ?? '', /om-ops\.yaml:\d+.*schedule\.tasks\.looks\.every/s);
  at.profile('looks: {argv: [changelog, verify], evry: day}');
  assert.match((await list()).json().error?.message ?? '', /did you mean `every`/);
  at.profile('looks: {every: day}\nother: {argv: [changelog, verify], every: 30m, at: "03:00"}');
  assert.deepEqual(
    (await list()).json().warnings.map((one) => one.slice(0, 40)),
    ['schedule.tasks.looks of the site profile', 'schedule.tasks.other.at of the site prof'],
  );
});
