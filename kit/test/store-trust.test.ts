import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { privateCacheFolder } from '../src/cache-folder.ts';
import { isOpsError } from '../src/errors.ts';
import { appendLog } from '../src/operation/log-file.ts';
import { locateProfile } from '../src/site/locate.ts';
import { acquireLock } from '../src/store/lock.ts';
import { temporaryPath } from '../src/store/temporary.ts';
import { checkState } from '../src/store/trust.ts';

const isRoot = process.getuid?.() === 0;
let folder: string;
let state: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'om-ops-trust-'));
  state = join(folder, 'state');
  mkdirSync(state, { mode: 0o700 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refuses = (code: string, exit: number) => (error: unknown) =>
  isOpsError(error) && error.code === code && error.exit === exit;

describe('checkState', () => {
  it('is content with a folder of ours, one that a group shares, and one that is not there', () => {
    mkdirSync(join(state, 'server'), { mode: 0o700 });
    assert.deepEqual(checkState(state), []);
    chmodSync(state, 0o2770);
    assert.deepEqual(checkState(state), []);
    assert.deepEqual(checkState(join(folder, 'none')), []);
  });

  it('refuses a folder that everybody may write to, sticky or not, and one below it', () => {
    for (const mode of [0o777, 0o1777]) {
      chmodSync(state, mode);
      assert.throws(() => checkState(state), refuses('E_UNSAFE_STATE', 5));
    }
    chmodSync(state, 0o755);
    mkdirSync(join(state, 'locks'));
    chmodSync(join(state, 'locks'), 0o777);
    assert.throws(() => checkState(state), refuses('E_UNSAFE_STATE', 5));
  });

  it("refuses another user's folder, or one of his or a link of his in ours", {
    skip: !isRoot,
  }, () => {
    chownSync(state, 1001, 1001);
    assert.throws(() => checkState(state), refuses('E_UNSAFE_STATE', 5));
    chownSync(state, 0, 0);
    mkdirSync(join(state, 'server'));
    chownSync(join(state, 'server'), 1001, 1001);
    assert.throws(() => checkState(state), refuses('E_UNSAFE_STATE', 5));
    rmSync(join(state, 'server'), { recursive: true });
    execFileSync('ln', ['-s', '/root', join(state, 'server')]);
    assert.deepEqual(checkState(state), []);
    execFileSync('chown', ['-h', '1001:1001', join(state, 'server')]);
    assert.throws(() => checkState(state), refuses('E_UNSAFE_STATE', 5));
  });
});

describe('what stands in the place of our files', () => {
  it('is not written to when it is a link or a FIFO', () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, join(state, 'om-ops.log'));
    assert.throws(() => appendLog(state, 'om-ops.log', 'a line\n'));
    execFileSync('mkfifo', [join(state, 'other.log')]);
    assert.throws(() => appendLog(state, 'other.log', 'a line\n'), /is no file/);
    assert.equal(execFileSync('cat', [victim], { encoding: 'utf8' }), 'mine');
  });

  it('is no lock, and is not waited for', async () => {
    execFileSync('mkfifo', [join(state, 'backup.lock')]);
    await assert.rejects(acquireLock(state, 'backup'), refuses('E_NOT_A_LOCK', 5));
  });
});

describe('a lock', () => {
  it('is taken with the unfinished ones of ended runs gone', async () => {
    const ended = JSON.parse(
      execFileSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `const { temporaryPath } = await import(${JSON.stringify(new URL('../src/store/temporary.ts', import.meta.url).href)});
           console.log(JSON.stringify(temporaryPath(${JSON.stringify(join(state, 'log.lock'))})));`,
        ],
        { encoding: 'utf8' },
      ),
    ) as string;
    const running = temporaryPath(join(state, 'other.lock'));
    writeFileSync(ended, '');
    writeFileSync(running, '');
    (await acquireLock(state, 'backup')).release();
    assert.deepEqual(execFileSync('ls', ['-A', state], { encoding: 'utf8' }).trim().split('\n'), [
      running.slice(state.length + 1),
    ]);
  });
});

describe('locateProfile', () => {
  const env = () => ({ HOME: join(folder, 'home') });

  it('does not use a profile that others may write, unless it is named', () => {
    const file = join(folder, 'om-ops.yaml');
    writeFileSync(file, 'site: x\n');
    assert.equal(locateProfile({ env: env(), cwd: folder }).file, file);
    chmodSync(file, 0o666);
    assert.throws(() => locateProfile({ env: env(), cwd: folder }), refuses('E_UNSAFE_SITE', 5));
    assert.equal(locateProfile({ env: env(), cwd: folder, flag: file }).file, file);
    assert.equal(locateProfile({ env: { ...env(), OM_OPS_SITE: file }, cwd: folder }).file, file);
  });

  it("does not use a stranger's", { skip: !isRoot }, () => {
    const file = join(folder, 'om-ops.yaml');
    writeFileSync(file, 'site: x\n', { mode: 0o644 });
    chownSync(file, 1001, 1001);
    assert.throws(() => locateProfile({ env: env(), cwd: folder }), refuses('E_UNSAFE_SITE', 5));
  });

  it('says what a shell does to ~ after =', () => {
    assert.throws(
      () => locateProfile({ env: env(), cwd: folder, flag: '~/om.yaml' }),
      (error: unknown) =>
        isOpsError(error) && error.suggestions.some((one) => one.includes('--site ~/om.yaml')),
    );
  });
});

describe('privateCacheFolder', () => {
  it("makes nothing in another user's HOME", { skip: !isRoot }, () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    chownSync(home, 1001, 1001);
    assert.equal(privateCacheFolder({ HOME: home }), undefined);
    assert.equal(execFileSync('ls', ['-A', home], { encoding: 'utf8' }), '');
    mkdirSync(join(home, '.cache'));
    chownSync(join(home, '.cache'), 1001, 1001);
    assert.equal(privateCacheFolder({ HOME: home }), undefined);
    assert.equal(execFileSync('ls', ['-A', join(home, '.cache')], { encoding: 'utf8' }), '');
    chownSync(home, 0, 0);
    rmSync(join(home, '.cache'), { recursive: true });
    assert.equal(privateCacheFolder({ HOME: home }), join(home, '.cache/om-ops'));
  });
});
