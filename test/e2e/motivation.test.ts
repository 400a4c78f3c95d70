import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

function site(test: TestContext, nginx = '/nowhere/nginx') {
  const profile = `database: {engine: none}\nuploads: {dirs: []}\nnginx: {bin: ${nginx}}\npm2: {bin: /nowhere/pm2}`;
  return smallSite(temporaryFolder(test), { 'server/a.js': 'a' }, { profile });
}

interface Result {
  headline: string;
  chosen: string;
  counts: Record<string, number>;
  accomplishments: { kind: string; ref: string }[];
}

describe('motivation', () => {
  it('tells what the other commands have written down', async (test) => {
    const { run, state } = site(test);
    await run(['changelog', 'start', '--title', 'Parish search']);
    await run([
      'changelog',
      'add',
      '--type',
      'result',
      '--actor',
      'user',
      '--text',
      'It finds all.',
    ]);
    await run(['backup', 'run', 'server']);
    await run(['backup', 'verify', 'server']);
    await run([
      'changelog',
      'close',
      '--outcome',
      'success',
      '--summary',
      'Every parish is found.',
    ]);
    const tell = async () => {
      const { code, json } = await run(['motivation', 'run', '--json']);
      assert.equal(code, 0);
      return json<Result>().result;
    };
    const first = await tell();
    assert.deepEqual([first.chosen, first.headline], ['session', 'Every parish is found']);
    // om-ops wrote two entries of its own: only one is somebody's.
    assert.equal(first.counts.entries, 1);
    assert.deepEqual([first.counts.backups, first.counts.backupsVerified], [1, 1]);
    assert.equal(first.counts.operations, 2);
    await run(['roadmap', 'add', '--title', 'Search']);
    const { milestones } = JSON.parse(readFileSync(join(state, 'roadmap/roadmap.json'), 'utf8'));
    await run(['roadmap', 'complete', milestones[0].id]);
    const second = await tell();
    assert.deepEqual([second.chosen, second.headline], ['milestone', '“Search” is done']);
    assert.equal(
      second.accomplishments[0]?.ref,
      `roadmap/report.html#milestone=${milestones[0].id}`,
    );
    assert.equal(
      (await run(['motivation', 'run', '--date', '2026-02-30', '--json'])).json().error.exit,
      2,
    );
    assert.equal((await run(['motivation', 'show'])).code, 0);
    const index = readFileSync(join(state, 'index.html'), 'utf8');
    assert.match(index, /motivation\/report\.html/);
    assert.match(index, /summary\/report\.html/);
  });

  it('leaves at Ctrl-C with nothing kept', async (test) => {
    const folder = temporaryFolder(test);
    const nginx = join(folder, 'nginx');
    const started = join(folder, 'started');
    writeFileSync(nginx, `#!/bin/sh\necho $$ > ${started}\nexec sleep 100\n`);
    chmodSync(nginx, 0o755);
    const { run, state } = site(test, nginx);
    let pid = 0;
    const running = run(['motivation', 'run', '--json'], {
      onStart: (own) => {
        pid = own;
      },
    });
    await waitFor('the part that hangs', () => existsSync(started));
    process.kill(pid, 'SIGINT');
    const { code, json } = await running;
    assert.equal(code, 130);
    assert.equal(json().error.code, 'E_INTERRUPTED');
    assert.equal(existsSync(join(state, 'motivation')), false);
  });
});
