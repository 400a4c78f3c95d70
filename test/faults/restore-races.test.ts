import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { checkout, type RunResult, runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { type Act, type FaultyRun, runWithFault, whyNoShim } from './shim.ts';

/** What a user may do to whom root restores for: each of these was won by chance once, and is certain here. */
const skip = whyNoShim ?? (process.geteuid?.() === 0 ? false : 'takes root');
const stranger = 65_534;
const omOps = join(checkout, 'bin/om-ops');

interface Site {
  base: string;
  profile: string;
  /** A backup with a member for the folder itself, and one without. */
  server: string;
  config: string;
}

const all: { site: Site | undefined } = { site: undefined };
const cleaning: (() => void | Promise<void>)[] = [];

after(async () => {
  for (const clean of cleaning) await clean();
});

async function makeSite(): Promise<Site> {
  const base = temporaryFolder({ after: (clean) => cleaning.push(clean) });
  chmodSync(base, 0o755);
  const root = join(base, 'site');
  mkdirSync(join(root, 'server/big'), { recursive: true });
  for (const name of ['one', 'two']) writeFileSync(join(root, 'server/big', name), name);
  symlinkSync('one', join(root, 'server/big/link'));
  chownSync(join(root, 'server/big/one'), stranger, stranger);
  spawnSync('chown', ['-h', `${stranger}:${stranger}`, join(root, 'server/big/link')]);
  writeFileSync(join(root, 'server/.env'), 'DB_NAME=x\nDB_PASSWORD=y\n');
  const profile = join(base, 'om-ops.yaml');
  writeFileSync(profile, `site: races\nroot: ${root}\nstate: ${join(base, 'state')}\n`);
  const archiveOf = async (category: string): Promise<string> => {
    const run = await runOmOps(['backup', 'run', category, '--json', '--site', profile]);
    const { result } = run.json<{ backups: { path: string }[] }>();
    assert.ok(result.backups[0], run.stdout);
    return result.backups[0].path;
  };
  return { base, profile, server: await archiveOf('server'), config: await archiveOf('config') };
}

interface Home {
  /** Belongs to the stranger. */
  folder: string;
  /** Root's, 0600, in that folder. */
  secret: string;
}

function makeHome(context: TestContext): Home {
  const folder = join(temporaryFolder(context), 'home');
  mkdirSync(folder);
  chownSync(folder, stranger, stranger);
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'secret', { mode: 0o600 });
  return { folder, secret };
}

function assertUntouched(path: string): void {
  const { mode, uid } = lstatSync(path);
  assert.deepEqual([mode & 0o7777, uid], [0o600, 0], `${path} was changed`);
  assert.equal(readFileSync(path, 'utf8'), 'secret');
}

function restore(argv: readonly string[], below: string, extra: object = {}): Promise<FaultyRun> {
  const { profile } = all.site as Site;
  const command = ['backup', 'restore', ...argv, '--json', '--site', profile];
  return runWithFault(command, { below, ...extra });
}

/** Moves away what is called so and puts something else there. */
function swap(what: string, instead: string): Act {
  return { hook: `for name in ${what}; do mv "$name" "$name.away"; ${instead}; done` };
}

function assertFailed(run: RunResult, code: RegExp): void {
  const { ok, error } = run.json();
  assert.equal(ok, false);
  assert.match(error.code, code, run.stdout);
  assert.ok(run.code !== 0);
}

if (skip === false)
  before(async () => {
    all.site = await makeSite();
  });

