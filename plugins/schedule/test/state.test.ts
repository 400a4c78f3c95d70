import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { currentOwner, type Site } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { schedulePlaces } from '../src/folder.ts';
import { appendLines, readHistory, thinOut } from '../src/ledger/ledger.ts';
import type { LedgerLine } from '../src/ledger/line.ts';
import { noteTick } from '../src/run/heartbeat.ts';
import { scheduleChecks, schedulePanel } from '../src/state.ts';

const minute = 60_000;

function begun(run: string, at: Date, more: Partial<LedgerLine> = {}): LedgerLine {
  return {
    state: 'begun',
    at: at.toISOString(),
    task: 'backup',
    period: run,
    due: at.toISOString(),
    run,
    why: 'time',
    attempt: 1,
    request: null,
    by: 'root',
    owner: { ...currentOwner(), pid: 2 ** 22 },
    ...more,
  } as LedgerLine;
}

test('panel and checks: not used, silent tick, failed, cut off, missed, well', async (t) => {
  const state = temporaryFolder(t);
  const places = schedulePlaces({ site: 'sample', state });
  const { ledger } = places;
  const now = new Date();
  const site = { site: 'sample', state } as Site;
  const look = async () => {
    const panel = await schedulePanel({ site, now, signal: new AbortController().signal });
    const checks = await Promise.all(
      scheduleChecks(site).map(async ({ run }) => (await run(new AbortController().signal)).state),
    );
    return `${panel.state}: ${checks.join(' ')}`;
  };
  assert.equal(await look(), 'off: off off off');
  const at = new Date(now.getTime() - minute).toISOString();
  await appendLines(ledger, [{ state: 'installed', at, how: 'cron', by: 'root', guarded: [] }]);
  assert.equal(await look(), 'critical: critical off off');
  noteTick(places, { zone: 'UTC', by: 'root', version: '1' }, now);
  assert.equal(await look(), 'healthy: healthy off off');
  await appendLines(ledger, [begun('one', new Date(at))]);
  assert.equal(await look(), 'warning: healthy warning healthy', 'its process is gone');
  const ended = { task: 'backup', at, exit: 0, outcome: 'done', seconds: 1 } as const;
  await appendLines(ledger, [{ state: 'ended', run: 'one', ...ended }]);
  assert.equal(await look(), 'healthy: healthy healthy healthy');
  await appendLines(ledger, [
    begun('two', new Date(at)),
    { state: 'ended', run: 'two', ...ended, exit: 1, outcome: 'failed' },
    { state: 'missed', at, task: 'backup', from: 'a', to: 'b', count: 2, due: at, why: '' },
  ]);
  assert.equal(await look(), 'warning: healthy warning warning');
  noteTick(places, { zone: 'UTC', by: 'root', version: '1' }, new Date(now.getTime() - 5 * minute));
  assert.equal(await look(), 'critical: critical warning warning');
});

test('a ledger that has grown is thinned out, and decides as before', async (t) => {
  const state = temporaryFolder(t);
  const places = schedulePlaces({ site: 'sample', state });
  const { ledger } = places;
  mkdirSync(dirname(ledger.path), { recursive: true });
  const now = new Date('2026-06-01T00:00:00Z');
  const lines: LedgerLine[] = [
    {
      state: 'since',
      at: '2026-01-01T00:00:00Z',
      task: 'backup',
      cadence: '5m',
      after: '2026-01-01T00:00:00Z',
    },
    { state: 'installed', at: '2026-01-01T00:00:00Z', how: 'cron', by: 'root', guarded: ['["a"]'] },
    {
      state: 'planned',
      at: '2026-01-01T00:00:00Z',
      id: 'm-old',
      task: 'x',
      due: '2026-12-01T00:00:00Z',
      note: null,
      by: '',
    },
    begun('rare', new Date('2026-01-02T00:00:00Z'), { task: 'rare' } as Partial<LedgerLine>),
  ];
  for (let at = 0; at < 4000; at++) {
    const time = new Date(now.getTime() - (4000 - at) * 5 * minute);
    const end = {
      at: time.toISOString(),
      task: 'backup',
      exit: 0,
      outcome: 'done',
      seconds: 1,
    } as const;
    lines.push(begun(`run-${at}`, time), { state: 'ended', run: `run-${at}`, ...end });
  }
  await appendLines(ledger, lines);
  const elsewhere = { ...ledger, host: 'other' };
  await appendLines(elsewhere, [begun('theirs', new Date('2026-01-02T00:00:00Z'))]);
  const before = await readHistory(ledger);
  await thinOut(ledger, now);
  const after = await readHistory(ledger);
  assert.equal(after.runsOf('backup').length, 500);
  assert.equal(after.runsOf('backup').at(-1)?.run, before.runsOf('backup').at(-1)?.run);
  assert.equal(after.runsOf('rare').length, 1);
  assert.deepEqual(after.since('backup'), before.since('backup'));
  assert.deepEqual(after.installed, before.installed);
  assert.equal(after.requests.length, 1);
  assert.equal(after.unreadable, 0);
  const others = await readHistory(elsewhere);
  assert.deepEqual(
    others.runs.map(({ run }) => run),
    ['theirs'],
    'a host that shares STATE keeps its own',
  );
});
