import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { loadSite } from '../../../kit/src/site/site.ts';
import HealthCheck from '../src/commands/health/check.ts';
import HealthExplain from '../src/commands/health/explain.ts';
import HealthList from '../src/commands/health/list.ts';
import HealthStatus from '../src/commands/health/status.ts';
import HealthWatch from '../src/commands/health/watch.ts';
import Status from '../src/commands/status.ts';
import type { Explanation } from '../src/pass/explain.ts';
import type { WatchStatus } from '../src/pass/status.ts';
import { watchRecord } from '../src/watch-record.ts';
import { madeMachine } from './made-machine.ts';

function site(test: CleansUp) {
  const folder = temporaryFolder(test);
  const made = smallSite(
    folder,
    {},
    { profile: 'database: {engine: none}\nhealth: {thresholds: {memory: {warning: 5}}}' },
  );
  const machine = madeMachine(join(folder, 'machine'));
  const at = (minutes: number) => ({
    site: made.profile,
    env: {
      ...machine.env,
      OM_OPS_NOW: new Date(Date.parse('2026-11-20T12:00:00Z') + minutes * 60_000).toISOString(),
    },
  });
  const status = async (minutes: number, argv: string[] = []) => {
    const run = await runCommand(HealthStatus, [...argv, '--json'], at(minutes));
    return { code: run.code, status: (run.json() as { result: WatchStatus }).result };
  };
  return { ...made, machine, at, status };
}

describe('health status', () => {
  it('is unknown before anybody has looked, and again when the look is too old', async (test) => {
    const { at, status, state } = site(test);
    const before = await status(0);
    assert.deepEqual([before.code, before.status.level, before.status.at], [7, 'unknown', null]);
    const text = await runCommand(Status, [], at(0));
    assert.equal(text.code, 7);
    assert.match(text.stdout, /unknown\. Nobody has looked yet: om-ops health check/);
    // A look at one thing is no look at the site.
    assert.equal((await runCommand(HealthCheck, ['memory'], at(0))).code, 0);
    assert.equal((await status(0)).code, 7);
    await runCommand(HealthCheck, ['--every', '1m'], at(0));
    // The counters of a made tree stand still, and say nothing of the processors: what is told is made plain.
    const path = join(state, 'monitor/pass.json');
    const kept = JSON.parse(readFileSync(path, 'utf8'));
    const set = (level: string) => {
      kept.pass.level = level;
      writeFileSync(path, JSON.stringify(kept));
    };
    for (const [level, code] of [
      ['healthy', 0],
      ['warning', 0],
      ['critical', 6],
      ['unknown', 7],
    ] as const) {
      set(level);
      const now = await status(2);
      assert.deepEqual([now.code, now.status.level, now.status.stale], [code, level, false]);
      assert.equal(now.status.ageSeconds, 120);
    }
    set('healthy');
    const old = await status(4);
    assert.deepEqual(
      [old.code, old.status.level, old.status.seen, old.status.stale],
      [7, 'unknown', 'healthy', true],
    );
    // A look from the future is no look.
    assert.equal((await status(-60)).status.level, 'unknown');
    writeFileSync(path, '{"pass": ');
    assert.equal((await status(0)).status.at, null);
  });

  it('tells what is not well, and in detail everything and what watching takes', async (test) => {
    const { at, status } = site(test);
    await runCommand(HealthCheck, [], at(0));
    const short = (await status(1)).status;
    assert.ok(short.checks.some(({ id, level }) => id === 'memory' && level === 'warning'));
    assert.ok(!short.checks.some(({ level }) => level === 'healthy'));
    const detailed = (await status(1, ['--detailed'])).status;
    assert.ok(detailed.checks.some(({ level }) => level === 'healthy'));
    assert.ok((detailed.own?.rssBytes ?? 0) > 1e6);
    assert.ok((detailed.own?.bytesPerDay ?? 0) > 0);
    const text = await runCommand(Status, ['--detailed'], at(1));
    assert.match(text.stdout, /warning +memory +10%/);
    assert.match(text.stdout, /watching takes/);
  });
});

