import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import HealthCheck from '../src/commands/health/check.ts';
import HealthList from '../src/commands/health/list.ts';
import HealthStatus from '../src/commands/health/status.ts';
import Status from '../src/commands/status.ts';
import type { WatchStatus } from '../src/pass/status.ts';
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
