import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gitPlugin, loadedSite } from './contribution.ts';
import { bareRemote, gitSite } from './git-site.ts';

const signal = new AbortController().signal;

describe('what git says of the checkout', () => {
  it('is healthy, then warns of what is not committed and not pushed, then of a merge', async (t) => {
    const site = gitSite(t);
    bareRemote(site);
    site.git('push', '-qu', 'origin', 'main');
    const loaded = await loadedSite(site);
    const states = async () => {
      const checks = (await gitPlugin.checks?.(loaded)) ?? [];
      const found = checks.map(async ({ key, run }) => [key, (await run(signal)).state] as const);
      return Object.fromEntries(await Promise.all(found));
    };
    const panel = () => gitPlugin.state?.({ site: loaded, signal, now: new Date() });
    assert.deepEqual(await states(), { changes: 'healthy', upstream: 'healthy', state: 'healthy' });
    assert.equal((await panel())?.state, 'healthy');
    site.git('commit', '-qm', 'ahead', '--allow-empty');
    site.write('b.txt', 'x');
    assert.deepEqual(await states(), { changes: 'warning', upstream: 'warning', state: 'healthy' });
    const card = await panel();
    assert.equal(card?.state, 'warning');
    assert.deepEqual(
      card?.metrics.map(({ key, value }) => [key, value]),
      [
        ['changes', 1],
        ['ahead', 1],
        ['behind', 0],
      ],
    );
    site.git('bisect', 'start');
    assert.equal((await states()).state, 'critical');
    site.git('bisect', 'reset');
    site.git('checkout', '-q', '--detach');
    assert.deepEqual(await states(), { changes: 'warning', upstream: 'off', state: 'warning' });
    rmSync(join(site.root, '.git'), { recursive: true });
    assert.deepEqual(await states(), { changes: 'off', upstream: 'off', state: 'off' });
    assert.equal((await panel())?.state, 'off');
  });

  it('says what is needed, and a job that is worth running', async (t) => {
    const site = gitSite(t, undefined, { identity: false });
    const loaded = await loadedSite(site);
    const needed = (await gitPlugin.requirements?.(loaded)) ?? [];
    assert.deepEqual(
      needed.map(({ name, state }) => `${name}: ${state}`),
      [
        'git: ok',
        `${site.root}: ok`,
        'a name and an e-mail address for git: absent',
        'the remote origin: absent',
      ],
    );
    assert.deepEqual(
      (await gitPlugin.tasks?.(loaded))?.map(({ argv }) => argv[1]),
      ['checkpoint'],
    );
  });
});
