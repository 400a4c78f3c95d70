import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';

function site(test: TestContext, mode = '755') {
  const folder = temporaryFolder(test);
  const root = join(folder, 'site');
  mkdirSync(join(root, 'docs'), { recursive: true });
  const profile = join(folder, 'om-ops.yaml');
  const uploads = `{dirs: [docs, new], owner: root, mode: "${mode}", smoke: {path: /docs}}`;
  writeFileSync(
    profile,
    `site: demo\nroot: site\nstate: ../state\nbackend: {port: 1}\ndatabase: {engine: none}\nuploads: ${uploads}\n`,
  );
  return (...argv: string[]) =>
    runOmOps(['uploads', ...argv], {
      env: { OM_OPS_SITE: profile, HOME: folder },
      ...(process.geteuid?.() === 0 ? {} : {}),
    });
}

describe('uploads', { skip: process.geteuid?.() === 0 ? false : 'needs root' }, () => {
  it('checks, fixes and checks again, and writes down what was changed', async (test) => {
    const uploads = site(test);
    const bad = await uploads('check');
    assert.equal(bad.code, 6);
    assert.match(bad.stdout, /Tried as root, after uploads\.owner of the profile/);
    assert.match(bad.stdout, /new\n {2}It does not exist\./);
    assert.equal((await uploads('fix')).code, 3);
    const fixed = await uploads('fix', '--confirm', 'YES APPLY');
    assert.equal(fixed.code, 0, fixed.stderr);
    assert.equal((await uploads('check')).code, 0);
  });

  it('has its exit codes: 2 for a bad profile, 6 for an address that does not answer', async (test) => {
    assert.equal((await site(test, 'rwx')('check')).code, 2);
    assert.equal((await site(test)('smoke')).code, 6);
    assert.equal((await site(test)('paths', '--json')).json().ok, true);
  });
});
