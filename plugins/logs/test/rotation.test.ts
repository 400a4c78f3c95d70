import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { runCommand } from '@om-ops/test-support/command';
import { type SmallSite, smallSite } from '@om-ops/test-support/small-site';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import LogsClean from '../src/commands/logs/clean.ts';
import LogsRotate from '../src/commands/logs/rotate.ts';
import LogsRotationCheck from '../src/commands/logs/rotation/check.ts';
import LogsRotationShow from '../src/commands/logs/rotation/show.ts';
import type { RotatedFile } from '../src/rotation/run.ts';

/** Numbers its lines, and takes up its file anew at SIGUSR1. */
const writer = `
const fs = require('node:fs');
const [path, pidfile] = process.argv.slice(1);
let file = fs.openSync(path, 'a'); let n = 0;
process.on('SIGUSR1', () => { fs.closeSync(file); file = fs.openSync(path, 'a'); });
if (pidfile) fs.writeFileSync(pidfile, String(process.pid));
setInterval(() => { for (let k = 0; k < 50; k += 1) fs.writeSync(file, 'line ' + (n += 1) + ' ' + 'x'.repeat(80) + '\\n'); }, 2);
`;

function startWriter(test: CleansUp, path: string, pidfile = ''): ChildProcess {
  const child = spawn(process.execPath, ['-e', writer, path, pidfile], { stdio: 'inherit' });
  test.after(() => {
    child.kill('SIGKILL');
  });
  return child;
}

const command =
  (site: SmallSite) =>
  async <R>(type: Parameters<typeof runCommand>[0], argv: readonly string[] = [], id?: string) => {
    const options = { site: site.profile, ...(id === undefined ? {} : { id }) };
    const ran = await runCommand(type, [...argv, '--json'], options);
    return { ...ran, ...ran.json<R>() };
  };

