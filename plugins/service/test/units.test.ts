import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type SmallSite, smallSite } from '@om-ops/test-support/small-site';
import { noSystemd, type TestSystemd, testSystemd } from '@om-ops/test-support/systemd';
import type { ServiceHealth } from '../src/look/status.ts';
import type { OrderResult } from '../src/order-command.ts';

const profile = `
database: {engine: none}
services:
  backend: {unit: good, after: [redis]}
  redis: {unit: store.service, critical: true}
  crash: {unit: crash}
  noexec: {unit: noexec}
  absent: {unit: absent@15-main}
  wrapper: {unit: wrapper}
  idle: {unit: idle, wanted: false}
`;

const units: Readonly<Record<string, string>> = {
  'good.service':
    '[Service]\nExecStart=/bin/sh -c "echo up; exec sleep 1000"\nExecReload=/bin/kill -CONT $MAINPID\n',
  'store.service': '[Service]\nExecStart=/bin/sleep 1001\n',
  'bystander.service': '[Service]\nExecStart=/bin/sleep 1002\n',
  'idle.service': '[Service]\nExecStart=/bin/sleep 1003\n',
  'crash.service':
    '[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sh -c "echo Error: no pool, PASSWORD=hunter2-long; sleep 0.3; exit 3"\nRestart=always\nRestartSec=0.1\n',
  'noexec.service': '[Service]\nExecStart=/opt/nothing-there\n',
  'wrapper.service': '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n',
};

