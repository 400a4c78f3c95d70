import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { currentTime } from '../src/clock.ts';
import {
  maintenanceWindowEnd,
  maintenanceWindowsPath,
  openMaintenanceWindows,
  readMaintenanceWindows,
} from '../src/store/maintenance-windows.ts';

test('says which maintenance windows are open, whatever a crash left of the file', async (t) => {
  const state = temporaryFolder(t);
  const at = (time: string) => new Date(`2026-01-22T${time}:00Z`);
  assert.deepEqual(await openMaintenanceWindows(state, at('10:00')), []);
  const path = maintenanceWindowsPath(state);
  mkdirSync(dirname(path), { recursive: true });
  const lines = [
    { id: 'a', startedAt: at('10:00'), until: at('10:30'), reason: 'New disk', by: 'root' },
    { id: 'b', startedAt: at('10:10'), until: at('12:00'), reason: null, by: 'anna' },
    { id: 'b', endedAt: at('11:00'), by: 'anna' },
    { id: 'c', startedAt: 'never', until: 'always', reason: null, by: 'x' },
    { id: 'nobody', endedAt: at('11:00'), by: 'x' },
  ];
  appendFileSync(
    path,
    `${lines.map((line) => JSON.stringify(line)).join('\n')}\nno json\n{"id":"d"`,
  );
  const open = async (time: string) =>
    (await openMaintenanceWindows(state, at(time))).map(({ id }) => id);
  assert.deepEqual(await open('09:59'), []);
  assert.deepEqual(await open('10:00'), ['a']);
  assert.deepEqual(await open('10:29'), ['a', 'b']);
  assert.deepEqual(await open('10:30'), ['b']);
  assert.deepEqual(await open('11:00'), []);
  const [a, b] = await readMaintenanceWindows(state);
  assert.equal(a?.reason, 'New disk');
  assert.equal(b && maintenanceWindowEnd(b).getTime(), at('11:00').getTime());
});

test('takes the time from OM_OPS_NOW, and refuses one that is none', () => {
  const now = currentTime({ OM_OPS_NOW: '2026-03-29T02:30:00+01:00' });
  assert.equal(now.toISOString(), '2026-03-29T01:30:00.000Z');
  assert.ok(Math.abs(currentTime({}).getTime() - Date.now()) < 1000);
  assert.throws(() => currentTime({ OM_OPS_NOW: 'tomorrow' }), /OM_OPS_NOW is no time/);
});
