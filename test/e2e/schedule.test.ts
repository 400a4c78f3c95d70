import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkout, ownHome, type RunOptions, runOmOps } from '@om-ops/test-support/om-ops';
import { mayMount, noSystemd, testSystemd } from '@om-ops/test-support/systemd';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import type { TaskRun } from '../../plugins/schedule/src/ledger/history.ts';
import { sampleSite } from '../../plugins/schedule/test/sample-site.ts';

interface Report {
  ran: { task: string; outcome: string; why: string; attempt: number }[];
  notBegun: { task: string; code: string }[];
  cutOff: { task: string }[];
}

const looks = 'looks: {argv: [changelog, verify], every: day, at: "02:30"}';
/** Runs until it is ended. */
const follows = 'follows: {argv: [nginx, logs, --follow], every: day, at: "02:30"}';

/** Starts om-ops and does not wait for its end. */
function begin(t: TestContext, argv: readonly string[], env: Record<string, string>) {
  const child = spawn(join(checkout, 'bin/om-ops'), [...argv], {
    env: { ...process.env, HOME: ownHome(), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, stdout: () => stdout };
}

/** The pids of the om-ops commands that were started for a run. */
function workersOf(run: string): number[] {
  const found = spawnSync('sh', [
    '-c',
    `grep -lzs "^OM_OPS_PARENT=schedule:tick@${run}$" /proc/[0-9]*/environ`,
  ]);
  return found.stdout
    .toString()
    .split('\n')
    .flatMap((path) => /\/proc\/(\d+)/.exec(path)?.[1] ?? [])
    .map(Number);
}

describe('schedule tick', () => {
  it('needs neither profile nor plugins when nothing is due, and sees every change', async (t) => {
    const at = await sampleSite(t, looks);
    const spy = join(at.folder, 'spy.cjs');
    const seen = join(at.folder, 'seen');
    writeFileSync(
      spy,
      `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(seen)}, Object.keys(require.cache).join('\\n')));`,
    );
    const tick = async (now: string, argv: string[] = []) => {
      const env = { OM_OPS_NOW: now, TZ: 'UTC', NODE_OPTIONS: `--require=${spy}` };
      const options: RunOptions = { env };
      const run = await runOmOps(['schedule', 'tick', '--site', at.site, ...argv], options);
      const modules = readFileSync(seen, 'utf8').split('\n');
      return { ...run, wasQuick: !modules.some((path) => path.includes('oclif')) };
    };
    const first = await tick('2026-01-15T02:31:00Z');
    assert.equal(first.code, 0);
    assert.equal(first.wasQuick, false);
    const quiet = await tick('2026-01-15T02:32:00Z', ['--json']);
    assert.equal(quiet.wasQuick, true);
    const document = quiet.json<Report & { next: { task: string } }>();
    assert.deepEqual(
      [document.ok, document.command, document.result.next.task],
      [true, 'schedule:tick', 'looks'],
    );
    const beat = statSync(at.beat).mtime.toISOString();
    assert.equal(beat, '2026-01-15T02:32:00.000Z');
    assert.equal((await tick('2026-01-15T02:33:00Z', ['--quiet'])).stdout, '');
    assert.match(
      (await tick('2026-01-15T02:33:00Z')).stdout,
      /^Nothing is due\.\nNext: looks, 2026-01-16 02:30 \(in 23 h 57 min\)\./,
    );
    assert.equal((await tick('2026-01-15T02:20:00Z')).wasQuick, false, 'the clock was set back');
    assert.equal((await tick('2026-01-15T02:40:00Z')).wasQuick, false, 'that tick found more');
    assert.equal((await tick('2026-01-15T02:41:00Z')).wasQuick, true);

    const env = { OM_OPS_NOW: '2026-01-15T02:41:10Z', TZ: 'UTC', OM_OPS_SITE: at.site };
    assert.equal((await runOmOps(['maintain', 'at', 'looks', '--in', '1m'], { env })).code, 0);
    const asked = await tick('2026-01-15T02:43:00Z', ['--json']);
    assert.deepEqual(
      asked.json<Report>().result.ran.map(({ why }) => why),
      ['request'],
    );
    at.profile(`${looks}\nmore: {argv: [changelog, verify], every: 5m}`);
    const changed = await tick('2026-01-15T02:44:00Z', ['--json']);
    assert.deepEqual(
      changed.json<Report>().result.ran.map(({ task }) => task),
      ['more'],
    );
    const due = await tick('2026-01-15T02:45:00Z', ['--json']);
    assert.deepEqual(
      due.json<Report>().result.ran.map(({ task }) => task),
      ['more'],
    );
  });

  it('is never beside itself, and what a killed one has left running is waited for', async (t) => {
    const at = await sampleSite(t, follows);
    writeFileSync(join(at.folder, 'error.log'), '');
    const env = (minute: number) => ({
      OM_OPS_NOW: `2026-01-15T02:${minute}:00Z`,
      TZ: 'UTC',
      OM_OPS_SITE: at.site,
    });
    const argv = ['schedule', 'tick', '--json'];
    const tick = async (minute: number) =>
      (await runOmOps(argv, { env: env(minute) })).json<Report>().result;
    const runs = () =>
      at.ledger().flatMap((line) => (line.state === 'begun' ? [line] : [])) as unknown as TaskRun[];
    const first = begin(t, argv, env(31));
    const run = await waitFor('the run', () => runs()[0]?.run);
    const worker = await waitFor('its command', () => workersOf(run)[0]);
    assert.deepEqual((await tick(32)).ran, [], 'it is running');
    const byHand = await runOmOps(['maintain', 'run', 'follows', '--json'], { env: env(32) });
    assert.equal(byHand.code, 4, byHand.stdout);

    first.child.kill('SIGKILL');
    // The launcher has become Node itself.
    await first.ended;
    assert.deepEqual((await tick(33)).ran, [], 'what it started goes on');
    assert.equal(runs().length, 1);
    process.kill(worker, 'SIGTERM');
    await waitFor('its end', () => workersOf(run).length === 0);
    const second = begin(t, argv, env(34));
    const again = await waitFor('the second', () => runs()[1]);
    assert.deepEqual([again.why, again.attempt], ['again', 2]);
    assert.ok(at.ledger().some(({ state }) => state === 'cut-off'));

    await waitFor('its command', () => workersOf(again.run).length > 0);
    second.child.kill('SIGINT');
    assert.equal(await second.ended, 130);
    assert.equal(workersOf(again.run).length, 0, 'what it had started has ended');
    const { error, result } = JSON.parse(second.stdout());
    assert.equal(error.code, 'E_INTERRUPTED');
    assert.equal(result.ran[0]?.outcome, 'interrupted');
    assert.deepEqual((await tick(35)).ran, [], 'twice is enough');
  });

  it('says that it cannot write, and names what to do without a right', async (t) => {
    const at = await sampleSite(t, looks);
    mkdirSync(at.state, { mode: 0o700 });
    if (process.getuid?.() !== 0) return t.skip('needs another user');
    chmodSync(at.folder, 0o755);
    const other = await runOmOps(['schedule', 'tick', '--json', '--site', at.site], {
      uid: 65534,
      gid: 65534,
    });
    assert.equal(other.code, 5, other.stdout);
    const programs = join(at.folder, 'programs');
    mkdirSync(programs);
    for (const name of ['dirname', 'readlink'])
      symlinkSync(`/usr/bin/${name}`, join(programs, name));
    const missing = await runOmOps(['schedule', 'install', '--cron', '--json', '--site', at.site], {
      env: { PATH: programs },
    });
    assert.equal(missing.code, 5);
    assert.match(missing.json().error.suggestions.join(), /apt-get install cron/);
    assert.equal((await runOmOps(['schedule', 'check', '--json', '--site', at.site])).code, 6);
    assert.equal(
      (await runOmOps(['schedule', 'pause', '--for', 'ever', '--json', '--site', at.site])).code,
      2,
    );
  });
});

/** A crontab folder of its own for what runs in it: `run(…)` enters it. */
async function ownCron(t: TestContext) {
  const folder = temporaryFolder(t);
  for (const name of ['spool', 'spool/crontabs', 'cron.d']) mkdirSync(join(folder, name));
  execFileSync('chgrp', ['crontab', join(folder, 'spool/crontabs')]);
  chmodSync(join(folder, 'spool/crontabs'), 0o1730);
  const script = `mount --make-rprivate / && mount --bind ${folder}/spool /var/spool/cron && mount --bind ${folder}/cron.d /etc/cron.d && mount --bind /dev/null /etc/crontab && echo there && exec sleep infinity`;
  const holder = spawn('unshare', ['--mount', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => holder.once('exit', resolve));
  t.after(async () => {
    holder.kill('SIGKILL');
    await gone;
  });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  return { folder, enter: ['nsenter', `--mount=/proc/${holder.pid}/ns/mnt`, '--'] };
}

const noCron =
  mayMount() && existsSync('/usr/sbin/cron') ? false : 'needs cron, and the right to mount';

describe('a real cron', { skip: noCron }, () => {
  it('calls the tick each minute once it is installed, and other lines stay as they were', async (t) => {
    const at = await sampleSite(
      t,
      `looks: {argv: [changelog, verify], every: 1m}\ncleans: {argv: [analysis, prune, --keep, "3"], every: month, guarded: true}`,
    );
    const { folder, enter } = await ownCron(t);
    const [nsenter = '', ...inside] = enter;
    const home = join(folder, 'home');
    mkdirSync(home);
    const omOps = (...argv: string[]) =>
      runOmOps([...inside, join(checkout, 'bin/om-ops'), ...argv, '--site', at.site, '--json'], {
        program: nsenter,
        env: { HOME: home },
      });
    const crontab = (...argv: string[]) =>
      spawnSync(nsenter, [...inside, 'crontab', ...argv], { encoding: 'utf8' });
    const theirs = '# theirs, 50\\%\nMAILTO=""\n5 4 1 1 * true\n';
    writeFileSync(join(folder, 'theirs'), theirs);
    assert.equal(crontab(join(folder, 'theirs')).status, 0);

    const planned = await omOps('schedule', 'install', '--dry-run');
    assert.equal(planned.code, 0);
    assert.equal((await omOps('schedule', 'install')).code, 3);
    assert.equal(crontab('-l').stdout, theirs);
    const installed = await omOps('schedule', 'install', '--confirm', 'YES APPLY');
    assert.equal(installed.code, 7, 'no cron runs there yet');
    assert.equal(installed.json<{ outcome: string }>().result.outcome, 'applied');
    const [line = ''] = crontab('-l').stdout.match(/^\* \* \* \* \* .*$/m) ?? [];
    assert.match(line, /bin\/om-ops schedule tick --quiet --site /);
    assert.ok(crontab('-l').stdout.startsWith(theirs));
    assert.deepEqual(at.ledger().filter(({ state }) => state === 'installed').length, 1);

    const asked = await omOps('maintain', 'at', 'looks', '--in', '1s');
    assert.equal(asked.code, 7, 'no tick would run it');
    // A cron whose minute ends soon.
    const shim = join(folder, 'soon.so');
    const hasCompiler =
      spawnSync('cc', ['-shared', '-fPIC', '-o', shim, '-x', 'c', '-'], {
        input:
          '#include <time.h>\n#include <stdlib.h>\ntime_t time(time_t *at) { struct timespec now; clock_gettime(CLOCK_REALTIME, &now); time_t it = now.tv_sec + atoi(getenv("AHEAD")); if (at) *at = it; return it; }',
      }).status === 0;
    const ahead = String(57 - (Math.floor(Date.now() / 1000) % 60));
    const cron = spawn(nsenter, [...inside, 'cron', '-f'], {
      env: { ...process.env, ...(hasCompiler ? { LD_PRELOAD: shim, AHEAD: ahead } : {}) },
      stdio: 'ignore',
    });
    const gone = new Promise((resolve) => cron.once('exit', resolve));
    t.after(async () => {
      cron.kill('SIGKILL');
      await gone;
    });
    await waitFor(
      'a run that cron began',
      () => at.ledger().some((one) => one.state === 'ended' && one.task === 'looks'),
      { timeoutMs: 90_000, everyMs: 200 },
    );
    const check = await omOps('schedule', 'check');
    assert.equal(check.code, 0, check.stdout);
    assert.equal(
      (await omOps('schedule', 'install', '--confirm', 'YES APPLY')).code,
      0,
      'it is so already',
    );
    cron.kill();
    await gone;

    const removed = await omOps('schedule', 'remove', '--confirm', 'YES APPLY');
    assert.equal(removed.code, 0, removed.stdout);
    assert.equal(crontab('-l').stdout, theirs);
    const twice = await omOps('schedule', 'remove', '--confirm', 'YES APPLY');
    assert.equal(twice.json<{ outcome: string }>().result.outcome, 'unchanged');
    utimesSync(at.beat, 1, 1);
    assert.equal((await omOps('schedule', 'check')).code, 6);
  });
});

describe('a real systemd', { skip: noSystemd() }, () => {
  it('has a timer that calls the tick, and loses it whole', async (t) => {
    const systemd = await testSystemd(t);
    const at = await sampleSite(
      { after: (clean) => t.after(clean) },
      'looks: {argv: [changelog, verify], every: 1m}',
    );
    const profile = join(systemd.folder, 'om-ops.yaml');
    const state = join(systemd.folder, 'state');
    writeFileSync(profile, readFileSync(at.site, 'utf8').replaceAll(at.folder, systemd.folder));
    mkdirSync(join(systemd.folder, 'root'));
    const omOps = (...argv: string[]) => systemd.omOps([...argv, '--site', profile, '--json']);
    const broken = join(systemd.folder, 'broken');
    mkdirSync(broken);
    const refusing =
      '#!/bin/sh\ncase "$*" in enable*) exit 1 ;; esac\nexec /usr/bin/systemctl "$@"\n';
    writeFileSync(join(broken, 'systemctl'), refusing, { mode: 0o755 });
    const install = ['schedule', 'install', '--systemd', '--confirm', 'YES APPLY'];
    const failed = await systemd.omOps([...install, '--site', profile, '--json'], {
      PATH: `${broken}:/usr/bin:/bin`,
    });
    assert.equal(failed.json().error.code, 'E_UNDONE', failed.stdout);
    const nothing = await systemd.run('systemctl', ['list-unit-files', '--no-legend', 'om-ops-*']);
    assert.equal(nothing.stdout, '');
    const installed = await omOps(...install);
    assert.equal(installed.code, 0, installed.stdout + installed.stderr);
    const { stdout: names } = await systemd.run('systemctl', [
      'list-unit-files',
      '--no-legend',
      'om-ops-schedule-*',
    ]);
    const [service = ''] = /\S+\.service/.exec(names) ?? [];
    assert.match(names, /\.timer +enabled/);
    const verify = await systemd.run('systemd-analyze', ['verify', service]);
    assert.equal(verify.stderr, '');
    await omOps('maintain', 'at', 'looks', '--in', '1s');
    // Not to wait for the minute.
    await waitFor(
      'a run that the service began',
      async () => {
        assert.equal((await systemd.run('systemctl', ['start', service])).code, 0);
        return readFileSync(join(state, 'schedule/ledger.jsonl'), 'utf8').includes('"ended"');
      },
      { everyMs: 500 },
    );
    assert.equal((await omOps('schedule', 'check')).code, 0);
    const again = await omOps('schedule', 'install', '--confirm', 'YES APPLY');
    assert.equal(again.json<{ outcome: string }>().result.outcome, 'unchanged');
    const removed = await omOps('schedule', 'remove', '--confirm', 'YES APPLY');
    assert.equal(removed.code, 0, removed.stdout);
    const left = await systemd.run('systemctl', [
      'list-unit-files',
      '--no-legend',
      'om-ops-schedule-*',
    ]);
    assert.equal(left.stdout, '');
  });
});
