import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createTls } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { freePort } from '@om-ops/test-support/free-port';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import HealthCheck from '../src/commands/health/check.ts';
import type { PassCheck } from '../src/pass/pass.ts';
import { madeMachine } from './made-machine.ts';

type Result = Awaited<ReturnType<HealthCheck['run']>>;

/** One server for all answers, and one that takes connections and says nothing. */
let http: HttpServer;
let silent: Server;
let tls: Server;
let port = 0;
let silentPort = 0;
let tlsPort = 0;
let renewed = '';
let closed = 0;
let flaky = 0;

const folder = temporaryFolder({ after });

const listening = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

before(async () => {
  http = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    if (pathname === '/slow') return void setTimeout(() => response.end('late'), 150);
    if (pathname === '/json')
      return void response.end(
        JSON.stringify({ db: { connected: true }, now: 'a1', wanted: 'a2', dead: 3 }),
      );
    if (pathname === '/ill') return void response.end(JSON.stringify({ status: 'error' }));
    if (pathname === '/flaky') {
      flaky += 1;
      response.statusCode = flaky < 3 ? 503 : 200;
    }
    if (pathname === '/gone') response.statusCode = 404;
    if (pathname === '/broken') response.statusCode = 500;
    response.end('all is well');
  });
  port = await listening(http);
  silent = createTcp(() => undefined);
  silentPort = await listening(silent);
  closed = await freePort();
  const key = join(folder, 'key.pem');
  const made = (name: string, days: string) => {
    const path = join(folder, name);
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const newKey = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key];
    execFileSync('openssl', ['req', '-x509', ...newKey, '-days', days, '-out', path, ...subject], {
      stdio: 'ignore',
    });
    return path;
  };
  const served = made('served.pem', '3');
  tls = createTls({ cert: readFileSync(served), key: readFileSync(key) }, (_, response) =>
    response.end(),
  );
  tlsPort = await listening(tls);
  renewed = made('renewed.pem', '90');
});

after(() => {
  for (const server of [http, tls]) (server as HttpServer).closeAllConnections();
  for (const server of [http, tls, silent]) server.close();
});

function site(test: Parameters<typeof temporaryFolder>[0], health: object, more = '') {
  const folder = temporaryFolder(test);
  const profile = `database: {engine: none}\nhealth: ${JSON.stringify(health)}\n${more}`;
  const made = smallSite(folder, {}, { profile });
  const machine = madeMachine(join(folder, 'machine'));
  const run = (argv: readonly string[], env: Record<string, string> = {}) =>
    runCommand(HealthCheck, argv, { site: made.profile, env: { ...machine.env, ...env } });
  const check = async (argv: readonly string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr, json } = await run([...argv, '--json'], env);
    assert.match(stdout, /^\{/, stderr);
    const { result, error } = json<Result>() as { result: Result; error?: { code: string } };
    const of = (id: string): PassCheck => {
      const found = result.checks.find((one) => one.id === id);
      assert.ok(found, `${id}: ${result.checks.map((one) => one.id).join()}`);
      return found;
    };
    return { code, result, error, of };
  };
  return { ...made, folder, machine, run, check };
}

