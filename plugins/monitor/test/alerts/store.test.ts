import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { acknowledged, openAlerts, resolvedByHand } from '../../src/alerts/change.ts';
import { alertLives } from '../../src/alerts/history.ts';
import { keptAlerts } from '../../src/alerts/kept-alerts.ts';
import { AlertStore } from '../../src/alerts/store.ts';
import { Outbox } from '../../src/notify/outbox.ts';
import type { Line } from '../../src/rules/alert.ts';
import type { JudgedCheck } from '../../src/rules/pass.ts';
import { check, rulesOf } from '../rules/simulation.ts';

const passes = 120;

/** Starts the recorder; the returned function ends it by SIGKILL after so long, or waits for its end. */
async function record(state: string, killAfterMs?: number): Promise<boolean> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'recorder.ts'), state, String(passes)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const ended = once(child, 'close');
  if (killAfterMs !== undefined) {
    while (!printed.includes('begun') && child.exitCode === null) await delay(2);
    await delay(killAfterMs);
    child.kill('SIGKILL');
  }
  await ended;
  return printed.includes('done');
}

describe('the store of alerts', () => {
  it('has every transition and every message exactly once, however often it is killed', async (test) => {
    const state = temporaryFolder(test);
    let kills = 0;
    // Each time a little later, so that it is hit at every step of a pass.
    while (kills < 16 && !(await record(state, 5 + kills * 2.5))) kills += 1;
    assert.ok(kills > 5, `${kills} kills`);
    assert.equal(await record(state), true);
    const lives = await alertLives(state, (message) => assert.fail(message));
    const journal = readFileSync(join(state, 'monitor/alerts.jsonl'), 'utf8').trimEnd().split('\n');
    const seen = journal.map(
      (line) => JSON.parse(line) as { seq: number; type: string; key?: string },
    );
    assert.deepEqual(
      seen.map(({ seq }) => seq),
      seen.map((_, at) => at + 1),
    );
    assert.equal(lives.length, passes);
    for (const { key, transitions } of lives) {
      const born = Number(key.replace('key-', ''));
      const types = born + 14 < passes ? ['fired', 'resolved'] : ['fired'];
      // A sample that was lost with a kill makes it a pass later.
      if (born + 6 < passes && born + 14 >= passes) continue;
      assert.deepEqual(
        transitions.map(({ type }) => type),
        types,
        key,
      );
    }
    const outbox = new Outbox(state, { warn: assert.fail, command: 'test' });
    const told = new Map<string, number>();
    for (const { lines } of outbox.waiting())
      for (const { alert } of lines) told.set(alert ?? '', (told.get(alert ?? '') ?? 0) + 1);
    assert.equal(told.size, passes);
    // Fired and resolved while both waited: one line.
    assert.deepEqual([...new Set(told.values())], [1]);
  });

  it('makes the state anew of the journal where the snapshot is gone or broken', async (test) => {
    const { store, state, pass } = watched(test);
    await pass([check('disk:/', { kind: 'event', level: 'critical' })]);
    const { snapshot } = await keptAlerts(state, assert.fail);
    writeFileSync(join(state, 'monitor/alerts.json'), '{"version":1,');
    const again = await keptAlerts(state, assert.fail);
    assert.deepEqual(again.snapshot.state, snapshot.state);
    const recorded = await pass([check('disk:/', { kind: 'event', level: 'critical' })]);
    assert.deepEqual(recorded.transitions, []);
    assert.ok(store);
  });

  it('keeps acknowledgements and what was resolved by hand', async (test) => {
    const { store, state, pass, clock } = watched(test);
    const bad = [check('http', { kind: 'service', samples: 2, level: 'critical' })];
    await pass(bad);
    const [first] = (await pass(bad)).transitions;
    assert.equal(first?.type, 'fired');
    const actor = { by: 'anna', note: 'on it' };
    await store.change(clock(), (watching, now) =>
      acknowledged(
        openAlerts(watching),
        { at: '2026-11-25T14:00:00Z', tick: now.tick + 60_000 },
        { ...actor, ...now },
      ),
    );
    const kept = await keptAlerts(state, assert.fail);
    assert.equal(kept.snapshot.state.keys.http?.alert?.acknowledged?.by, 'anna');
    await pass(bad);
    assert.deepEqual(
      (await pass(bad)).transitions.map(({ type }) => type),
      ['unacknowledged'],
    );
    await store.change(clock(), (watching, now) =>
      resolvedByHand(openAlerts(watching), { ...actor, ...now }),
    );
    assert.deepEqual(openAlerts((await keptAlerts(state, assert.fail)).snapshot.state), []);
    await pass(bad);
    const [reopened] = (await pass(bad)).transitions;
    assert.equal(reopened?.type, 'reopened');
    assert.equal(reopened?.alert, first?.alert);
    const [life] = await alertLives(state, assert.fail);
    assert.deepEqual(
      life?.transitions.map(({ type, ...rest }) => [type, 'by' in rest ? rest.by : null]),
      [
        ['fired', null],
        ['acknowledged', 'anna'],
        ['unacknowledged', null],
        ['resolved', 'anna'],
        ['reopened', null],
      ],
    );
  });

  it('judges and tells from memory on a full disk, and has given away what it kept for it', async (test) => {
    const folder = fullDisk(test);
    if (folder === undefined) return test.skip('no file system of its own can be mounted');
    const { store, pass, warnings, told } = watched(test, folder);
    await pass([check('disk:/', { kind: 'event' })]);
    const ballast = join(folder, 'monitor/ballast');
    writeFileSync(ballast, Buffer.alloc(1024 * 1024, 1));
    fill(folder);
    // The room that was kept is enough for this one.
    const kept = await pass([check('disk:/', { kind: 'event', level: 'warning' })]);
    assert.equal(kept.kept, true, warnings.join('\n'));
    assert.equal(statSync(ballast, { throwIfNoEntry: false }), undefined);
    fill(folder);
    const lost = await pass([check('disk:/', { kind: 'event', level: 'critical' })]);
    assert.equal(lost.kept, false);
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['raised'],
    );
    // Another process, which knows only what is on the disk, is not blind either.
    rmSync(join(folder, 'monitor/alerts.json'));
    fill(folder);
    const next = watched(test, folder);
    await next.pass([check('cpu', { kind: 'event', level: 'critical' })], 9);
    assert.ok(
      next.told.some(({ key }) => key === 'cpu'),
      next.warnings.join('\n'),
    );
    assert.match(warnings.at(-1) ?? '', /judged and told from memory: .* no space left/);
    // Not told again by the same process.
    await pass([check('disk:/', { kind: 'event', level: 'critical' })]);
    assert.equal(told.length, 1);
    spawnSync('rm', [join(folder, 'fill')]);
    // Somebody could write before this process comes to it: what he did stays, and so does the order.
    await next.store.change(next.clock(), (watching, now) =>
      acknowledged(openAlerts(watching), null, { by: 'anna', note: null, ...now }),
    );
    assert.equal(
      (await pass([check('disk:/', { kind: 'event', level: 'critical' })], 9)).kept,
      true,
    );
    const numbers = readFileSync(join(folder, 'monitor/alerts.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((entry) => (JSON.parse(entry) as { seq: number }).seq);
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => at + 1),
    );
    const life = (await alertLives(folder, assert.fail)).find(({ key }) => key === 'disk:/');
    assert.deepEqual(
      life?.transitions.map(({ type }) => type),
      ['fired', 'acknowledged', 'raised', 'unacknowledged'],
    );
    assert.ok(store);
  });
});