describe('what somebody else renames while root restores', { skip }, () => {
  for (const kind of ['server', 'config'] as const) {
    for (const existing of [false, true]) {
      test(`the unfinished folder for a link: ${kind}, ${existing ? 'an empty' : 'a new'} target`, async (context) => {
        const site = all.site as Site;
        const clean = await attempt(undefined);
        assert.equal(clean.run.code, 0, clean.run.stdout);
        // Before the first and the last call of each kind on it.
        const steps = clean.run.calls.filter(({ path, number }, _at, calls) => {
          const alike = calls.filter(({ name }) => name === calls[number - 1]?.name);
          const isEnd = [alike[0], alike.at(-1)].some((one) => one?.number === number);
          return isEnd && path.includes('.om-ops-restore.');
        });
        assert.ok(steps.length > 5);
        for (const { number } of steps) {
          const { run, home } = await attempt(number);
          assertUntouched(home.secret);
          const isThere = existsSync(join(home.folder, 'restored'));
          if (run.code === 0)
            assert.ok(isThere && !lstatSync(join(home.folder, 'restored')).isSymbolicLink());
          else assertFailed(run, /^E_(TARGET_CHANGED|NOT_EMPTY)$/);
        }
        async function attempt(at: number | undefined): Promise<{ run: FaultyRun; home: Home }> {
          const home = makeHome(context);
          const to = join(home.folder, 'restored');
          if (existing) {
            mkdirSync(to);
            chownSync(to, stranger, stranger);
          }
          const only = kind === 'server' ? ['--only', 'big/**'] : [];
          const act = swap(
            `${home.folder}/.om-ops-restore.*.partial`,
            `ln -s ${home.secret} "$name"`,
          );
          const fault = at === undefined ? {} : { at, act };
          const calls = ['mkdir', 'look', 'open', 'chmod', 'syncfs', 'rename'];
          const run = await restore([site[kind], '--to', to, ...only], home.folder, {
            calls,
            ...fault,
          });
          return { run, home };
        }
      });
    }
  }

  test('a folder of root that is named like an unfinished restore', async (context) => {
    const { server } = all.site as Site;
    const home = makeHome(context);
    const dead = '.om-ops-restore.4194303-1-0000000000000000-00000000.partial';
    const first = await restore([server, '--to', join(home.folder, 'a')], home.folder);
    const made = first.calls.find(({ name }) => name === 'mkdir')?.realPath ?? '';
    // As of this host and boot, and of a process that has ended.
    const name = (made.split('/').at(-1) ?? dead).replace(/\.\d+-\d+-/, '.4194303-1-');
    const precious = join(home.folder, name, 'precious');
    mkdirSync(precious, { recursive: true });
    writeFileSync(join(precious, 'file'), 'x');
    const run = await restore([server, '--to', join(home.folder, 'b')], home.folder);
    assert.equal(run.code, 0, run.stdout);
    assert.ok(existsSync(join(precious, 'file')));
    assert.match(run.json().warnings.join(), /others may rename what is in/);
    // Where only root may do that, it is what it is called.
    chownSync(home.folder, 0, 0);
    await restore([server, '--to', join(home.folder, 'c')], home.folder);
    assert.ok(!existsSync(precious));
  });

  test('in place: a folder above the target for a link, at every look at it', async (context) => {
    const { server } = all.site as Site;
    const clean = await attempt(undefined);
    assert.equal(clean.run.code, 0, clean.run.stdout);
    assert.ok(clean.run.calls.length >= 6);
    for (const { number } of clean.run.calls) {
      const { run, victim, away } = await attempt(number);
      assert.equal(readFileSync(join(victim, 'big/one'), 'utf8'), 'victim', `at ${number}`);
      assert.deepEqual(readdirSync(join(victim, 'big')), ['one']);
      const restored = readFileSync(join(away, 'big/one'), 'utf8') === 'one';
      // After the last look nothing is done any more.
      if (number === clean.run.calls.length) assert.ok(run.code === 0 && restored, run.stdout);
      else {
        assertFailed(run, /^E_TARGET_CHANGED$/);
        // What it says of what it did is so.
        assert.equal(run.json().result !== undefined, restored, run.stdout);
      }
    }
    async function attempt(at: number | undefined) {
      const home = makeHome(context);
      const site = join(home.folder, 'site');
      const victim = join(home.folder, 'victim/server');
      for (const [folder, text] of [
        [join(site, 'server'), 'old'],
        [victim, 'victim'],
      ] as const) {
        mkdirSync(join(folder, 'big'), { recursive: true });
        writeFileSync(join(folder, 'big/one'), text);
      }
      const act = swap(site, `ln -s ${join(home.folder, 'victim')} "$name"`);
      const argv = [server, '--in-place', '--to', join(site, 'server'), '--confirm', 'YES APPLY'];
      const fault = at === undefined ? {} : { at, act };
      const run = await restore(argv, join(site, 'server'), { calls: ['look'], ...fault });
      return { run, victim, away: join(home.folder, 'site.away/server') };
    }
  });

  test('in place: a link just made, for a file of root', async (context) => {
    const { server } = all.site as Site;
    const clean = await attempt(undefined);
    const made = clean.run.calls.find(({ path }) => path.endsWith('.partial'));
    assert.ok(made, clean.run.stdout);
    const { home } = await attempt(made.number);
    const moved = readdirSync(join(home.folder, 'site/big')).map((name) =>
      join(home.folder, 'site/big', name),
    );
    const secret = [home.secret, ...moved].find(
      (path) => lstatSync(path, { throwIfNoEntry: false })?.size === 6,
    );
    assertUntouched(secret ?? '');
    async function attempt(at: number | undefined) {
      const home = makeHome(context);
      const site = join(home.folder, 'site');
      mkdirSync(join(site, 'big'), { recursive: true });
      const act = { hook: `mv -T ${home.secret} "$1"` };
      const argv = [server, '--in-place', '--to', site, '--confirm', 'YES APPLY'];
      const fault = at === undefined ? {} : { at, act };
      // Opening the name is what comes after making the link; files are made by opening them.
      const run = await restore(argv, site, { calls: ['look'], ...fault });
      return { run, home };
    }
  });
});