describe('services that are units of a real systemd', { skip: noSystemd() }, () => {
  let systemd: TestSystemd;
  let site: SmallSite;
  const run = async (...argv: string[]) =>
    systemd.omOps(['service', ...argv], { OM_OPS_SITE: site.profile });
  const result = async <R>(...argv: string[]) => {
    const ran = await run(...argv, '--json');
    return { ...ran, ...ran.json<R>() };
  };
  const pidOf = async (unit: string) =>
    (await systemd.run('systemctl', ['show', '-p', 'MainPID', '--value', unit])).stdout.trim();

  const cleaners: (() => void | Promise<void>)[] = [];
  before(async () => {
    systemd = await testSystemd({ after: (clean) => cleaners.push(clean) });
    site = smallSite(systemd.folder, {}, { profile });
    for (const [name, text] of Object.entries(units)) await systemd.unit(name, text);
    await systemd.run('systemctl', ['start', 'bystander', 'wrapper']);
  });
  after(async () => {
    for (const clean of cleaners.reverse()) await clean();
  });

  it('starts what is needed first, and is done when both have stayed', async () => {
    const planned = await result<OrderResult>('start', 'backend', '--dry-run');
    assert.deepEqual(
      planned.result.changes.map(({ what }) => what),
      ['systemctl start store.service', 'systemctl start good.service'],
    );
    assert.equal(await pidOf('store'), '0', 'a dry run starts nothing');

    const alone = await result<OrderResult>('start', 'backend', '--no-deps', '--dry-run');
    assert.equal(alone.result.changes.length, 1);

    const { code, result: started } = await result<OrderResult>(
      'start',
      'backend',
      '--settle',
      '1s',
    );
    assert.equal(code, 0, JSON.stringify(started));
    assert.deepEqual(
      started.services.map(({ name, outcome }) => [name, outcome]),
      [
        ['redis', 'done'],
        ['backend', 'done'],
      ],
    );
    assert.equal(String(started.services[1]?.pids.after), await pidOf('good'));
    const again = await result<OrderResult>('start', 'backend');
    assert.equal(again.result.outcome, 'unchanged');
  });

  it('restarts a critical one only when that is confirmed, with a new process, and touches no other', async () => {
    const [store, good, bystander] = await Promise.all(['store', 'good', 'bystander'].map(pidOf));
    const refused = await run('restart', 'redis');
    assert.equal(refused.code, 3, refused.stderr);
    assert.equal(await pidOf('store'), store);

    const { code, result: done } = await result<OrderResult>(
      ...['restart', 'redis', '--confirm', 'YES APPLY', '--settle', '1s'],
    );
    assert.equal(code, 0, JSON.stringify(done));
    assert.notEqual(await pidOf('store'), store);
    assert.equal(await pidOf('good'), good);
    assert.equal(await pidOf('bystander'), bystander);

    const reload = await result<OrderResult>('reload', 'backend', '--settle', '1s');
    assert.equal(reload.code, 0);
    assert.equal(await pidOf('good'), good, 'a reload keeps the process');
    const no = await result('reload', 'redis');
    assert.deepEqual([no.code, no.error.code], [1, 'E_NO_RELOAD']);
  });

  it('says that one which systemd calls started does not come up, with its status and last line', async () => {
    const crash = await result<OrderResult>('start', 'crash');
    assert.deepEqual([crash.code, crash.error.code], [1, 'E_SERVICE_FAILED']);
    assert.match(crash.error.message, /exit status 3.*Error: no pool, PASSWORD=<REDACTED>/);
    assert.ok(!crash.stdout.includes('hunter2'));

    const noexec = await result<OrderResult>('start', 'noexec');
    assert.deepEqual([noexec.code, noexec.error.code], [1, 'E_SERVICE_FAILED']);
    assert.match(noexec.error.message, /203\/EXEC/);

    const absent = await result<OrderResult>('start', 'absent');
    assert.deepEqual([absent.code, absent.error.code], [5, 'E_APP_UNKNOWN']);
    assert.equal((await run('start', 'nobody')).code, 2);
    assert.equal((await run('start')).code, 2);
  });

  it('tells each state for what it is', async () => {
    const { code, result: status } = await result<{ services: ServiceHealth[] }>('status');
    assert.equal(code, 6);
    const of = (name: string) => status.services.find((one) => one.name === name);
    assert.deepEqual(
      status.services.map(({ name, state }) => [name, state]),
      [
        ['redis', 'running'],
        ['backend', 'running'],
        ['crash', 'flapping'],
        ['noexec', 'failed'],
        ['absent', 'absent'],
        ['wrapper', 'unknown'],
        ['idle', 'stopped'],
      ],
    );
    assert.equal(of('noexec')?.exit?.code, 203);
    assert.match(of('crash')?.problem ?? '', /again and again/);
    assert.match(of('wrapper')?.problem ?? '', /no process of its own/);
    assert.equal(of('idle')?.problem, undefined, 'it is not wanted');
    assert.ok((of('redis')?.memoryBytes ?? 0) > 0);
    assert.equal((await run('status', 'redis', 'backend')).code, 0);
    assert.equal((await run('status', 'wrapper')).code, 7);
  });

  it('shows what one printed, by level and expression, without secrets', async () => {
    const errors = await result<{ lines: { text: string; level: string }[] }>(
      ...['logs', 'crash', '--level', 'error', '--lines', '2'],
    );
    assert.equal(errors.code, 0);
    assert.deepEqual(
      errors.result.lines.map(({ text, level }) => [text, level]),
      Array(2).fill(['Error: no pool, PASSWORD=<REDACTED>', 'error']),
    );
    const up = await result<{ count: number }>('logs', 'backend', '--grep', '^up$');
    assert.equal(up.result.count, 1);
    assert.equal((await run('logs', 'backend', '--grep', '(')).code, 2);
  });

  it('stops what crashes again and again, the other way round, and says who runs on', async () => {
    const crash = await result<OrderResult>('stop', 'crash');
    assert.equal(crash.code, 0, JSON.stringify(crash));
    assert.match(
      (await systemd.run('systemctl', ['is-active', 'crash'])).stdout,
      /inactive|failed/,
    );

    const redis = await result<OrderResult>('stop', 'redis', '--confirm', 'YES APPLY');
    assert.equal(redis.code, 0);
    assert.match(redis.warnings.join(), /backend needs redis and runs on/);
    assert.notEqual(await pidOf('good'), '0');
    assert.notEqual(await pidOf('bystander'), '0');
  });
});
