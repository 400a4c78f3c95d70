import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type SmallSite, smallSite } from '@om-ops/test-support/small-site';
import { noSystemd, type TestSystemd, testSystemd } from '@om-ops/test-support/systemd';
import { waitFor } from '@om-ops/test-support/wait';
import { word } from '../src/adopt/unit-file.ts';
import { environmentOf, expanded } from '../src/run/unit-command.ts';

const node = process.execPath;
const server = `
if (process.env.COLOUR === undefined) { console.error('fatal: no COLOUR'); process.exit(5); }
require('node:http').createServer((_, response) => response.end(process.env.COLOUR)).listen(8124, '127.0.0.1');
console.log('up', process.argv.slice(2).join('|'));
`;

describe('a process that systemd takes over, and what is run in the foreground', {
  skip: noSystemd(),
}, () => {
  let systemd: TestSystemd;
  let site: SmallSite;
  const cleaners: (() => void | Promise<void>)[] = [];
  const run = async <R>(...argv: string[]) => {
    const ran = await systemd.omOps(['service', ...argv, '--json'], { OM_OPS_SITE: site.profile });
    return { code: ran.code, stdout: ran.stdout, stderr: ran.stderr, ...ran.json<R>() };
  };
  const unit = '/etc/systemd/system/scheduler.service';
  const hasUnit = async () => (await systemd.run('test', ['-e', unit])).code === 0;
  const pidOf = async () => {
    const { stdout } = await systemd.run('sh', [
      '-c',
      'for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline 2>/dev/null | grep -q "^[^ ]*node scheduler.js" && basename $p; done; true',
    ]);
    return stdout.trim() === '' ? undefined : Number(stdout.trim());
  };
  const nohup = async (colour: string) => {
    const command = `cd ${site.root} && COLOUR=${colour} env -u NO_COLOR nohup ${node} scheduler.js "a b" 50% >/dev/null 2>&1 </dev/null &`;
    await systemd.run('sh', ['-c', command]);
    await waitFor('the process', async () => (await pidOf()) !== undefined);
  };

  before(async () => {
    systemd = await testSystemd({ after: (clean) => cleaners.push(clean) });
    site = smallSite(
      systemd.folder,
      { 'scheduler.js': server, '.env': 'COLOUR=green\n' },
      {
        profile: [
          'database: {engine: none}',
          'services:',
          `  scheduler: {process: {argv: [${node}, scheduler.js, "a b", "50%"], output: out.log, envFile: .env}, ready: {http: "http://127.0.0.1:8124/"}}`,
          `  bare: {process: {argv: [${node}, scheduler.js, "a b", "50%"], output: out.log}}`,
          '  once: {unit: once}',
        ].join('\n'),
      },
    );
    await systemd.unit(
      'once.service',
      `[Service]\nUser=nobody\nWorkingDirectory=/var\nLimitNOFILE=123\nEnvironment="GREETING=good morning" WORDS="x y"\nExecStart=/bin/sh -c 'id -un; pwd; ulimit -n; echo "$GREETING"; echo $#; exit 3' sh $WORDS "\${WORDS}"\n`,
    );
  });
  after(async () => {
    for (const clean of cleaners.reverse()) await clean();
  });

  it('gives the process back as it was when the unit does not come up', async () => {
    await nohup('red');
    const before = await pidOf();
    const refused = await run('adopt', 'bare');
    assert.equal(refused.code, 3);
    const { code, error, result } = await run<{ outcome: string; lostKeys: string[] }>(
      ...['adopt', 'bare', '--confirm', 'YES APPLY', '--settle', '1s', '--timeout', '4s'],
    );
    assert.deepEqual(
      [code, error.code, result.outcome],
      [1, 'E_UNDONE', 'undone'],
      JSON.stringify(error),
    );
    assert.deepEqual(result.lostKeys, ['COLOUR']);
    assert.equal((await systemd.run('test', ['-e', '/etc/systemd/system/bare.service'])).code, 1);
    await waitFor('the process as it was', async () => (await pidOf()) !== undefined);
    assert.notEqual(await pidOf(), before);
    const { stdout } = await systemd.run(node, [
      '-e',
      'fetch("http://127.0.0.1:8124/").then((r) => r.text()).then(console.log)',
    ]);
    assert.equal(stdout.trim(), 'red', 'with the environment that it had');
  });

  it('writes the unit that its dry run showed, and moves the process over', async () => {
    const before = await pidOf();
    const planned = await run<{ changes: { diff?: string; what: string }[] }>(
      'adopt',
      'scheduler',
      '--dry-run',
    );
    assert.equal(planned.code, 0, planned.stdout);
    assert.ok(!(await hasUnit()));
    assert.equal(await pidOf(), before);
    const { code, stdout, result } = await run<{ pids: { before: number; after: number } }>(
      ...['adopt', 'scheduler', '--confirm', 'YES APPLY', '--settle', '1s'],
    );
    assert.equal(code, 0, stdout);
    assert.equal(result.pids.before, before);
    const written = (await systemd.run('cat', [unit])).stdout;
    const shown = planned.result.changes[0]?.diff ?? '';
    assert.deepEqual(
      written.trimEnd().split('\n'),
      shown
        .trimEnd()
        .split('\n')
        .slice(3)
        .map((line) => line.slice(1)),
    );
    assert.match((await systemd.run('systemctl', ['is-enabled', 'scheduler'])).stdout, /^enabled/);
    assert.ok(readFileSync(join(site.root, 'out.log'), 'utf8').includes('up a b|50%'));
    assert.equal((await run('adopt', 'scheduler')).error.code, 'E_UNIT_EXISTS');
  });

  it('runs a unit in the foreground as its user, in its folder, with its environment and limits', async () => {
    const ran = await run<{ exitCode: number; user: string }>('run', 'once');
    assert.deepEqual([ran.code, ran.error.code, ran.result.exitCode], [1, 'E_SERVICE_FAILED', 3]);
    const printed = ran.stderr.split('\n').map((line) => line.trim());
    for (const line of ['nobody', '/var', '123', 'good morning', '3'])
      assert.ok(printed.includes(line), `${line} in ${ran.stderr}`);
    assert.equal((await run('run', 'bare')).error.code, 'E_SERVICE_RUNNING');
    const planned = await run<{ environment: string[] }>('run', 'scheduler', '--dry-run');
    assert.ok(planned.result.environment.includes('COLOUR') && !planned.stdout.includes('green'));
  });
});

describe('words of units', () => {
  it('writes them so that systemd reads them as they are', () => {
    assert.equal(word('plain/path-1.js'), 'plain/path-1.js');
    assert.equal(word('50% "x" $HOME\\'), '"50%% \\"x\\" $$HOME\\\\"');
  });

  it('reads and expands them as systemd does', () => {
    assert.deepEqual(environmentOf('A=1 "B=two words" C="three more"'), {
      A: '1',
      B: 'two words',
      C: 'three more',
    });
    assert.deepEqual(expanded(['$A', `$${'{A}'}`, 'x$$y', '$NONE'], { A: 'one two' }), [
      'one',
      'two',
      'one two',
      'x$y',
    ]);
  });
});
