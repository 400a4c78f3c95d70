import assert from 'node:assert/strict';
import { appendFileSync, chownSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startDaemon } from '@om-ops/test-support/daemon';
import { checkout } from '@om-ops/test-support/om-ops';
import { smallSite } from '@om-ops/test-support/small-site';
import { noSystemd, testSystemd } from '@om-ops/test-support/systemd';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

const line = (level: string, text: string) => `${new Date().toISOString()} [${level}] ${text}\n`;

describe('om-ops logs', () => {
  it('follows several logs through rotation and new files until Ctrl-C, and tells how it ends', async (test) => {
    const folder = temporaryFolder(test);
    const site = smallSite(
      folder,
      { 'logs/one.log': line('INFO', 'first, TOKEN=abcdefgh12345678'), '.env': 'X=1\n' },
      {
        profile: [
          'database: {engine: none}',
          'logs: {sources: {app: {files: ["logs/*.log"]}}, rotation: {app: {files: ["logs/*.log"], keep: 3}}}',
        ].join('\n'),
      },
    );
    const log = (name: string) => join(site.root, 'logs', name);
    const tail = await startDaemon(
      join(checkout, 'bin/om-ops'),
      ['logs', 'tail', '--follow', '--json'],
      /first/,
      { cwd: '/', env: { ...process.env, OM_OPS_SITE: site.profile, HOME: folder } },
    );
    renameSync(log('one.log'), log('one.log.1'));
    writeFileSync(log('one.log'), line('INFO', 'after the rotation'));
    writeFileSync(log('two.log'), line('ERROR', 'in a new file'));
    await waitFor(
      'both',
      () => /after the rotation/.test(tail.output()) && /in a new file/.test(tail.output()),
    );
    appendFileSync(log('two.log'), line('ERROR', 'and more'));
    await waitFor('more', () => /and more/.test(tail.output()));
    process.kill(tail.pid, 'SIGINT');
    await tail.ended;
    const rows = tail
      .output()
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one));
    assert.deepEqual(rows.at(-1).result.endedBy, 'interrupt');
    assert.ok(!tail.output().includes('abcdefgh'));

    const run = (...argv: string[]) => site.run(['logs', ...argv]);
    const errors = await run('errors');
    assert.equal(errors.code, 0, errors.stderr);
    assert.match(errors.stdout, /2 errors in 4 lines .*100 % of the lines understood/);
    assert.equal((await run('errors', '--fail-over', '1')).code, 6);
    assert.equal((await run('errors', '--since', 'soon')).code, 2);
    assert.equal(
      (await run('clean', '--delete-older-than', '0s', '--keep', '0')).code,
      3,
      'not confirmed',
    );
    assert.equal((await run('rate')).code, 5);
    const list = await run('list');
    assert.match(list.stdout, /app +2 +1 /);
    const none = smallSite(join(folder, 'none'), {});
    assert.equal((await none.run(['logs', 'rotate'])).code, 5);
  });

  it('writes the rotation of the system, proves it, and puts back what logrotate refuses', {
    skip: noSystemd(),
  }, async (test) => {
    const machine = await testSystemd(test);
    const site = smallSite(
      machine.folder,
      { 'logs/app.log': 'x\n' },
      {
        profile:
          'database: {engine: none}\nlogs: {rotation: {app: {files: ["logs/app.log"], size: 10M, keep: 3}}}',
      },
    );
    const path = '/etc/logrotate.d/om-ops-small';
    const run = (...argv: string[]) =>
      machine.omOps(['logs', 'rotation', ...argv, '--json'], { OM_OPS_SITE: site.profile });
    const there = async () => (await machine.run('cat', [path])).stdout;
    assert.equal((await run('check')).code, 6);
    const planned = await run('apply', '--dry-run');
    assert.match(
      planned.json<{ changes: { diff: string }[] }>().result.changes[0]?.diff ?? '',
      /\+ {4}size 10M/,
    );
    assert.equal((await run('apply')).code, 3);
    assert.equal(await there(), '');
    const applied = await run('apply', '--confirm', 'YES APPLY');
    assert.equal(applied.code, 0, applied.stdout);
    const written = await there();
    assert.equal((await run('check')).code, 0);

    // Its folder belongs to nobody that logrotate knows.
    chownSync(join(site.root, 'logs'), 54_321, 54_321);
    const undone = await run('apply', '--confirm', 'YES APPLY');
    assert.deepEqual([undone.code, undone.json().error.code], [1, 'E_UNDONE'], undone.stdout);
    assert.equal(await there(), written);
    chownSync(join(site.root, 'logs'), 0, 0);
    await machine.run('sh', [
      '-c',
      `echo '${join(site.root, 'logs/*.log')} { daily }' > /etc/logrotate.d/other`,
    ]);
    assert.equal((await run('check')).json().error.code, 'E_ROTATED_TWICE');
    assert.equal(
      (await run('apply', '--confirm', 'YES APPLY')).json().error.code,
      'E_ROTATED_TWICE',
    );
    assert.equal(readFileSync(join(site.root, 'logs/app.log'), 'utf8'), 'x\n');
  });
});
