import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type SmallSite, smallSite } from '@om-ops/test-support/small-site';
import { noSystemd, type TestSystemd, testSystemd } from '@om-ops/test-support/systemd';
import { waitFor } from '@om-ops/test-support/wait';
import type { Usage } from '../src/look/usage.ts';
import type { Why } from '../src/why/find.ts';

const services = `
database: {engine: none}
services:
  holder: {unit: holder}
  noexec: {unit: noexec, after: [holder]}
  taken: {unit: taken, ready: {tcp: "127.0.0.1:8123"}}
  limit: {unit: limit}
  locked: {unit: locked}
  lacks: {unit: lacks, after: [limit]}
  absent: {unit: nowhere}
  deaf: {unit: deaf, ready: {http: "http://127.0.0.1:8999/health"}}
`;

const node = process.execPath;
const listen = `require("net").createServer().listen(8123,"127.0.0.1")`;

describe('why a service does not start, stay or answer', { skip: noSystemd() }, () => {
  let systemd: TestSystemd;
  let site: SmallSite;
  const cleaners: (() => void | Promise<void>)[] = [];
  const run = async <R>(...argv: string[]) => {
    const ran = await systemd.omOps(['service', ...argv, '--json'], { OM_OPS_SITE: site.profile });
    return { code: ran.code, stdout: ran.stdout, ...ran.json<R>() };
  };
  const why = async (name: string) => {
    const ran = await run<Why>('why', name);
    return { ...ran, codes: ran.result.causes.map(({ code }) => code) };
  };
  const of = ({ result }: { result: Why }, code: string) =>
    result.causes.find((one) => one.code === code);

  before(async () => {
    systemd = await testSystemd({ after: (clean) => cleaners.push(clean) });
    site = smallSite(systemd.folder, {}, { profile: services });
    const { root } = site;
    chmodSync(systemd.folder, 0o755);
    mkdirSync(join(root, 'private'));
    writeFileSync(join(root, 'private/run.sh'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
    chmodSync(join(root, 'private'), 0o700);
    writeFileSync(join(root, 'app.env'), 'COLOUR=red\nEMPTY=\n');
    writeFileSync(join(root, 'app.env.example'), 'COLOUR=\nEMPTY=\nDB_PASSWORD=change-me\n');
    const units: Readonly<Record<string, string>> = {
      holder: `ExecStart=${node} -e '${listen}; setInterval(() => {}, 100)' -- --password=hunter2-long`,
      noexec: 'ExecStart=/opt/nothing-there --flag\nWorkingDirectory=/opt/nowhere',
      taken: `ExecStart=${node} -e '${listen}'`,
      limit: 'ExecStart=/bin/sh -c "exit 7"\nRestart=always\nRestartSec=1ms',
      locked: `ExecStart=${root}/private/run.sh\nUser=nobody`,
      lacks: `ExecStart=/bin/sh -c "echo KeyError: \\\\'DB_PASSWORD\\\\' >&2; exit 1"\nEnvironmentFile=${root}/app.env`,
      deaf: 'ExecStart=/bin/sleep 1004',
    };
    for (const [name, text] of Object.entries(units))
      await systemd.unit(`${name}.service`, `[Service]\n${text}\n`);
    await systemd.run('systemctl', ['start', 'holder', 'deaf']);
    await waitFor('the port', async () =>
      (await systemd.run('cat', ['/proc/net/tcp'])).stdout.includes(':1FBB'),
    );
    for (const name of ['noexec', 'taken', 'limit', 'locked', 'lacks'])
      await systemd.run('systemctl', ['start', name]);
    await waitFor('their end', async () => {
      const { stdout } = await systemd.run('systemctl', ['list-units', '--failed', '--plain']);
      return ['noexec', 'taken', 'limit', 'locked', 'lacks'].every((one) => stdout.includes(one));
    });
  });
  after(async () => {
    for (const clean of cleaners.reverse()) await clean();
  });

  it('names a program and a folder that are not there', async () => {
    const found = await why('noexec');
    assert.equal(found.code, 6);
    assert.ok(found.codes.includes('before-start'), found.stdout);
    const missing = found.result.causes.filter(({ code }) => code === 'path-missing');
    assert.deepEqual(
      missing.map(({ message }) => /\/opt\/\S+(?=,)/.exec(message)?.[0]),
      ['/opt/nothing-there', '/opt/nowhere'],
    );
  });

  it('names who holds its port, by service, and hides what stands in that command line', async () => {
    const found = await why('taken');
    assert.match(of(found, 'port-taken')?.message ?? '', /taken/);
    const held = found.result.causes.filter(({ code }) => code === 'port-taken');
    assert.match(JSON.stringify(held), /EADDRINUSE/);
    assert.match(JSON.stringify(held), /8123/);
    assert.ok(!found.stdout.includes('hunter2'));
    const ports = await run<{ ports: { port: number; service: string; protocol: string }[] }>(
      ...['ports', '8123'],
    );
    assert.deepEqual(
      ports.result.ports.map(({ port, service, protocol }) => [port, service, protocol]),
      [[8123, 'holder', 'tcp']],
    );
    assert.ok(!ports.stdout.includes('hunter2'));
  });

  it('tells the start limit, and the folder that its user may not enter', async () => {
    const limit = await why('limit');
    assert.deepEqual(limit.codes, ['start-limit', 'exit-code']);
    assert.equal(of(limit, 'start-limit')?.command, 'systemctl reset-failed limit.service');
    const locked = await why('locked');
    assert.match(of(locked, 'permission')?.message ?? '', /nobody may not enter .*\/private\.$/);
  });

  it('tells what its env file lacks, what it says itself, and what it needs', async () => {
    const lacks = await why('lacks');
    assert.deepEqual(
      ['exit-code', 'env-key', 'needed-service', 'env-keys'].filter(
        (one) => !lacks.codes.includes(one),
      ),
      [],
      lacks.stdout,
    );
    assert.deepEqual(of(lacks, 'env-keys')?.evidence, ['not there: DB_PASSWORD', 'empty: EMPTY']);
    assert.ok(!lacks.stdout.includes('change-me'));
  });

  it('tells a unit that is not there, one that does not answer, and says that nothing is wrong', async () => {
    assert.deepEqual((await why('absent')).codes, ['unit-absent']);
    assert.deepEqual((await why('deaf')).codes, ['no-answer']);
    const well = await why('holder');
    assert.deepEqual([well.code, well.codes], [0, []]);
    assert.equal((await run('why', 'nobody')).code, 2);
  });

  it('tells what each takes of the machine', async () => {
    const top = await run<{ services: Usage[] }>('top', '--by', 'memory');
    assert.equal(top.code, 0);
    const [first] = top.result.services;
    assert.equal(first?.name, 'holder');
    assert.ok((first?.memoryBytes ?? 0) > 5_000_000 && (first?.threads ?? 0) > 1);
    assert.notEqual(first?.cpuPercent, null);
    const stopped = top.result.services.find(({ name }) => name === 'noexec');
    assert.deepEqual([stopped?.processes, stopped?.cpuPercent], [0, null]);
  });
});