describe('health list', () => {
  it('has each check of ours and of every plugin once, with its thresholds and where they come from', async (test) => {
    const { at } = site(test);
    await runCommand(HealthCheck, [], at(0));
    const run = await runCommand(HealthList, ['--json'], at(1));
    assert.equal(run.code, 0, run.stderr);
    const { checks } = (run.json() as { result: Awaited<ReturnType<HealthList['run']>> }).result;
    const ids = checks.map(({ id }) => id);
    for (const id of [
      'cpu',
      'memory',
      'load',
      'oom',
      'http:backend',
      'integration',
      'nginx.certificate',
    ])
      assert.equal(ids.filter((one) => one === id).length, 1, `${id}: ${ids.join()}`);
    const memory = checks.find(({ id }) => id === 'memory');
    assert.deepEqual(memory?.thresholds, { warning: 5, critical: 95, when: 'above' });
    assert.match(memory?.source ?? '', /^om-ops\.yaml:\d+$/);
    assert.equal(memory?.level, 'warning');
    assert.equal(memory?.runbook, 'high-memory');
    const text = await runCommand(HealthList, [], at(1));
    assert.match(text.stdout, /memory +warning +10% +≥ 5% +≥ 95% +om-ops\.yaml:\d/);
  });
});

describe('health explain', () => {
  it('shows what is read, the arithmetic, the thresholds, the last values, and what would change the level', async (test) => {
    const { at, state } = site(test);
    await runCommand(HealthCheck, [], at(0));
    const run = await runCommand(HealthExplain, ['memory', '--json'], at(1));
    assert.equal(run.code, 0, run.stdout);
    const { result } = run.json() as { result: Explanation };
    assert.match(result.reads ?? '', /MemAvailable of \/proc\/meminfo/);
    assert.match(result.arithmetic.join(), /1 − MemAvailable 922 MB \/ MemTotal 1\.02 GB = 10\.0%/);
    assert.deepEqual(result.change, [
      'A warning from 5% on: it is 5% past that',
      'Critical from 95% on: 85% to go',
    ]);
    assert.deepEqual(
      result.values.map(({ value }) => value),
      [10],
    );
    // It keeps nothing.
    const before = readFileSync(join(state, 'monitor/pass.json'), 'utf8');
    await runCommand(HealthExplain, ['memory'], at(5));
    assert.equal(readFileSync(join(state, 'monitor/pass.json'), 'utf8'), before);
    assert.equal((await runCommand(HealthExplain, ['nothing'], at(1))).code, 2);
    assert.equal((await runCommand(HealthExplain, ['cpu'], at(1))).code, 7);
  });
});

describe('health watch', () => {
  it('looks again and again, tells what changes, keeps it, and ends as it is asked to', async (test) => {
    const { profile, machine, state } = site(test);
    const env = machine.env;
    const run = await runCommand(HealthWatch, ['--every', '1s', '--timeout', '3s', '--json'], {
      site: profile,
      env,
    });
    assert.equal(run.code, 0, run.stderr);
    const lines = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const passes = lines.slice(0, -1).map(({ line }) => line);
    assert.ok(passes.length >= 2 && passes.length <= 4, String(passes.length));
    assert.deepEqual(lines.at(-1).result, {
      lines: [],
      followed: true,
      count: passes.length,
      endedBy: 'end',
    });
    assert.ok(
      passes[0].changed.some(
        ({ id, from }: { id: string; from: null }) => id === 'memory' && from === null,
      ),
    );
    assert.deepEqual(passes[1].changed, []);
    const heartbeat = JSON.parse(readFileSync(join(state, 'monitor/heartbeat.json'), 'utf8'));
    assert.equal(heartbeat.everyMs, 1000);
    const loaded = await loadSite({
      flag: profile,
      env: {},
      cwd: '/',
      sections: ['database', 'health'],
    });
    const record = watchRecord(loaded);
    const range = { since: new Date(Date.now() - 60_000), until: new Date(Date.now() + 1000) };
    const lanes = (await record?.lanes(range)) ?? [];
    assert.ok(
      lanes.some(({ check, spans }) => check === 'memory' && spans[0]?.level === 'warning'),
    );
    const points = await record?.series('memory', { ...range, points: 1 });
    assert.equal(points?.[0]?.mean, 10);
    assert.ok(Array.isArray(await record?.alerts()));
    const late = await runCommand(
      HealthWatch,
      ['--every', '1s', '--until', 'healthy', '--timeout', '1s', '--json'],
      { site: profile, env },
    );
    assert.equal(late.code, 1);
    assert.equal(JSON.parse(late.stdout.trim().split('\n').at(-1) ?? '').error.code, 'E_TIMED_OUT');
  });

  it('is null for a site that nobody has watched', async (test) => {
    const { profile } = site(test);
    assert.equal(
      watchRecord(
        await loadSite({ flag: profile, env: {}, cwd: '/', sections: ['database', 'health'] }),
      ),
      null,
    );
  });
});
