import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { exec } from '@om-ops/kit';
import { checkout } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';

/** What the release script works on, with the given changesets and no others. */
async function repository(test: TestContext, changesets: Readonly<Record<string, string>>) {
  const root = temporaryFolder(test);
  for (const part of ['.changeset', 'kit', 'plugins', 'package.json', 'package-lock.json']) {
    cpSync(join(checkout, part), join(root, part), {
      recursive: true,
      filter: (path) => !/\/(?:node_modules|dist|lib|src|test)$/.test(path),
    });
  }
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  for (const name of (await exec('ls', [join(root, '.changeset')])).stdout.trim().split('\n'))
    if (name.endsWith('.md')) rmSync(join(root, '.changeset', name));
  for (const [name, text] of Object.entries(changesets))
    writeFileSync(join(root, '.changeset', `${name}.md`), text);
  const git = (...args: string[]) =>
    exec('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], { cwd: root });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'start');
  const versionOf = (folder: string) =>
    (JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { version: string })
      .version;
  const release = () =>
    exec(process.execPath, [join(checkout, 'scripts/release.mjs'), '--versions-only'], {
      env: { OM_OPS_RELEASE_ROOT: root },
    });
  return { root, versionOf, release };
}

const next = (version: string, at: 0 | 1 | 2) =>
  version
    .split('.')
    .map((part, index) => (index < at ? part : index === at ? String(Number(part) + 1) : '0'))
    .join('.');

describe('a release', () => {
  it('of a kit minor leaves the plugins in range, and versions the binary too', async (test) => {
    const { root, versionOf, release } = await repository(test, {
      wait: "---\n'@om-ops/kit': minor\n---\n\nThe kit learns to wait.\n",
    });
    const before = {
      kit: versionOf('kit'),
      backup: versionOf('plugins/backup'),
      root: versionOf('.'),
    };
    await release();
    assert.equal(versionOf('kit'), next(before.kit, 1));
    assert.equal(versionOf('plugins/backup'), before.backup);
    assert.equal(versionOf('.'), next(before.root, 1));
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.equal(manifest.dependencies['@om-ops/kit'], next(before.kit, 1));
    assert.match(
      readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
      new RegExp(`^# om-ops\\n\\n## ${next(before.root, 1)}\\n\\n- @om-ops/kit `),
    );
  });

  it('takes a step of the binary alone, and does nothing without a changeset', async (test) => {
    const alone = await repository(test, {
      menu: "---\n'om-ops': patch\n---\n\nA clearer menu.\n",
    });
    const before = alone.versionOf('.');
    const kit = alone.versionOf('kit');
    await alone.release();
    assert.equal(alone.versionOf('.'), next(before, 2));
    assert.equal(alone.versionOf('kit'), kit);
    const { stdout } = await alone.release();
    assert.match(stdout, /Nothing to release/);
    assert.equal(alone.versionOf('.'), next(before, 2));
  });

  it('keeps every plugin on a range of the kit, not on one version', async () => {
    const { stdout } = await exec('git', ['ls-files', 'plugins/*/package.json'], { cwd: checkout });
    for (const file of stdout.trim().split('\n')) {
      const { peerDependencies } = JSON.parse(readFileSync(join(checkout, file), 'utf8'));
      assert.match(peerDependencies['@om-ops/kit'], /^\^[1-9]\d*\.\d+\.\d+$/, file);
    }
  });
});
