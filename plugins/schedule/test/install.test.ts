import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import ScheduleInstall from '../src/commands/schedule/install.ts';
import SchedulePrint from '../src/commands/schedule/print.ts';
import ScheduleRemove from '../src/commands/schedule/remove.ts';
import type { InstallationResult } from '../src/installation.ts';
import { sampleSite } from './sample-site.ts';

/** What a crontab program does that is not well; test/e2e has the real one. */
const crontab = `#!/bin/sh
file=FOLDER/crontab
mode=$(cat FOLDER/mode 2>/dev/null)
case "$mode $1" in
  denied*) echo 'You (x) are not allowed to use this program (crontab)' >&2; exit 1 ;;
  *\\ -l) [ -e $file ] || { echo 'no crontab for x' >&2; exit 1; }; cat $file ;;
  *\\ -r) rm -f $file ;;
  refuses*) rm -f FOLDER/mode; cat >/dev/null; echo 'errors in crontab file, can'"'"'t install' >&2; exit 1 ;;
  swallows*) rm -f FOLDER/mode; cat >/dev/null ;;
  garbles*) rm -f FOLDER/mode; tr a-z A-Z >$file ;;
  *) cat >$file ;;
esac
`;

test('what crontab does not take is put back, and what somebody else changed is not overwritten', async (t) => {
  const at = await sampleSite(
    t,
    `looks: {argv: [changelog, verify], every: day}
cleans: {argv: [analysis, prune, --keep, "3"], every: day, guarded: true}`,
  );
  const programs = join(at.folder, 'programs');
  const file = join(at.folder, 'crontab');
  mkdirSync(programs);
  writeFileSync(join(programs, 'crontab'), crontab.replaceAll('FOLDER', at.folder), {
    mode: 0o755,
  });
  const env = {
    PATH: `${programs}:/usr/bin:/bin`,
    OM_OPS_NOW: '2026-01-15T12:00:00Z',
    TZ: 'Europe/Berlin',
  };
  const run = async (
    command: typeof ScheduleInstall | typeof ScheduleRemove,
    mode = '',
    argv = ['--confirm', 'YES APPLY'],
  ) => {
    writeFileSync(join(at.folder, 'mode'), mode);
    const done = await runCommand(command, ['--json', ...argv], { site: at.site, env });
    return { ...done, result: done.json<InstallationResult>().result, error: done.json().error };
  };
  const content = () => (existsSync(file) ? readFileSync(file, 'utf8') : null);
  const installations = () =>
    at.ledger().filter(({ state }) => state === 'installed' || state === 'removed');

  const denied = await run(ScheduleInstall, 'denied', ['--cron', '--confirm', 'YES APPLY']);
  assert.deepEqual([denied.code, denied.error.code], [5, 'E_PERMISSION']);
  for (const before of ['# theirs\n', null]) {
    if (before === null) rmSync(file);
    else writeFileSync(file, before);
    for (const mode of ['refuses', 'swallows', 'garbles']) {
      const failed = await run(ScheduleInstall, mode);
      assert.deepEqual([failed.code, failed.error.code], [1, 'E_UNDONE'], mode);
      assert.equal(failed.result.outcome, 'undone');
      assert.equal(content(), before, mode);
      assert.notEqual(installations().at(-1)?.state, 'installed', 'nothing stays confirmed');
    }
  }
  // The ledger cannot be written: nothing was confirmed, so nothing may stay.
  writeFileSync(file, '# theirs\n');
  const lock = join(at.state, 'schedule/.ledger.jsonl.lock');
  mkdirSync(lock);
  const unwritable = await run(ScheduleInstall);
  assert.deepEqual([unwritable.code, unwritable.error.code], [1, 'E_UNDONE'], unwritable.stdout);
  assert.equal(content(), '# theirs\n');
  rmSync(lock, { recursive: true });
  rmSync(join(at.state, 'schedule'), { recursive: true });

  const installed = await run(ScheduleInstall);
  assert.ok(installed.result.outcome === 'applied', installed.stdout);
  assert.deepEqual(installed.result.confirmed, ['analysis prune --keep 3']);
  assert.match(content() ?? '', /^# theirs\n.*\n.*\n\* \* \* \* \* PATH=\S+ TZ=Europe\/Berlin /);
  const whole = content();
  // Tasks whose time of today is over begin tomorrow.
  assert.deepEqual(
    at.ledger().flatMap((line) => (line.state === 'since' ? [line.after] : [])),
    ['2026-01-15T13:00:00.000+01:00', '2026-01-15T13:00:00.000+01:00'],
  );
  at.profile('cleans: {argv: [analysis, prune, --keep, "4"], every: day, guarded: true}');
  const more = await run(ScheduleInstall, '', ['--dry-run']);
  assert.deepEqual(
    more.result.changes.map(({ what }) => what),
    ['a standing confirmation for `om-ops analysis prune --keep 4`'],
  );
  assert.equal((await run(ScheduleInstall, '', [])).code, 3);

  assert.equal((await run(ScheduleRemove, '', [])).code, 3);
  const kept = await run(ScheduleRemove, 'swallows');
  assert.equal(kept.error.code, 'E_UNDONE');
  assert.equal(content(), whole);
  assert.equal(installations().at(-1)?.state, 'installed');
  writeFileSync(file, (whole ?? '').replace('# om-ops schedule end', '# cut'));
  assert.equal((await run(ScheduleRemove)).error.code, 'E_CRONTAB_DAMAGED');
  writeFileSync(file, whole ?? '');
  const removed = await run(ScheduleRemove);
  assert.equal(removed.code, 0);
  assert.equal(content(), '# theirs\n');
});

test('prints what it would install, for cron, systemd and PM2', async (t) => {
  const at = await sampleSite(t, 'looks: {argv: [changelog, verify], every: day}');
  const print = async (...argv: string[]) =>
    (await runCommand(SchedulePrint, argv, { site: at.site })).stdout;
  assert.match(
    await print(),
    /^# om-ops schedule begin: .*\n#.*\n\* \* \* \* \* .*--quiet --site \S+\n# om-ops schedule end: .*\n$/,
  );
  const units = await print('--systemd');
  assert.match(units, /ExecStart=\S+\/bin\/om-ops schedule tick --quiet --site \S+ --detach\n/);
  assert.match(units, /OnCalendar=\*-\*-\* \*:\*:00\n/);
  const module = { exports: {} as { apps: { args: string[]; cron_restart: string }[] } };
  new Function('module', await print('--pm2'))(module);
  assert.deepEqual(module.exports.apps[0]?.args.slice(0, 3), ['schedule', 'tick', '--quiet']);
});