let made = 0;

function newId(): string {
  made += 1;
  return `a${made}`;
}

function watched(test: TestContext, state = temporaryFolder(test)) {
  const warnings: string[] = [];
  const told: Line[] = [];
  const outbox = new Outbox(state, { warn: (message) => warnings.push(message), command: 'test' });
  const channels = { chat: { type: 'command' as const, argv: ['true'] } };
  const store = new AlertStore(state, {
    warn: (message) => warnings.push(message),
    command: 'test',
    enqueue: (telling) =>
      outbox.enqueue(telling, { section: { channels, routes: [] }, now: new Date(), pauseMs: 0 }),
    tellAtOnce: async ({ lines }) => void told.push(...lines),
  });
  let count = 0;
  const clock = () => {
    const monotonicMs = (count + 1) * 30_000;
    const wallMs = Date.parse('2026-11-25T10:00:00Z') + monotonicMs;
    return { wallMs, monotonicMs, bootId: 'b', uptimeMs: 86_400_000 };
  };
  const pass = (checks: readonly JudgedCheck[], later = 1) => {
    count += later;
    const at = new Date(clock().wallMs).toISOString();
    return store.recordPass({ at, everyMs: 30_000, checks }, clock(), { ...rulesOf(), newId });
  };
  return { store, state, pass, clock, warnings, told };
}

/** A file system of 3 MiB. */
function fullDisk(test: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-test-'));
  test.after(() => {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]);
  return mounted.status === 0 ? folder : undefined;
}

function fill(folder: string): void {
  spawnSync('dd', [
    'if=/dev/zero',
    `of=${join(folder, 'fill')}`,
    'bs=4k',
    'oflag=append',
    'conv=notrunc',
  ]);
}