describe('health check', () => {
  it('tells what each address answers: status, text, fields, time', async (test) => {
    const url = `http://127.0.0.1:${port}`;
    const { check } = site(test, {
      http: [
        { name: 'well', url: `${url}/`, text: 'is well' },
        { name: 'other', url: `${url}/gone`, expect: [200, 404] },
        { name: 'broken', url: `${url}/broken` },
        { name: 'text', url: `${url}/`, text: 'is ill' },
        { name: 'slow', url: `${url}/slow`, maxMs: 50 },
        { name: 'json', url: `${url}/json`, json: { 'db.connected': true } },
        {
          name: 'fields',
          url: `${url}/json`,
          json: { 'db.connected': false },
          equal: ['now', 'wanted'],
          max: { dead: 0 },
        },
        { name: 'hangs', url: `http://127.0.0.1:${silentPort}/`, timeout: '300ms' },
        { name: 'refuses', url: `http://127.0.0.1:${closed}/` },
      ],
    });
    const { code, error, result, of } = await check(['http', '--no-record']);
    const levels = Object.fromEntries(result.checks.map(({ id, level }) => [id, level]));
    assert.deepEqual(levels, {
      'http:backend': 'off',
      'http:well': 'healthy',
      'http:other': 'healthy',
      'http:broken': 'critical',
      'http:text': 'critical',
      'http:slow': 'warning',
      'http:json': 'healthy',
      'http:fields': 'critical',
      'http:hangs': 'critical',
      'http:refuses': 'critical',
    });
    assert.equal(code, 6);
    assert.equal(error?.code, 'E_UNHEALTHY');
    assert.match(
      of('http:fields').text,
      /db\.connected is true, and has to be false; now and wanted are not the same \("a1", "a2"\); dead is 3, and may be 0 at most/,
    );
    assert.match(of('http:hangs').text, /no answer within 300 ms/);
    assert.equal(of('http:well').unit, 'ms');
    assert.deepEqual(of('http:well').thresholds, {
      warning: 3000,
      critical: 10_000,
      when: 'above',
    });
    assert.equal(result.level, 'critical');
    assert.equal(typeof result.pass.durationMs, 'number');
    assert.equal(result.recorded, false);
  });

  it('tells of ports, processes, commands, names, files and certificates', async (test) => {
    const { check, root } = site(test, {
      tcp: [
        { name: 'open', host: '127.0.0.1', port: silentPort },
        { name: 'closed', host: '127.0.0.1', port: closed },
      ],
      processes: [{ name: 'none', match: 'no-such-program-of-anybody' }],
      checks: {
        fine: { command: { argv: ['sh', '-c', 'echo fine; exit 0'] } },
        mapped: {
          command: {
            argv: ['sh', '-c', 'echo "two left|x=1"; exit 3'],
            exitCodes: { 3: 'warning' },
          },
        },
        secret: { command: { argv: ['sh', '-c', 'echo DB_PASSWORD=hunter2-very-secret; exit 1'] } },
        missing: { command: { argv: ['/no/such/program'] } },
        hangs: { command: { argv: ['sleep', '60'], timeout: '300ms' } },
        fresh: { freshness: { files: ['export/*.json'], maxAge: '1h' } },
        old: { freshness: { files: ['old/*'], maxAge: '1h' } },
        none: { freshness: { files: ['nothing/*'], maxAge: '1h' } },
        served: { tls: { host: 'localhost', connect: '127.0.0.1', port: tlsPort, file: renewed } },
        silent: { dns: { name: 'example.org', server: '127.0.0.1:1', timeout: '300ms' } },
      },
    });
    for (const name of ['export', 'old']) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'a.json'), '{}');
    }
    const longAgo = new Date(Date.now() - 2 * 3600_000);
    utimesSync(join(root, 'old/a.json'), longAgo, longAgo);
    const names = ['tcp', 'process', 'command', 'freshness', 'tls', 'dns'];
    const { code, result, of } = await check([...names, '--no-record']);
    assert.equal(code, 6);
    const levels = Object.fromEntries(result.checks.map(({ id, level }) => [id, level]));
    assert.deepEqual(levels, {
      'tcp:open': 'healthy',
      'tcp:closed': 'critical',
      'process:none': 'critical',
      'command:fine': 'healthy',
      'command:mapped': 'warning',
      'command:secret': 'critical',
      'command:missing': 'unknown',
      'command:hangs': 'unknown',
      'freshness:fresh': 'healthy',
      'freshness:old': 'critical',
      'freshness:none': 'critical',
      // Self-signed, three days left, and another one on the disk.
      'tls:served': 'critical',
      'dns:silent': 'unknown',
    });
    assert.match(of('command:mapped').text, /ended with 3: two left\.?$/);
    assert.doesNotMatch(JSON.stringify(result), /hunter2/);
    assert.match(of('tls:served').text, /self-signed/);
    assert.match(of('tls:served').text, /it was renewed, and the server has not read it yet/);
    assert.ok([2, 3].includes(of('tls:served').value ?? 0));
    assert.match(of('command:hangs').failure ?? '', /no answer within 0\.3 s/);
  });

  it('asks the backend at the first health address it has, and believes what it says of itself', async (test) => {
    const backend = (health: string[]) =>
      `backend: ${JSON.stringify({ dir: '.', port, health })}\n`;
    const levelOf = async (health: string[]) => {
      const { check } = site(test, {}, backend(health));
      return (await check(['http:backend', '--no-record'])).of('http:backend');
    };
    assert.equal((await levelOf(['/gone', '/'])).level, 'healthy');
    assert.equal((await levelOf(['/broken'])).level, 'critical');
    assert.equal((await levelOf(['/ill'])).level, 'critical');
    assert.equal((await levelOf(['/gone'])).level, 'unknown');
  });

  it('ends with 0, 6 or 7: a warning is none unless asked, unknown is never healthy', async (test) => {
    const commands = (map: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(map).map(([name, exit]) => [
          name,
          {
            command: {
              argv: ['sh', '-c', `exit ${exit}`],
              exitCodes: { 1: 'warning', 3: 'unknown' },
            },
          },
        ]),
      );
    const { check, run } = site(test, {
      checks: commands({ fine: '0', warns: '1', lost: '3', bad: '2' }),
    });
    const exit = async (...argv: string[]) => (await check([...argv, '--no-record'])).code;
    assert.equal(await exit('command:fine'), 0);
    assert.equal(await exit('command:warns'), 0);
    assert.equal(await exit('command:warns', '--fail-on', 'warning'), 6);
    assert.equal(await exit('command:lost', 'command:fine'), 7);
    assert.equal(await exit('command:lost', 'command:bad'), 6);
    assert.equal(await exit('command:lost', 'command:warns', '--fail-on', 'warning'), 6);
    const wrong = await run(['nothing-of-this-name', '--json']);
    assert.equal(wrong.code, 2);
    assert.equal(JSON.parse(wrong.stdout).error.code, 'E_NO_CHECK');
    const nagios = async (...argv: string[]) => {
      const { code, stdout } = await run([...argv, '--format', 'nagios', '--no-record']);
      return [code, stdout.split(' - ')[0]];
    };
    assert.deepEqual(await nagios('command:fine'), [0, 'OM-OPS OK']);
    assert.deepEqual(await nagios('command:warns'), [1, 'OM-OPS WARNING']);
    assert.deepEqual(await nagios('command:warns', 'command:bad'), [2, 'OM-OPS CRITICAL']);
    assert.deepEqual(await nagios('command:lost'), [3, 'OM-OPS UNKNOWN']);
    assert.deepEqual(await nagios('nothing-of-this-name'), [3, 'OM-OPS UNKNOWN']);
  });

  it('tries again before it believes, within one limit for all tries', async (test) => {
    const { check } = site(test, {
      http: [
        { name: 'flaky', url: `http://127.0.0.1:${port}/flaky` },
        { name: 'hangs', url: `http://127.0.0.1:${silentPort}/`, timeout: '10s' },
      ],
    });
    const { of, result } = await check([
      'http:flaky',
      'http:hangs',
      '--confirm',
      '5',
      '--timeout',
      '4s',
      '--no-record',
    ]);
    assert.equal(of('http:flaky').level, 'healthy');
    assert.equal(of('http:flaky').tries, 3);
    assert.notEqual(of('http:hangs').level, 'healthy');
    assert.ok(result.pass.durationMs < 5500, `${result.pass.durationMs} ms`);
  });

  it('judges a machine by what it can still do', async (test) => {
    const { check, machine } = site(test, { thresholds: { memory: { warning: 50 } } });
    const full = 'MemTotal: 1000000 kB\nMemFree: 10000 kB\nMemAvailable: 400000 kB\n';
    machine.set('proc/meminfo', full);
    machine.set('proc/loadavg', '9.00 9.00 9.00 1/1 1\n');
    const { of } = await check(['memory', 'load', 'cpu', '--no-record']);
    assert.equal(of('memory').level, 'warning');
    assert.equal(of('memory').value, 60);
    assert.deepEqual(of('memory').thresholds, { warning: 50, critical: 95, when: 'above' });
    assert.match(of('memory').source, /^om-ops\.yaml:\d+$/);
    // 9 on two processors.
    assert.equal(of('load').level, 'critical');
    assert.equal(of('load').source, 'default');
    // A made tree stands still, and says nothing.
    assert.equal(of('cpu').level, 'unknown');
  });

  it('asks a network mount in a child that may hang, and tells one that is not there', async (test) => {
    const { check, machine, folder } = site(test, { mounts: { network: ['/', '/mnt/gone'] } });
    machine.set('proc/self/mountinfo', '1 0 254:0 / / rw - nfs4 server:/export rw\n');
    const stuck = join(folder, 'bin');
    mkdirSync(stuck);
    const first = await check(['mount', '--no-record']);
    assert.notEqual(first.of('mount:/').level, 'unknown');
    assert.match(first.of('mount:/').text, /^\/ is \d+% full/);
    assert.equal(first.of('mount:/mnt/gone').level, 'critical');
    writeFileSync(join(stuck, 'stat'), '#!/bin/sh\ntrap "" TERM\nexec sleep 30\n', { mode: 0o755 });
    const hung = await check(['mount:/', '--no-record'], { PATH: `${stuck}:${process.env.PATH}` });
    assert.equal(hung.of('mount:/').level, 'critical');
    assert.match(hung.of('mount:/').text, /server:\/export\) does not answer/);
    assert.ok(hung.result.pass.durationMs < 8000);
  });

  it('keeps a whole pass: since when, how often, what the kernel ended meanwhile, what the network took', async (test) => {
    const { check, machine, state } = site(test, {});
    machine.set('proc/net/dev', 'eth0: 1000 0 0 0 0 0 0 0 500 0 0 0 0 0 0 0\n');
    const first = await check(['--every', '1m']);
    assert.equal(first.result.recorded, true);
    assert.equal(first.result.pass.gapSeconds, null);
    assert.equal(first.of('oom').level, 'healthy');
    machine.set('proc/uptime', '100060.00 1\n');
    machine.set('proc/vmstat', 'oom_kill 2\n');
    machine.set('proc/stat', 'cpu  1100 0 100 9900 0 0 0 0 0 0\ncpu0 1 0 0 0\ncpu1 1 0 0 0\n');
    machine.set('proc/net/dev', 'eth0: 7000 0 0 0 0 0 0 0 500 0 0 0 0 0 0 0\n');
    const second = await check([]);
    assert.equal(second.result.pass.gapSeconds, 60);
    assert.equal(second.of('oom').level, 'warning');
    assert.match(second.of('oom').text, /ended 2 processes/);
    assert.equal(second.of('memory').since, first.of('memory').since);
    // 1000 of 1100 ticks over a minute.
    assert.equal(Math.round(second.of('cpu').value ?? 0), 91);
    assert.equal(second.of('cpu').level, 'critical');
    assert.equal(second.result.metrics.find(({ key }) => key === 'net.eth0.in')?.value, 100);
    const heartbeat = JSON.parse(readFileSync(join(state, 'monitor/heartbeat.json'), 'utf8'));
    assert.equal(heartbeat.everyMs, 60_000);
    assert.equal(heartbeat.level, second.result.level);
    assert.equal(heartbeat.bootId, '11111111-2222-3333-4444-555555555555');
    // A look at one thing is no pass over all.
    machine.set('proc/uptime', '100090.00 1\n');
    const part = await check(['memory']);
    assert.equal(part.result.pass.whole, false);
    const again = JSON.parse(readFileSync(join(state, 'monitor/heartbeat.json'), 'utf8'));
    assert.equal(again.at, heartbeat.at);
    assert.ok(!existsSync(join(state, 'monitor/om-ops.log')));
  });

  it('says so when what it found could not be kept', async (test) => {
    const { check, state } = site(test, {});
    mkdirSync(state, { mode: 0o700 });
    writeFileSync(join(state, 'monitor'), 'no folder');
    const { code, result } = await check(['memory']);
    assert.equal(result.recorded, false);
    assert.equal(code, 7);
  });

  it('prints what Prometheus reads', async (test) => {
    const { run } = site(test, {});
    const { code, stdout } = await run(['memory', 'load', '--format', 'prometheus', '--no-record']);
    assert.equal(code, 0);
    for (const line of stdout.trim().split('\n'))
      assert.match(
        line,
        /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="(?:[^"\\]|\\.)*"(?:,\w+="(?:[^"\\]|\\.)*")*\})? -?[\d.e+]+)$/,
      );
    assert.match(stdout, /om_ops_check_level\{site="small",check="memory",level="healthy"\} 1/);
    assert.match(stdout, /om_ops_value\{site="small",series="memory",unit="percent"\} 10/);
  });
});
