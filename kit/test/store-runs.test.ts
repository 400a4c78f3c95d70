import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  currentOwner,
  dayStamp,
  isoWithOffset,
  listRuns,
  parseStamp,
  RunFolder,
  removeRun,
  stampMinute,
  stampSecond,
} from '../src/store/index.ts';
import { temporaryFolder } from './store/processes.ts';

const date = new Date(2026, 10, 22, 6, 7, 8, 123);

test('times in names are local, times in JSON carry their offset', (context) => {
  const zone = process.env.TZ;
  context.after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
  const moment = new Date('2026-11-22T23:07:08.009Z');
  const seen = ['Europe/Athens', 'America/St_Johns', 'Asia/Kathmandu', 'UTC'].map((name) => {
    process.env.TZ = name;
    return [dayStamp(moment), stampMinute(moment), isoWithOffset(moment)];
  });
  assert.deepEqual(seen, [
    ['2026-11-23', '2026-11-23_0107', '2026-11-23T01:07:08.009+02:00'],
    ['2026-11-22', '2026-11-22_1937', '2026-11-22T19:37:08.009-03:30'],
    ['2026-11-23', '2026-11-23_0452', '2026-11-23T04:52:08.009+05:45'],
    ['2026-11-22', '2026-11-22_2307', '2026-11-22T23:07:08.009+00:00'],
  ]);
});

test('a stamp stands for its moment', () => {
  assert.deepEqual(parseStamp('2026-11-22_060708'), new Date(2026, 10, 22, 6, 7, 8));
  assert.deepEqual(parseStamp('2026-11-22_0607'), new Date(2026, 10, 22, 6, 7));
  for (const text of ['2026-02-31_0607', '2026-11-22', '2026-11-22_2561', 'x2026-11-22_0607']) {
    assert.equal(parseStamp(text), undefined, text);
  }
  fc.assert(
    fc.property(
      fc.date({ min: new Date(2000, 0), max: new Date(2100, 0), noInvalidDate: true }),
      (any) => {
        assert.equal(new Date(isoWithOffset(any)).getTime(), any.getTime());
        const parsed = parseStamp(stampSecond(any));
        assert.ok(parsed !== undefined && stampSecond(parsed) === stampSecond(any));
      },
    ),
  );
});

test('a run appears whole, under a name that is settled from the start', async (context) => {
  const folder = join(temporaryFolder(context), 'analysis/runs');
  const first = await RunFolder.create(folder, date);
  const second = await RunFolder.create(folder, date);
  assert.deepEqual([first.name, second.name], ['2026-11-22_060708', '2026-11-22_060708-2']);
  mkdirSync(join(first.tempPath, 'below'));
  writeFileSync(join(first.tempPath, 'below/meta.json'), '{}');
  assert.deepEqual(listRuns(folder), []);
  assert.deepEqual(await second.commit(), {
    name: '2026-11-22_060708-2',
    path: join(folder, '2026-11-22_060708-2'),
    date: new Date(2026, 10, 22, 6, 7, 8),
  });
  await first.commit();
  const third = await RunFolder.create(folder, date);
  assert.equal(third.name, '2026-11-22_060708-3');
  await third.discard();
  assert.deepEqual(readdirSync(folder).sort(), ['2026-11-22_060708', '2026-11-22_060708-2']);
  assert.equal(statSync(first.path).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(first.path), ['below']);
});

test('lists runs newest first, by number within a second, and nothing else', (context) => {
  const folder = temporaryFolder(context);
  const names = [
    '2026-11-22_060708',
    '2026-11-22_060708-2',
    '2026-11-22_060708-10',
    '2026-11-23_000000',
  ];
  for (const name of [...names, '2026-02-31_000000', '.2026-11-22_060708.lock', 'notes']) {
    mkdirSync(join(folder, name));
  }
  assert.deepEqual(
    listRuns(folder).map(({ name }) => name),
    names.toReversed(),
  );
  assert.deepEqual(listRuns(join(folder, 'none')), []);
});

test('removes a run by its name and nothing outside', async (context) => {
  const folder = temporaryFolder(context);
  const run = await RunFolder.create(folder, date);
  writeFileSync(join(run.tempPath, 'x'), '');
  await run.commit();
  for (const name of ['../x', '.', 'notes', '2026-11-22_060709']) {
    assert.throws(() => removeRun(folder, name), { code: 'E_NO_RUN', exit: 2 });
  }
  removeRun(folder, basename(run.path));
  assert.deepEqual(readdirSync(folder), []);
});

test('takes away the reservations of killed runs, and of no others', async (context) => {
  const folder = temporaryFolder(context);
  const reserve = (name: string, owner: object) =>
    writeFileSync(
      join(folder, `.${name}.lock`),
      JSON.stringify({ ...currentOwner(), command: 'analysis run', since: 'now', ...owner }),
    );
  reserve('2026-11-20_010203', { start: '1' });
  reserve('2026-11-20_010203-2', { boot: 'another' });
  reserve('2026-11-20_010204', {});
  reserve('2026-11-20_010205', { host: 'elsewhere.example' });
  writeFileSync(join(folder, '.other.lock'), 'x');
  const run = await RunFolder.create(folder, date);
  await run.commit();
  assert.deepEqual(readdirSync(folder).sort(), [
    '.2026-11-20_010204.lock',
    '.2026-11-20_010205.lock',
    '.other.lock',
    '2026-11-22_060708',
  ]);
});
