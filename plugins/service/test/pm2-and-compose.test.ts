import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { noDocker, testDocker } from '@om-ops/test-support/docker';
import { serverSource, testPm2 } from '@om-ops/test-support/pm2';
import { smallSite } from '@om-ops/test-support/small-site';
import ServiceRestart from '../src/commands/service/restart.ts';
import ServiceStart from '../src/commands/service/start.ts';
import ServiceStatus from '../src/commands/service/status.ts';
import ServiceStop from '../src/commands/service/stop.ts';
import type { ServiceHealth } from '../src/look/status.ts';
import type { OrderResult } from '../src/order-command.ts';

describe('services that are apps in PM2', () => {
  it('tells, restarts and stops one by the name in the profile, whichever app the backend is', async (test) => {
    const pm2 = await testPm2(test);
    const site = smallSite(
      pm2.folder,
      { 'web.js': serverSource(pm2.port), 'other.js': 'setInterval(() => {}, 1000);' },
      {
        profile: [
          'database: {engine: none}',
          `pm2: {app: backend-${pm2.port}, bin: ${pm2.bin}, home: ${pm2.home}, boot: elsewhere}`,
          'services:',
          `  frontend: {pm2: web-${pm2.port}, ready: {tcp: "127.0.0.1:${pm2.port}"}}`,
        ].join('\n'),
      },
    );
    const env = { PATH: pm2.env.PATH, HOME: pm2.folder, PM2_HOME: undefined };
    const run = async <R>(command: Parameters<typeof runCommand>[0], ...argv: string[]) => {
      const ran = await runCommand(command, [...argv, '--json'], { site: site.profile, env });
      return { code: ran.code, ...ran.json<R>() };
    };
    for (const [file, name] of [
      ['web.js', `web-${pm2.port}`],
      ['other.js', 'other'],
    ])
      await pm2.run(['start', join(site.root, file as string), '--name', name as string, '-s']);
    const other = async () =>
      (JSON.parse(await pm2.run(['jlist', '-s'])) as { name: string; pid: number }[]).find(
        ({ name }) => name === 'other',
      )?.pid;
    const bystander = await other();

    const restarted = await run<OrderResult>(ServiceRestart, 'frontend', '--settle', '1s');
    assert.equal(restarted.code, 0, JSON.stringify(restarted));
    const [one] = restarted.result.services;
    assert.notEqual(one?.pids.after, one?.pids.before);
    assert.equal(one?.ready?.ok, true);
    const status = await run<{ services: ServiceHealth[] }>(ServiceStatus);
    assert.equal(status.code, 0, JSON.stringify(status));
    assert.deepEqual(
      status.result.services.map(({ state, pid, source }) => [state, pid, source]),
      [['running', one?.pids.after, 'pm2']],
    );
    assert.equal((await run(ServiceStop, 'frontend')).code, 0);
    assert.equal((await run(ServiceStatus)).code, 6);
    assert.equal(await other(), bystander);
  });
});

describe('services of Docker Compose', { skip: noDocker() }, () => {
  it('tells a restart loop from a service that runs, and orders its containers only', async (test) => {
    const { docker, env, image, folder } = await testDocker(test);
    const site = smallSite(
      folder,
      {},
      {
        profile: [
          'database: {engine: none}',
          'services:',
          '  api: {compose: {project: shop, service: api}}',
          '  loop: {compose: {project: shop, service: loop}}',
          '  none: {compose: {project: shop, service: none}}',
        ].join('\n'),
      },
    );
    const create = (project: string, service: string, command: string, ...more: string[]) =>
      docker(
        ...['run', '--detach', '--network', 'none', ...more],
        ...['--label', `com.docker.compose.project=${project}`],
        ...['--label', `com.docker.compose.service=${service}`],
        ...[image, '/bin/sh', '-c', command],
      );
    const run = async <R>(command: Parameters<typeof runCommand>[0], ...argv: string[]) => {
      const ran = await runCommand(command, [...argv, '--json'], { site: site.profile, env });
      return { code: ran.code, ...ran.json<R>() };
    };
    const stops = 'trap "exit 0" TERM; while :; do sleep 0.1; done';
    await create('shop', 'api', `echo ready; ${stops}`);
    const bystander = await create('other', 'api', stops);
    await create('shop', 'loop', 'echo "fatal: PASSWORD=hunter2-long"; exit 3', '--restart=always');
    const startedAt = (id: string) => docker('inspect', '--format', '{{.State.StartedAt}}', id);
    const before = await startedAt(bystander);

    const { code, result } = await run<{ services: ServiceHealth[] }>(ServiceStatus);
    assert.equal(code, 6);
    assert.deepEqual(
      result.services.map(({ name, state }) => [name, state]),
      [
        ['api', 'running'],
        ['loop', 'flapping'],
        ['none', 'absent'],
      ],
    );
    assert.ok((result.services[0]?.memoryBytes ?? 0) > 0);

    const restarted = await run<OrderResult>(ServiceRestart, 'api', '--settle', '1s');
    assert.equal(restarted.code, 0, JSON.stringify(restarted));
    assert.notEqual(restarted.result.services[0]?.pids.after, result.services[0]?.pid);
    const loop = await run<OrderResult>(ServiceRestart, 'loop', '--timeout', '20s');
    assert.deepEqual([loop.code, loop.error.code], [1, 'E_SERVICE_FAILED']);
    assert.match(loop.error.message, /fatal: PASSWORD=<REDACTED>/);
    assert.equal((await run(ServiceStop, 'loop')).code, 0);
    assert.equal((await run(ServiceStart, 'none')).code, 5);
    assert.equal(await startedAt(bystander), before);
  });
});
