import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import UploadsFix, { type FixResult } from '../src/commands/uploads/fix.ts';
import { applyRepair, planRepairs, repairsHold, undoRepairs } from '../src/fix.ts';
import { isRoot, make, nobody, type UploadSite, uploadSite } from './site.ts';

const asRoot = { skip: isRoot ? false : 'needs root' };
const yes = ['--confirm', 'YES APPLY'];

function fix({ profile, folder }: UploadSite, ...argv: string[]) {
  chmodSync(folder, 0o755);
  return runCommand(UploadsFix, [...argv, '--json'], { site: profile });
}

function shape(path: string) {
  const { uid, gid, mode } = statSync(path);
  return [uid, gid, (mode & 0o7777).toString(8)];
}

describe('uploads fix', asRoot, () => {
  it('makes what is missing, parents too, whatever the umask, and a second time finds nothing to do', async (test) => {
    const site = uploadSite(test, ['a/b', 'c']);
    const before = process.umask(0o077);
    test.after(() => process.umask(before));
    const first = await fix(site, ...yes);
    assert.equal(first.code, 0, first.stdout);
    assert.equal(first.json<FixResult>().result.outcome, 'applied');
    for (const name of ['a', 'a/b', 'c'])
      assert.deepEqual(shape(join(site.root, name)), [nobody.uid, nobody.gid, '755'], name);
    const second = await fix(site, ...yes);
    assert.equal(second.json<FixResult>().result.outcome, 'unchanged');
    assert.equal(second.code, 0);
  });

  it('tells old and new in a dry run and changes nothing, and nothing without the phrase', async (test) => {
    const site = uploadSite(test, ['docs', 'new']);
    const docs = join(site.root, 'docs');
    make(docs, 0o700);
    const dry = await fix(site, '--dry-run');
    assert.equal(dry.code, 0);
    const { outcome, changes } = dry.json<FixResult>().result;
    assert.equal(outcome, 'planned');
    assert.deepEqual(
      changes.map(({ what, detail }) => [what, detail]),
      [
        [docs, 'root 0700 → nobody 0755'],
        [join(site.root, 'new'), 'nobody 0755'],
      ],
    );
    assert.equal((await fix(site)).code, 3);
    assert.deepEqual(shape(docs), [0, 0, '700']);
    assert.equal(existsSync(join(site.root, 'new')), false);
    assert.equal(existsSync(join(site.state, 'om-ops.log')) && false, false);
  });

  it('never goes into a folder, never follows a link, and says what it left alone with 7', async (test) => {
    const site = uploadSite(test, ['docs', 'link', 'deep/link/x']);
    const docs = join(site.root, 'docs');
    make(docs, 0o700);
    writeFileSync(join(docs, 'kept'), '', { mode: 0o600 });
    const precious = join(site.folder, 'precious');
    make(precious, 0o700);
    symlinkSync(precious, join(site.root, 'link'));
    mkdirSync(join(site.root, 'deep'));
    symlinkSync(precious, join(site.root, 'deep/link'));
    const { code, json } = await fix(site, ...yes);
    assert.equal(code, 7);
    assert.equal(json<FixResult>().result.refused.length, 2);
    assert.deepEqual(shape(precious), [0, 0, '700']);
    assert.deepEqual(shape(join(docs, 'kept')), [0, 0, '600']);
    assert.deepEqual(shape(docs), [nobody.uid, nobody.gid, '755']);
  });

  it('takes from everybody the right to write, and keeps what else the operator set', async (test) => {
    const site = uploadSite(test, ['docs'], { owner: 'nobody' });
    const docs = join(site.root, 'docs');
    make(docs, 0o777, nobody);
    chmodSync(docs, 0o3777);
    assert.equal((await fix(site, ...yes)).code, 0);
    assert.deepEqual(shape(docs), [nobody.uid, nobody.gid, '3775']);
  });

  it('leaves a folder alone that its user cannot reach, and says how to open the way', async (test) => {
    const site = uploadSite(test, ['closed/docs', 'open']);
    make(join(site.root, 'closed'), 0o700);
    const { code, json } = await fix(site, ...yes);
    assert.equal(code, 7);
    const [refused] = json<FixResult>().result.refused;
    assert.match(refused?.why ?? '', /may not pass through .*closed; allow it: chmod o\+x/);
    assert.equal(existsSync(join(site.root, 'closed/docs')), false);
    assert.ok(existsSync(join(site.root, 'open')));
  });
});

describe('repairs', asRoot, () => {
  const plan = (root: string, ...names: string[]) =>
    planRepairs({
      folders: names.map((name) => join(root, name)),
      root,
      owner: { name: 'nobody', group: 'nogroup', ...nobody },
      mode: 0o755,
      keepsOwner: () => false,
      isRight: () => false,
      blockedAt: () => undefined,
      nameOf: async (uid) => String(uid),
    });

  it('are put back whole after a fault at every step', async (test) => {
    for (let fault = 0; fault <= 3; fault++) {
      const { root } = uploadSite(test, []);
      make(join(root, 'old'), 0o711);
      const planned = await plan(root, 'old', 'new/deep');
      assert.equal(planned.repairs.length, 3);
      for (const repair of planned.repairs.slice(0, fault)) applyRepair(planned, repair);
      undoRepairs(planned);
      assert.deepEqual(shape(join(root, 'old')), [0, 0, '711']);
      assert.equal(existsSync(join(root, 'new')), false);
    }
  });

  it('touch nothing that was put in the place of a folder meanwhile', async (test) => {
    const { root, folder } = uploadSite(test, []);
    const precious = join(folder, 'precious');
    make(precious, 0o700);
    make(join(root, 'old'), 0o700);
    const planned = await plan(root, 'old', 'new');
    renameSync(join(root, 'old'), join(root, 'away'));
    symlinkSync(precious, join(root, 'old'));
    assert.equal(repairsHold(planned), false);
    assert.throws(() => applyRepair(planned, planned.repairs[0]!), { code: 'E_IO' });
    assert.deepEqual(shape(precious), [0, 0, '700']);
  });

  it('keep a made folder that was filled meanwhile, and say so', async (test) => {
    const { root } = uploadSite(test, []);
    const planned = await plan(root, 'new');
    for (const repair of planned.repairs) applyRepair(planned, repair);
    writeFileSync(join(root, 'new/upload'), 'x');
    chownSync(join(root, 'new/upload'), nobody.uid, nobody.gid);
    assert.throws(() => undoRepairs(planned), /there is something in it/);
    assert.ok(existsSync(join(root, 'new/upload')));
  });
});