/** The numbers of all lines in a log and its generations. */
function numbersIn(folder: string, name: string): number[] {
  return readdirSync(folder)
    .filter((one) => one.startsWith(name))
    .flatMap((one) => {
      const bytes = readFileSync(join(folder, one));
      const text = (one.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
      return text.split('\n').flatMap((line) => /^line (\d+)/.exec(line)?.[1] ?? []);
    })
    .map(Number)
    .sort((a, b) => a - b);
}

describe('rotation by the real logrotate', () => {
  it('loses no line of a writer that takes up its file anew, and says what it passed over', async (test) => {
    const folder = temporaryFolder(test);
    const site = smallSite(
      folder,
      {},
      {
        profile: [
          'database: {engine: none}',
          'logs:',
          '  rotation:',
          '    app: {files: [logs/app.log], size: 1k, keep: 30, reopen: {signal: {name: USR1, pidfile: app.pid}}}',
          '    cut: {files: [cut/cut.log], size: 1k, keep: 5, compress: false}',
          '    gone: {files: ["nowhere/*.log"], keep: 3}',
        ].join('\n'),
      },
    );
    const run = command(site);
    for (const name of ['logs', 'cut']) mkdirSync(join(site.root, name), { mode: 0o755 });
    const log = join(site.root, 'logs/app.log');
    const child = startWriter(test, log, join(site.root, 'app.pid'));
    writeFileSync(join(site.root, 'cut/cut.log'), 'line 1\n'.repeat(400));
    await waitFor('lines', () => existsSync(log) && readFileSync(log).length > 20_000);

    const planned = await run<{ files: RotatedFile[] }>(LogsRotate, ['app', '--dry-run']);
    assert.deepEqual(
      planned.result.files.map(({ outcome }) => outcome),
      ['would-rotate'],
      planned.stdout,
    );
    assert.ok(!existsSync(`${log}.1`));
    assert.ok(!existsSync(join(site.state, 'logs')), 'a dry run leaves nothing behind');
    for (let turn = 0; turn < 5; turn += 1) {
      const { code, result, stdout } = await run<{ files: RotatedFile[] }>(LogsRotate, [
        'app',
        '--force',
      ]);
      assert.equal(code, 0, stdout);
      assert.deepEqual(
        result.files.map(({ outcome, method }) => [outcome, method]),
        [['rotated', 'reopen']],
      );
      await waitFor('the new file', () => existsSync(log) && readFileSync(log).length > 5000);
    }
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    const numbers = numbersIn(join(site.root, 'logs'), 'app.log');
    assert.equal(numbers.length, numbers.at(-1), 'every line is there once');
    assert.equal(new Set(numbers).size, numbers.length);

    const cut = await run<{ files: RotatedFile[] }>(LogsRotate, ['cut']);
    assert.equal(cut.code, 0, cut.stdout);
    assert.match(cut.warnings.join(), /lines written in between are lost/);
    assert.equal(readFileSync(join(site.root, 'cut/cut.log.1'), 'utf8').length, 2800);
    const gone = await run<{ empty: object[] }>(LogsRotate, ['gone']);
    assert.deepEqual([gone.code, gone.result.empty.length], [7, 1]);
    assert.equal((await run(LogsRotate, ['other'])).code, 2);

    chmodSync(join(site.root, 'cut'), 0o777);
    const su = await run<{ config: string }>(LogsRotationShow, [], 'logs:rotation:show');
    if (process.getuid?.() === 0) assert.match(su.result.config, /su root root/);
    const check = await run<{ isCurrent: boolean }>(LogsRotationCheck, [], 'logs:rotation:check');
    assert.equal(check.code, 6);
  });
});

describe('old generations', () => {
  it('are compressed and deleted by age and number, and never a live or an open one', async (test) => {
    const folder = temporaryFolder(test);
    const content = 'line of a log\n'.repeat(1000);
    const names = [
      'app.log',
      ...[1, 2, 3, 4, 5].map((n) => `app.log.${n}`),
      'held.log.1',
      'quiet.log',
    ];
    const site = smallSite(
      folder,
      Object.fromEntries(names.map((name) => [`logs/${name}`, content])),
      {
        profile:
          'database: {engine: none}\nlogs: {retention: {files: ["logs/*"], compressAfter: 7d, deleteAfter: 30d, keep: 2}}',
      },
    );
    const at = (name: string) => join(site.root, 'logs', name);
    const age = (name: string, days: number) => {
      const time = Date.now() / 1000 - days * 86_400;
      utimesSync(at(name), time, time);
    };
    for (const [place, days] of [1, 10, 20, 40, 50].entries()) age(`app.log.${place + 1}`, days);
    for (const name of ['held.log.1', 'quiet.log']) age(name, 90);
    const child = startWriter(test, at('held.log.1'));
    const deleted = spawn('sh', [
      '-c',
      `exec 3>${at('lost.log')}; rm ${at('lost.log')}; echo x >&3; exec sleep 1000`,
    ]);
    test.after(() => {
      deleted.kill('SIGKILL');
    });
    await waitFor(
      'the writers',
      () =>
        existsSync(`/proc/${deleted.pid}/fd/3`) &&
        !existsSync(at('lost.log')) &&
        readFileSync(at('held.log.1')).length > content.length,
    );
    child.kill('SIGSTOP');
    age('held.log.1', 90);
    const run = command(site);
    const planned = await run<{
      compressed: string[];
      deleted: string[];
      open: { pid: number }[];
      deletedOpen: { pid: number }[];
    }>(LogsClean, ['--dry-run']);
    assert.deepEqual(planned.result.compressed.sort(), [at('app.log.2'), at('app.log.3')]);
    assert.deepEqual(planned.result.deleted.sort(), [at('app.log.4'), at('app.log.5')]);
    assert.deepEqual(
      planned.result.open.map(({ pid }) => pid),
      [child.pid],
    );
    assert.deepEqual(
      planned.result.deletedOpen.map(({ pid }) => pid),
      [deleted.pid],
    );
    assert.equal((await run(LogsClean)).code, 3);
    assert.ok(existsSync(at('app.log.5')));

    const done = await run<typeof planned.result>(LogsClean, ['--confirm', 'YES APPLY']);
    assert.equal(done.code, 7, 'one was open');
    assert.deepEqual(done.result.deleted.sort(), planned.result.deleted);
    assert.deepEqual(readdirSync(join(site.root, 'logs')).sort(), [
      'app.log',
      'app.log.1',
      'app.log.2.gz',
      'app.log.3.gz',
      'held.log.1',
      'quiet.log',
    ]);
    assert.equal(gunzipSync(readFileSync(at('app.log.2.gz'))).toString(), content);
    assert.equal(
      (await run<{ outcome: string }>(LogsClean, ['--confirm', 'YES APPLY'])).result.outcome,
      'unchanged',
    );
  });
});
