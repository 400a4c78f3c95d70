import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runningProcesses } from '@om-ops/test-support/processes';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

interface Result {
  level: string;
  path: string;
  counts: Record<string, number>;
  panels: { topic: string; state: string }[];
  backups: { rows: { of: string; states: string[] }[] } | null;
  timeline: { events: { text: string; outcome: string }[] };
  changes: { kind: string; text: string }[];
}

const exits: Record<string, number> = { healthy: 0, warning: 0, critical: 6, unknown: 7 };

function site(test: TestContext, nginx = '/nowhere/nginx') {
  const folder = temporaryFolder(test);
  const profile = `database: {engine: none}\nuploads: {dirs: []}\nnginx: {bin: ${nginx}}\npm2: {bin: /nowhere/pm2}`;
  return smallSite(folder, { 'a.txt': 'a'.repeat(2000), 'server/b.js': 'b' }, { profile });
}

describe('summary', () => {
  it('tells what is so, exits by it, and sees what was done since', async (test) => {
    const { run, state } = site(test);
    const summary = async () => {
      const { code, json } = await run(['summary', 'run', '--json']);
      const { result } = json<Result>();
      assert.equal(code, exits[result.level], result.level);
      return result;
    };
    const of = ({ panels }: Result, topic: string) =>
      panels.find((panel) => panel.topic === topic)?.state;
    const before = await summary();
    assert.equal(before.level, 'critical');
    assert.equal(of(before, 'backup'), 'critical');
    assert.equal(before.backups, null);
    await run(['backup', 'run', 'server']);
    await run(['backup', 'verify', 'server']);
    // No images: the run fails, and its log line is all there is of it.
    assert.equal((await run(['backup', 'run', 'images'])).code, 5);
    const after = await summary();
    assert.notEqual(of(after, 'backup'), 'critical');
    const days = new Map(after.backups?.rows.map(({ of: name, states }) => [name, states.at(-1)]));
    assert.equal(days.get('server'), 'verified');
    assert.equal(days.get('images'), 'failed');
    const done = after.timeline.events.map(
      ({ text, outcome }) => `${text.split(',')[0]}: ${outcome}`,
    );
    assert.deepEqual(done, [
      'backup run server: done',
      'backup verify server: done',
      'backup run images: failed',
    ]);
    assert.ok(after.changes.some(({ text }) => /^Backups: .*, was critical$/.test(text)));
    assert.match(readFileSync(join(state, 'summary/report.html'), 'utf8'), /id="app"/);
    assert.equal(readdirSync(join(state, 'summary/runs')).length, 2);
  });

  it('leaves at Ctrl-C with nothing kept, and ends what it has started', async (test) => {
    const folder = temporaryFolder(test);
    const nginx = join(folder, 'nginx');
    const started = join(folder, 'started');
    writeFileSync(nginx, `#!/bin/sh\necho $$ > ${started}\nexec sleep 100\n`);
    chmodSync(nginx, 0o755);
    const { run, state } = site(test, nginx);
    let pid = 0;
    const running = run(['summary', 'run', '--json'], {
      onStart: (own) => {
        pid = own;
      },
    });
    await waitFor(
      'the part that hangs',
      () => existsSync(started) && readFileSync(started, 'utf8') !== '',
    );
    process.kill(pid, 'SIGINT');
    const { code, json } = await running;
    assert.equal(code, 130);
    assert.equal(json().error.code, 'E_INTERRUPTED');
    assert.equal(existsSync(join(state, 'summary')), false);
    const child = Number(readFileSync(started, 'utf8'));
    await waitFor(
      'the end of the part',
      () => !runningProcesses().some(({ pid: its }) => its === child),
    );
  });
});
