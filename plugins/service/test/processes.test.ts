import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isStillThere, processOf } from '@om-ops/kit/proc';
import { runCommand } from '@om-ops/test-support/command';
import { freePort } from '@om-ops/test-support/free-port';
import { type SmallSite, smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import ServiceList from '../src/commands/service/list.ts';
import ServiceRestart from '../src/commands/service/restart.ts';
import ServiceStart from '../src/commands/service/start.ts';
import ServiceStatus from '../src/commands/service/status.ts';
import ServiceStop from '../src/commands/service/stop.ts';
import type { ServiceHealth } from '../src/look/status.ts';
import type { OrderResult } from '../src/order-command.ts';

const server = (port: number) => `
require('node:http').createServer((_, response) => response.end(process.env.COLOUR)).listen(${port}, '127.0.0.1');
require('node:fs').writeSync(1, 'listening, TOKEN=' + 'abcdefgh12345678' + '\\n');
`;

describe('services that are plain processes', () => {
  const cleaners: (() => void | Promise<void>)[] = [];
  const test = { after: (clean: () => void | Promise<void>) => cleaners.push(clean) };
  let site: SmallSite;
  let port: number;
  let pidfile: string;
  const pids = new Set<number>();
  const run = async <R>(command: Parameters<typeof runCommand>[0], ...argv: string[]) => {
    const ran = await runCommand(command, [...argv, '--json'], { site: site.profile });
    return { code: ran.code, ...ran.json<R>() };
  };
  const order = async (command: Parameters<typeof runCommand>[0], ...argv: string[]) => {
    const ran = await run<OrderResult>(command, ...argv);
    for (const { pids: one } of ran.result?.services ?? []) if (one.after) pids.add(one.after);
    return ran;
  };
  const status = async (...names: string[]) => {
    const ran = await run<{ services: ServiceHealth[] }>(ServiceStatus, ...names);
    return { ...ran, one: ran.result.services[0] as ServiceHealth };
  };

  before(async () => {
    const folder = temporaryFolder(test, 'om-service-');
    port = await freePort();
    site = smallSite(
      folder,
      {
        'app/server.js': server(port),
        'app/dies.sh': '#!/bin/sh\necho "fatal: no configuration"\nexit 4\n',
        '.env': 'COLOUR=green\nAPI_TOKEN=abcdefgh12345678\n',
      },
      {
        profile: [
          'database: {engine: none}',
          'services:',
          '  web:',
          `    process: {argv: [${process.execPath}, server.js], cwd: app, pidfile: run.pid, output: web.log, envFile: .env}`,
          `    ready: {http: "http://127.0.0.1:${port}/"}`,
          '  dies: {process: {argv: [app/dies.sh]}}',
        ].join('\n'),
      },
    );
    chmodSync(join(site.root, 'app/dies.sh'), 0o755);
    pidfile = join(site.root, 'run.pid');
  });
  after(async () => {
    for (const pid of pids) if (processOf(pid) !== undefined) process.kill(pid, 'SIGKILL');
    for (const clean of cleaners.reverse()) await clean();
  });

  it('starts one with its own environment, answers and all, and knows it again', async () => {
    const list = await run<{ services: { name: string; kind: string }[] }>(ServiceList);
    assert.deepEqual(
      list.result.services.map(({ name, kind }) => [name, kind]),
      [
        ['web', 'process'],
        ['dies', 'process'],
      ],
    );
    assert.equal((await status('web')).code, 6);
    const planned = await order(ServiceStart, 'web', '--dry-run');
    assert.equal(planned.result.services[0]?.outcome, 'planned');
    assert.ok(!existsSync(pidfile));

    process.env.OPERATOR_SECRET = 'mine';
    const started = await order(ServiceStart, 'web', '--settle', '1s');
    delete process.env.OPERATOR_SECRET;
    assert.equal(started.code, 0, JSON.stringify(started));
    const pid = started.result.services[0]?.pids.after as number;
    assert.equal(Number(readFileSync(pidfile, 'utf8')), pid);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'green');
    assert.ok(!readFileSync(`/proc/${pid}/environ`, 'utf8').includes('OPERATOR_SECRET'));
    assert.match(readFileSync(join(site.root, 'web.log'), 'utf8'), /listening/);
    const { code, one } = await status('web');
    assert.equal(code, 0);
    assert.deepEqual([one.state, one.pid, one.ready?.ok], ['running', pid, true]);
  });

  it('is a service for whoever asks for one, and a check', async () => {
    const { loadSite } = await import('@om-ops/kit/site');
    const { serviceDrivers } = await import('../src/driver.ts');
    const { serviceChecks } = await import('../src/panel.ts');
    const whole = await loadSite({
      flag: site.profile,
      cwd: '/',
      env: {},
      sections: ['services', 'database'],
    });
    const { signal } = new AbortController();
    const driver = serviceDrivers.find(({ manager }) => manager === 'process');
    const [web] = (await driver?.services(whole, signal)) ?? [];
    const known = (await status('web')).one.pid;
    assert.deepEqual(
      [web?.role, (await web?.status(signal))?.state, (await web?.status(signal))?.pid],
      ['worker', 'up', known],
    );
    assert.equal((await web?.user(signal))?.uid, process.getuid?.());
    assert.equal((await web?.node(signal))?.version, process.versions.node);
    const units = serviceDrivers.find(({ manager }) => manager === 'systemd');
    const backend = { ...whole.backend, service: { manager: 'systemd', name: 'my-app.service' } };
    const named = { ...whole, backend, section: async () => ({ backend: { unit: 'my-app' } }) };
    const [unit] = (await units?.services(named as unknown as typeof whole, signal)) ?? [];
    assert.deepEqual([unit?.name, unit?.role], ['my-app.service', 'backend']);
    const [check] = await serviceChecks(whole);
    assert.equal((await check?.run(signal))?.state, 'healthy');
  });

  it('restarts it with a new process, and leaves alone what only looks like it', async () => {
    const before = (await status('web')).one.pid as number;
    // The same program, named in the command line of another.
    const alike = spawn(
      process.execPath,
      ['-e', 'setInterval(() => {}, 1000)', process.execPath, 'server.js'],
      { cwd: join(site.root, 'app'), stdio: 'ignore' },
    );
    pids.add(alike.pid as number);
    const restarted = await order(ServiceRestart, 'web', '--settle', '1s');
    assert.equal(restarted.code, 0, JSON.stringify(restarted));
    const { pids: now } = restarted.result.services[0] as OrderResult['services'][number];
    assert.equal(now.before, before);
    assert.notEqual(now.after, before);
    assert.equal(alike.exitCode, null);
    assert.notEqual(processOf(alike.pid as number), undefined);

    // A pid file that names somebody else: a process that got the number.
    writeFileSync(pidfile, `${alike.pid}\n`);
    const { one } = await status('web');
    assert.equal(one.pid, now.after);
    assert.match(one.problem ?? '', /which is another process/);
    const stopped = await order(ServiceStop, 'web');
    assert.equal(stopped.code, 0, JSON.stringify(stopped));
    await waitFor('its end', () => processOf(now.after as number) === undefined);
    assert.ok(isStillThere(processOf(alike.pid as number) as { pid: number; startTicks: number }));
    alike.kill('SIGKILL');
  });

  it('refuses to say which of two is meant, and ends neither', async () => {
    const twice = [1, 2].map(() =>
      spawn(process.execPath, ['server.js'], {
        cwd: join(site.root, 'app'),
        stdio: 'ignore',
        env: { COLOUR: 'red' },
      }),
    );
    // The second one ends by itself: the port is taken.
    const [first] = twice;
    for (const one of twice) pids.add(one.pid as number);
    writeFileSync(join(site.root, 'app/server.js'), 'setInterval(() => {}, 1000);\n');
    const third = spawn(process.execPath, ['server.js'], {
      cwd: join(site.root, 'app'),
      stdio: 'ignore',
    });
    pids.add(third.pid as number);
    await waitFor('both', async () =>
      /started [23] times/.test((await status('web')).one.problem ?? ''),
    );
    const refused = await order(ServiceRestart, 'web');
    assert.deepEqual([refused.code, refused.error.code], [1, 'E_AMBIGUOUS_SERVICE']);
    assert.equal(third.exitCode, null);
    for (const one of twice) one.kill('SIGKILL');
    third.kill('SIGKILL');
    await waitFor('their end', async () => (await status('web')).one.state === 'stopped');
    assert.notEqual(first, undefined);
  });

  it('says what one that does not come up has printed', async () => {
    const { code, error, result } = await order(ServiceStart, 'dies');
    assert.deepEqual([code, error.code], [1, 'E_SERVICE_FAILED']);
    assert.match(error.message, /ended by itself.*fatal: no configuration/);
    assert.deepEqual(result.services[0]?.lastLines, ['fatal: no configuration']);
  });
});
