import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import { smallSite } from '@om-ops/test-support/small-site';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { loadSite } from '../../../kit/src/site/site.ts';
import { backupChecks } from '../src/checks.ts';
import BackupRun from '../src/commands/backup/run.ts';
import BackupVerify from '../src/commands/backup/verify.ts';

const profile = [
  'database: {engine: none}',
  'backup: {categories: {prod: null, front-end: null, images: null, nginx: null}}',
].join('\n');

async function made(test: CleansUp) {
  const site = smallSite(
    temporaryFolder(test),
    { 'server/app.js': 'x', '.env': 'A=1' },
    { profile },
  );
  mkdirSync(join(site.root, 'server'), { recursive: true });
  const sections = ['backup', 'database'];
  const loaded = await loadSite({ flag: site.profile, env: {}, cwd: site.root, sections });
  const answers = async () => {
    const signal = new AbortController().signal;
    const all = await Promise.all(
      backupChecks(loaded).map(async (check) => [check.key, await check.run(signal)] as const),
    );
    return Object.fromEntries(all);
  };
  return { ...site, answers };
}

describe('checks of the backups', () => {
  it('tell that there is none, that one is missing, late, damaged, unproved, and that all is well', async (test) => {
    const { profile: site, state, answers } = await made(test);
    const none = await answers();
    assert.deepEqual(
      [none.age?.state, none.state?.state, none.verified?.state, none.room?.state],
      ['critical', 'off', 'off', 'off'],
    );
    const run = await runCommand(BackupRun, ['server', '--json'], { site });
    assert.equal(run.code, 0, run.stdout);
    const one = await answers();
    assert.equal(one.age?.state, 'healthy');
    assert.equal(one.state?.state, 'warning');
    assert.match(one.state?.message ?? '', /There is no backup of config/);
    assert.equal(one.verified?.state, 'healthy');
    assert.match(one.verified?.message ?? '', /None was verified yet/);
    assert.equal(one.room?.state, 'healthy');
    await runCommand(BackupRun, ['config'], { site });
    assert.equal((await runCommand(BackupVerify, [], { site })).code, 0);
    const all = await answers();
    assert.deepEqual(
      [all.age?.state, all.state?.state, all.verified?.state],
      ['healthy', 'healthy', 'healthy'],
      JSON.stringify(all),
    );
    const [backup] = (
      run.json() as { result: { backups: { path: string; metadataPath: string }[] } }
    ).result.backups;
    assert.ok(backup !== undefined);
    assert.ok(backup.path.startsWith(state));
    // Two days old, and one is due every day.
    const sidecar = JSON.parse(readFileSync(backup.metadataPath, 'utf8'));
    const old = new Date(Date.now() - 2 * 86_400_000).toISOString();
    writeFileSync(backup.metadataPath, JSON.stringify({ ...sidecar, createdAt: old }));
    const late = await answers();
    assert.equal(late.age?.state, 'warning');
    assert.equal(late.age?.metrics?.[0]?.value, 2);
    const older = new Date(Date.now() - 20 * 86_400_000).toISOString();
    writeFileSync(backup.metadataPath, JSON.stringify({ ...sidecar, createdAt: older }));
    const unproved = await answers();
    assert.deepEqual([unproved.age?.state, unproved.verified?.state], ['critical', 'warning']);
    writeFileSync(backup.path, 'cut');
    assert.equal((await answers()).state?.state, 'critical');
  });
});
