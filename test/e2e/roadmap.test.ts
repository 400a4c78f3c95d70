import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { acquireLock } from '@om-ops/kit';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';

interface Entry {
  id: string;
  title: string;
  action: string;
  by: string;
}

function site(test: TestContext) {
  const state = temporaryFolder(test);
  const env = { OM_OPS_STATE: state };
  return {
    state,
    roadmap: (...argv: string[]) => runOmOps(['roadmap', ...argv], { env }),
    history: (): Entry[] =>
      readFileSync(join(state, 'roadmap/history.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

describe('roadmap', () => {
  it('loses nothing of many who change it at once', async (test) => {
    const { state, roadmap, history } = site(test);
    const first = (await roadmap('add', '--title', 'shared', '--json')).json<{
      milestone: { id: string };
    }>();
    const { id } = first.result.milestone;
    const count = 8;
    const runs = Array.from({ length: count }, (_, at) => [
      roadmap('add', '--title', `by ${at}`),
      roadmap(
        'update',
        id,
        ...(at % 2 === 0 ? ['--owner', `owner ${at}`] : ['--percent', `${at}`]),
      ),
    ]).flat();
    for (const { code, stderr } of await Promise.all(runs)) assert.equal(code, 0, stderr);
    const { milestones } = JSON.parse(readFileSync(join(state, 'roadmap/roadmap.json'), 'utf8'));
    const titles = milestones.map(({ title }: { title: string }) => title).sort();
    assert.deepEqual(titles, [...Array.from({ length: count }, (_, at) => `by ${at}`), 'shared']);
    assert.equal(new Set(milestones.map(({ id }: { id: string }) => id)).size, count + 1);
    // Both fields hold the last of their own: no one has put back what another had set.
    const shared = milestones.find(({ title }: { title: string }) => title === 'shared');
    assert.match(shared.owner, /^owner [0246]$/);
    assert.match(String(shared.percent), /^[1357]$/);
    const entries = history();
    assert.equal(entries.filter(({ action }) => action === 'added').length, count + 1);
    assert.equal(entries.filter((entry) => entry.id === id).length, count + 1);
    assert.deepEqual(readdirSync(join(state, 'roadmap')).sort(), ['history.jsonl', 'roadmap.json']);
  });

  it('waits for who is at it, and leaves at Ctrl-C with nothing changed', async (test) => {
    const { state, roadmap } = site(test);
    await roadmap('add', '--title', 'A');
    const path = join(state, 'roadmap/roadmap.json');
    const before = readFileSync(path, 'utf8');
    const lock = await acquireLock(join(state, 'locks'), 'roadmap');
    let pid = 0;
    const adding = runOmOps(['roadmap', 'add', '--title', 'B', '--json'], {
      env: { OM_OPS_STATE: state },
      onStart: (started) => {
        pid = started;
      },
    });
    // Who waits for a lock has a file of its own beside it.
    await waitFor('a run that waits for the lock', () =>
      readdirSync(join(state, 'locks')).some((name) => /-roadmap\.lock\./.test(name)),
    );
    process.kill(pid, 'SIGINT');
    const { code, json } = await adding;
    lock.release();
    assert.equal(code, 130);
    assert.equal(json().error.code, 'E_INTERRUPTED');
    assert.equal(readFileSync(path, 'utf8'), before);
    assert.equal((await roadmap('add', '--title', 'C')).code, 0);
  });

  it('has its exit codes, and one document for each', async (test) => {
    const { state, roadmap } = site(test);
    const added = (await roadmap('add', '--title', 'A', '--json')).json<{
      milestone: { id: string };
    }>();
    const { id } = added.result.milestone;
    assert.equal((await roadmap('remove', id, '--json')).json().error.exit, 3);
    assert.equal((await roadmap('update', 'nobody', '--percent', '1')).code, 2);
    assert.equal((await roadmap('import', '/nowhere.json', '--json')).json().error.exit, 5);
    assert.equal((await roadmap('complete', id)).code, 0);
    assert.equal((await roadmap('report', '--json')).json().ok, true);
    assert.match(readFileSync(join(state, 'index.html'), 'utf8'), /The one milestone is done/);
    writeFileSync(join(state, 'roadmap/roadmap.json'), '{"milestones": 1}');
    const odd = await roadmap('list', '--json');
    assert.equal(odd.code, 1);
    assert.equal(odd.json().error.code, 'E_ROADMAP_FILE');
    assert.equal(readFileSync(join(state, 'roadmap/roadmap.json'), 'utf8'), '{"milestones": 1}');
  });
});
