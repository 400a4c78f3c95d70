import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { backtested } from '../../src/alerts/backtest.ts';
import AlertBacktest from '../../src/commands/alert/backtest.ts';
import type { Pass } from '../../src/pass/pass.ts';
import { MetricsStore } from '../../src/store/metrics-store.ts';
import { percent, rulesOf } from '../rules/simulation.ts';

type Result = Awaited<ReturnType<AlertBacktest['run']>>;

const site = smallSite(temporaryFolder({ after }), {});
const minute = 60_000;
const nowMs = Date.parse('2026-11-25T12:00:00Z');
/** For three days, a look a minute; busy for ten minutes at noon each day. */
const days = 3;

function valueAt(ms: number): number {
  const intoDay = ms % 86_400_000;
  return intoDay >= 11 * 3_600_000 && intoDay < 11 * 3_600_000 + 10 * minute ? 88 : 30;
}

function passAt(ms: number): Pass {
  const value = valueAt(ms);
  const one = percent('cpu', value, { warning: 75, critical: 90 });
  const limit = { warning: 75, critical: 90, when: 'above' } as const;
  const at = new Date(ms).toISOString();
  const metric = { key: 'cpu', label: 'CPU', value, unit: 'percent', limit } as const;
  return {
    ...{ at, everyMs: minute, whole: true, level: one.level, metrics: [], bootId: 'b' },
    checks: [{ ...one, since: at, at, metrics: [metric], source: 'default', tags: [] }],
  } as unknown as Pass;
}

describe('alert backtest', () => {
  it('says what thresholds would have done, and what others would', async () => {
    mkdirSync(join(site.state, 'monitor'), { recursive: true, mode: 0o700 });
    const section = { raw: '48h', fiveMinutes: '90d', hours: '2y', maxMb: 64 };
    {
      using store = new MetricsStore(site.state, section, assert.fail);
      for (let ms = nowMs - days * 86_400_000; ms <= nowMs; ms += minute) store.append(passAt(ms));
    }
    const kept = { pass: passAt(nowMs), readings: [] };
    writeFileSync(join(site.state, 'monitor/pass.json'), JSON.stringify(kept), { mode: 0o600 });
    const run = async (argv: readonly string[], code = 0) => {
      const env = { OM_OPS_NOW: new Date(nowMs).toISOString() };
      const result = await runCommand(AlertBacktest, [...argv, '--json'], {
        site: site.profile,
        env,
      });
      assert.equal(result.code, code, result.stdout + result.stderr);
      return result.json<Result>().result as Result;
    };
    const { rules } = await run(['cpu', '--warning', '80', '--critical', '85', '--since', '30d']);
    const [rule] = rules;
    // Once a day, also where only means of five minutes are left of it.
    assert.equal(rule?.withNow.alerts.length, days);
    assert.deepEqual([...new Set(rule?.withNow.alerts.map(({ level }) => level))], ['warning']);
    assert.deepEqual([...new Set(rule?.withTried.alerts.map(({ level }) => level))], ['critical']);
    assert.equal(rule?.withNow.messages, 2 * days);
    const higher = await run(['cpu', '--warning', '89']);
    assert.deepEqual(higher.rules[0]?.withTried.alerts, []);
    assert.equal((await run([])).rules.length, 1);
    await run(['cpu', '--warning', '99'], 2);
    await run(['--warning', '80'], 2);
    await run(['no-such'], 2);
    const { stdout } = await runCommand(AlertBacktest, ['cpu', '--warning', '89'], {
      site: site.profile,
      env: { OM_OPS_NOW: new Date(nowMs).toISOString() },
    });
    assert.match(stdout, /No alert would have been raised/);
  });

  it('goes through the same rules as a look: what swings is flapping here too', () => {
    const past = Array.from({ length: 240 }, (_, at) => ({
      atMs: at * 30_000,
      forMs: 0,
      value: at % 10 < 5 && at < 120 ? 90 : 40,
    }));
    const check = percent('disk:/', 0, { samples: 1 });
    const { messages } = backtested(past, {
      check,
      thresholds: { warning: 85, critical: 95, when: 'above' },
      rules: rulesOf(),
      everyMs: 30_000,
    });
    assert.equal(messages, 6);
  });
});
