import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { checkout, runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';

describe('npm run new-plugin', () => {
  it('makes a plugin that passes every check untouched, and whose command runs', async (test) => {
    const folder = temporaryFolder(test);
    const root = join(folder, 'checkout');
    const { stdout: files } = await exec('git', ['ls-files', '-z'], { cwd: checkout });
    for (const file of files.split('\0').filter(Boolean))
      cpSync(join(checkout, file), join(root, file), { verbatimSymlinks: true });
    await exec('cp', ['-a', '--link', join(checkout, 'node_modules'), root]);
    const run = (...argv: string[]) =>
      exec(process.execPath, argv, { cwd: root, env: { npm_config_update_notifier: 'false' } });
    const git = (...argv: string[]) => exec('git', argv, { cwd: root });
    await git('init', '--quiet');
    await git('add', '--all');

    await run('scripts/new-plugin.mjs', 'disk-space');
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.ok(manifest.oclif.plugins.includes('@om-ops/plugin-disk-space'));
    await run('scripts/test.mjs', 'types', 'lint', 'unused', 'imports', 'manifest', 'readme');
    const { stdout } = await run('scripts/test.mjs', 'unit', 'disk-space');
    assert.match(stdout, /^2 passed, 0 failed/m);
    const status = await runOmOps(['disk-space', 'status', '--json'], {
      program: join(root, 'bin/om-ops'),
      env: { OM_OPS_STATE: join(folder, 'state') },
    });
    // The default site is not on this machine.
    assert.equal(status.code, 5, status.stderr);
    assert.equal(status.json().error.code, 'E_NOT_FOUND');
  });

  it('refuses a name that is taken or is none, with nothing made', async () => {
    for (const name of ['backup', 'config', 'Big', '../x', '']) {
      const { exitCode, stderr } = await exec(
        process.execPath,
        [join(checkout, 'scripts/new-plugin.mjs'), name],
        { accept: 'any' },
      );
      assert.equal(exitCode, 2, name);
      assert.match(stderr, /already|of its own|Name the topic/, name);
    }
  });
});