describe('what the disk or the kernel does while om-ops restores', { skip }, () => {
  test('all is on the disk before it has its name', async (context) => {
    const { server } = all.site as Site;
    const home = makeHome(context);
    const to = join(home.folder, 'a');
    const aside = await restore([server, '--to', to], home.folder);
    const order = (run: FaultyRun): string[] =>
      run.calls
        .map(({ name }) => name)
        .filter((name) => /^(write|syncfs|rename|fsync)$/.test(name));
    assert.deepEqual(order(aside).slice(-3), ['syncfs', 'rename', 'fsync']);
    // New names as well as replaced ones.
    writeFileSync(join(to, 'big/one'), 'old');
    execFileSync('rm', [join(to, 'big/two')]);
    const argv = [server, '--in-place', '--to', to, '--confirm', 'YES APPLY'];
    const inPlace = order(await restore(argv, to));
    assert.ok(inPlace.indexOf('syncfs') > inPlace.lastIndexOf('write'), inPlace.join());
    assert.ok(inPlace.indexOf('syncfs') < inPlace.indexOf('rename'), inPlace.join());
    assert.equal(inPlace.at(-1), 'syncfs');
  });

  test('what fails when all is there says that it is there', async (context) => {
    const { server } = all.site as Site;
    const home = makeHome(context);
    const to = join(home.folder, 'a');
    const run = await restore([server, '--to', to], home.folder, {
      ...{ calls: ['fsync'], at: 1, act: { error: 'EIO' } },
    });
    assertFailed(run, /^E_IO$/);
    assert.equal(readFileSync(join(to, 'big/one'), 'utf8'), 'one');
    assert.equal(run.json<{ restored: { target: string } }>().result.restored.target, to);
  });

  test('an error that only flushing shows', async (context) => {
    const { server } = all.site as Site;
    const home = makeHome(context);
    const to = join(home.folder, 'a');
    const fault = { calls: ['syncfs'], at: 1, act: { error: 'EIO' } };
    assertFailed(await restore([server, '--to', to], home.folder, fault), /^E_IO$/);
    assert.ok(!existsSync(to));
    mkdirSync(join(to, 'big'), { recursive: true });
    writeFileSync(join(to, 'big/one'), 'old');
    const argv = [server, '--in-place', '--to', to, '--confirm', 'YES APPLY'];
    assertFailed(await restore(argv, home.folder, fault), /^E_IO$/);
    assert.equal(readFileSync(join(to, 'big/one'), 'utf8'), 'old');
    assert.deepEqual(readdirSync(join(to, 'big')), ['one']);
  });

  for (const [call, kind] of [
    ['chown', 'owner'],
    ['chmod', 'mode'],
    ['times', 'times'],
  ] as const) {
    test(`what could not be given is said: ${kind}`, async (context) => {
      const { server } = all.site as Site;
      const home = makeHome(context);
      const run = await restore([server, '--to', join(home.folder, 'a')], home.folder, {
        ...{ calls: [call], at: 1, act: { error: 'EPERM' }, sticky: true },
      });
      const { ok, result } = run.json<{ restored: { lost: { kind: string }[] } }>();
      assert.deepEqual([run.code, ok], [7, true], run.stdout);
      assert.deepEqual(
        result.restored.lost.map((one) => one.kind),
        [kind],
      );
    });
  }

  test('a folder without a word on what it is like is for its owner alone', async (context) => {
    const { config, profile } = all.site as Site;
    const home = makeHome(context);
    const to = join(home.folder, 'a');
    const run = await runOmOps(
      ['-c', 'umask 000; exec "$@"', 'sh', omOps, 'backup', 'restore', config, '--to', to],
      { program: '/bin/sh', env: { OM_OPS_SITE: profile } },
    );
    assert.equal(run.code, 0, run.stderr);
    assert.equal(statSync(to).mode & 0o7777, 0o700);
  });

  test('what is immutable is named, before anything is written', async (context) => {
    const { server } = all.site as Site;
    const home = makeHome(context);
    const to = join(home.folder, 'a');
    mkdirSync(join(to, 'big'), { recursive: true });
    writeFileSync(join(to, 'big/two'), 'old');
    for (const fixed of [join(to, 'big/two'), join(to, 'big'), to]) {
      if (spawnSync('chattr', ['+i', fixed]).status !== 0)
        return context.skip('the file system has no immutable files');
      try {
        const argv = [server, '--in-place', '--to', to, '--confirm', 'YES APPLY'];
        const run = await restore(argv, home.folder);
        const { error } = run.json();
        assert.deepEqual([run.code, error.code], [5, 'E_PERMISSION']);
        assert.match(error.message, /is immutable.*Nothing was changed/);
        assert.match(error.suggestions.join(), /chattr -i/);
        assert.deepEqual(readdirSync(join(to, 'big')), ['two']);
      } finally {
        execFileSync('chattr', ['-i', fixed]);
      }
    }
    execFileSync('chattr', ['+i', home.folder]);
    try {
      const run = await restore([server, '--to', join(home.folder, 'b')], home.folder);
      assert.equal(run.code, 5);
      assert.match(run.json().error.message, /immutable/);
    } finally {
      execFileSync('chattr', ['-i', home.folder]);
    }
  });

  test('a backup goes to a file system that keeps no modes, and says so', async (context) => {
    const { profile } = all.site as Site;
    const state = join(temporaryFolder(context), 'state');
    const run = await runWithFault(
      ['backup', 'run', 'server', '--json', '--site', profile],
      { below: state, calls: ['chmod'], at: 1, act: { error: 'EPERM' }, sticky: true },
      { env: { OM_OPS_STATE: state } },
    );
    assert.equal(run.code, 0, run.stdout);
    assert.ok(run.calls.some(({ isHit }) => isHit));
    assert.match(run.json().warnings.join(), /keeps no modes/);
  });
});

test('a file system without links is told from one that may not be written to', {
  skip,
}, async (context) => {
  const folder = temporaryFolder(context);
  const target = join(folder, 'to');
  const at = { calls: ['symlink'], at: 1, act: { error: 'EPERM' } as const };
  const run = await restore(['server', '--to', target], folder, at);
  assert.ok(run.calls.some(({ isHit }) => isHit));
  const { error } = run.json();
  assert.deepEqual([run.code, error.code], [5, 'E_NO_LINKS'], run.stdout);
  assert.match(error.message, /big\/link .*: the file system there keeps no symbolic links/);
  assert.equal(existsSync(target), false);
});
