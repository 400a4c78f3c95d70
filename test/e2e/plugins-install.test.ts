import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { checkout, runOmOps } from '@om-ops/test-support/om-ops';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';

const file = 'om-ops-plugin-hello-1.0.0.tgz';

/** A plugin of somebody else's, packed. */
async function packed(test: CleansUp): Promise<{ folder: string; home: string }> {
  const folder = temporaryFolder(test);
  const home = join(folder, 'home');
  mkdirSync(home);
  const plugin = join(checkout, 'test/fixtures/plugin-hello');
  await exec('npm', ['pack', '--silent', '--pack-destination', folder, plugin], { cwd: folder });
  return { folder, home };
}

describe('plugins install', () => {
  it('takes a file whatever the names of its folders are', async (t) => {
    const { folder, home } = await packed(t);
    const cwd = join(folder, 'my plugins #1 100%20');
    mkdirSync(cwd);
    renameSync(join(folder, file), join(cwd, file));
    const installed = await runOmOps(['plugins', 'install', `./${file}`], {
      cwd,
      env: { HOME: home },
    });
    assert.equal(installed.code, 0, installed.stderr);
    const said = await runOmOps(['hello', 'say', 'Ada'], { env: { HOME: home } });
    assert.equal(said.stdout, 'hello Ada\n', said.stderr);
  });

  it('makes nothing in the folder of another user', {
    skip: process.getuid?.() === 0 ? false : 'needs root to give a folder away',
  }, async (t) => {
    const { folder, home } = await packed(t);
    chownSync(home, 65534, 65534);
    const refused = await runOmOps(['plugins', 'install', `./${file}`, '--json'], {
      cwd: folder,
      env: { HOME: home },
    });
    assert.equal(refused.code, 5, refused.stderr);
    const { code, message, suggestions } = refused.json().error;
    assert.equal(code, 'E_PERMISSION');
    assert.match(message, /belongs to another user/);
    assert.match(suggestions.join(' '), /sudo -H/);
    assert.equal(existsSync(join(home, '.local')), false);
    assert.deepEqual(readdirSync(home), []);
  });
});
