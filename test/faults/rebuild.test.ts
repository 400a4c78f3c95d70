import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { smallSite } from '@om-ops/test-support/small-site';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { type Fault, type FaultyRun, runWithFault, whyNoShim } from './shim.ts';

// A rebuild of the front end with a fault at every step of its own, and in every program that it starts: afterwards
// dist and packages are the old ones or the new ones, whole, and what is said is so.

const argv = ['build', 'frontend', '--json', '--confirm', 'YES APPLY'];

/** Clears what it writes to, and writes it file by file. */
const build = `
const fs = require('fs');
const at = process.argv.indexOf('--outDir');
const out = at === -1 ? 'dist' : process.argv[at + 1];
fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out);
if (fs.existsSync('../../fails')) process.exit(7);
for (const name of fs.readdirSync('src')) fs.copyFileSync('src/' + name, out + '/' + name);
`;

interface Place {
  folder: string;
  root: string;
  state: string;
  profile: string;
  /** The part's folder. */
  part: string;
}

function makePlace(t: TestContext, { out = 'null', linked = false } = {}): Place {
  const folder = temporaryFolder(t);
  const { root, state, profile } = smallSite(
    folder,
    {
      'front-end/package.json':
        '{"name": "front", "version": "1.0.0", "private": true, "scripts": {"build": "node build.cjs"}}',
      'front-end/package-lock.json':
        '{"name": "front", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "front", "version": "1.0.0"}}}',
      'front-end/build.cjs': build,
      'front-end/src/index.html': '<script src="/app-22222222.js"></script>',
      'front-end/src/app-22222222.js': '"new"',
      'front-end/dist/index.html': '<script src="/app-11111111.js"></script>',
      'front-end/dist/app-11111111.js': '"old"',
      'front-end/dist/app-00000000.js': '"very old"',
      'front-end/node_modules/thing/index.js': '1',
      'state/build/old-assets.json': '',
    },
    {
      root: join(folder, 'root'),
      state: join(folder, 'root/state'),
      profile: `database: {engine: none}\nbuild: {out: ${out}}`,
    },
  );
  chmodSync(state, 0o700);
  const part = join(root, 'front-end');
  // Expired: it goes with the next build.
  writeFileSync(
    join(state, 'build/old-assets.json'),
    '{"app-00000000.js": "2020-01-01T00:00:00.000+00:00"}',
  );
  if (linked) {
    mkdirSync(join(part, 'releases'));
    renameSync(join(part, 'dist'), join(part, 'releases/1'));
    symlinkSync('releases/1', join(part, 'dist'));
  }
  const place = { folder, root, state, profile, part };
  programs(place);
  return place;
}

/** The real npm takes a second, and is none of what is tried here: this one runs the script as it does. */
const npm = `case $1 in
  ci) mkdir -p node_modules; echo '{"packages": {}}' > node_modules/.package-lock.json ;;
  run) shift 2; [ "$1" = -- ] && shift; node build.cjs "$@" ;;
esac`;

/** Each is the real one but at one call of all of them, which stands in `at`: what to do instead. */
function programs({ folder }: Place): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, rest] of [
    ['npm', npm],
    ['cp', 'exec /bin/cp "$@"'],
  ] as const) {
    const text = `#!/bin/sh
echo >> ${folder}/calls
if [ "$(wc -l < ${folder}/calls)" = "$(cat ${folder}/at)" ]; then
  case "$(cat ${folder}/act)" in
    fail) echo '${name} does not want' >&2; exit 1 ;;
    term) kill -TERM "$(ps -o ppid= -p $$)"; exec sleep 60 ;;
  esac
fi
${rest}
`;
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  }
  for (const name of ['calls', 'at', 'act']) writeFileSync(join(folder, name), '');
}

const environment = ({ profile, folder }: Place) => ({
  env: { OM_OPS_SITE: profile, PATH: `${folder}/bin:${process.env.PATH}` },
});

/** Every name below the part with what it is, but what rebuilds keep. */
function snapshot({ part }: Place): string {
  const lines: string[] = [];
  const add = (name: string): void => {
    const path = join(part, name);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) lines.push(`${name} -> ${readlinkSync(path)}`);
    else if (stat.isFile())
      lines.push(
        `${name} ${stat.mode} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`,
      );
    else {
      lines.push(`${name}/ ${stat.mode}`);
      for (const one of readdirSync(path).sort())
        if (!/^\.om-ops-(?:build|next)/.test(one)) add(`${name}/${one}`);
    }
  };
  add('.');
  return lines.join('\n');
}

/** What rebuilds keep, and have to clear away. */
function leftBehind({ part }: Place): string[] {
  const folder = join(part, '.om-ops-build');
  const kept = existsSync(folder) ? readdirSync(folder) : [];
  return [...kept, ...readdirSync(part)].filter((name) => /\d{6}|\.partial$/.test(name));
}

class Trials {
  readonly place: Place;
  readonly before: string;
  after = '';
  readonly found: string[] = [];
  readonly #template: string;

  constructor(place: Place) {
    this.place = place;
    this.before = snapshot(place);
    this.#template = join(place.folder, 'template');
    execFileSync('cp', ['-a', place.root, this.#template]);
  }

  /** As it was before any of them. */
  again(): void {
    rmSync(this.place.root, { recursive: true, force: true });
    execFileSync('cp', ['-a', this.#template, this.place.root]);
  }

  async fault(text: string, fault: Omit<Fault, 'below'>): Promise<void> {
    this.again();
    const run = await runWithFault(
      argv,
      { below: this.place.root, ...fault },
      environment(this.place),
    );
    await this.judge(
      text,
      run,
      run.calls.some(({ isHit }) => isHit),
    );
  }

  async judge(
    text: string,
    run: Pick<FaultyRun, 'code' | 'stdout' | 'json'>,
    didHappen = true,
  ): Promise<void> {
    try {
      assert.ok(didHappen, 'the fault did not happen');
      await this.#wrong(run);
    } catch (error) {
      this.found.push(`${text}: ${(error as Error).message.slice(0, 900)}`);
    }
  }

  async #wrong({ code, stdout, json }: Pick<FaultyRun, 'code' | 'stdout' | 'json'>): Promise<void> {
    const { place, before, after } = this;
    rmSync(join(place.folder, 'fails'), { force: true });
    const { ok, error, result, warnings } = json<{ outcome?: string }>();
    assert.equal(ok, code === 0, stdout);
    assert.doesNotMatch(stdout, /E_INTERNAL/);
    const now = snapshot(place);
    if (error?.code === 'E_UNDO_FAILED') {
      // What is said to help has to help.
      if (leftBehind(place).length > 0) {
        assert.match(error.message, /--put-back/);
        const run = await runOmOps([...argv, '--put-back'], environment(place));
        assert.equal(run.code, 0, run.stdout);
      }
      assert.equal(snapshot(place), before, stdout);
    } else assert.equal(now, result?.outcome === 'applied' ? after : before, stdout);
    if (leftBehind(place).length === 0) return;
    assert.ok(!ok || warnings.some((one) => /could not be cleared away/.test(one)), stdout);
    const next = await runOmOps(argv, environment(place));
    assert.equal(next.code, 0, `the build after it: ${next.stdout}`);
    assert.equal(snapshot(place), after, 'the build after it makes another dist');
    assert.deepEqual(leftBehind(place), [], 'the build after it does not clear up');
  }
}

/** A run without a fault, and what it did. */
async function trials(place: Place): Promise<{ all: Trials; calls: FaultyRun['calls'] }> {
  const all = new Trials(place);
  const { code, stdout, calls } = await runWithFault(
    argv,
    { below: place.root },
    environment(place),
  );
  assert.equal(code, 0, stdout);
  all.after = snapshot(place);
  assert.notEqual(all.after, all.before);
  return { all, calls };
}

/** Calls on the part and the record of old assets. Of clearing up, which is many of one kind, the first. */
function ownCalls(calls: FaultyRun['calls'], wanted = /./): FaultyRun['calls'] {
  const own = calls.filter(
    ({ name, path }) =>
      /\/front-end\/|old-assets/.test(path) && (name !== 'close' || /partial/.test(path)),
  );
  const isClearing = ({ name }: { name: string }) => /^(?:unlink|rmdir)$/.test(name);
  return own
    .filter((one, at) => !isClearing(one) || !isClearing(own[at - 1] ?? one))
    .filter(({ name }) => wanted.test(name));
}

const naming = /rename|exchange|link/;

describe('a rebuild, with a fault', () => {
  for (const [name, wanted, options] of [
    ['in its place', /./, {}],
    ['beside it', naming, { out: '{flag: --outDir}' }],
    ['where a link leads', /rename|exchange|symlink/, { linked: true }],
  ] as const)
    it(`in every call on the disk: built ${name}`, { skip: whyNoShim ?? false }, async (t) => {
      const place = makePlace(t, options);
      const { all, calls } = await trials(place);
      const chosen = ownCalls(calls, wanted);
      assert.ok(chosen.length >= 3, JSON.stringify(calls));
      for (const { number, name: call, path } of chosen) {
        const at = `${call} ${path.replaceAll(place.root, '')}`;
        await all.fault(`EIO at ${at}`, { at: number, act: { error: 'EIO' } });
        if (/rename|exchange/.test(call))
          await all.fault(`SIGTERM at ${at}`, { at: number, act: 'signal' });
      }
      assert.equal(all.found.length, 0, all.found.join('\n\n'));
    });

  for (const [name, options] of [
    ['in its place', {}],
    ['where a link leads', { linked: true }],
  ] as const)
    it(`in every call of putting back: ${name}`, { skip: whyNoShim ?? false }, async (t) => {
      const place = makePlace(t, options);
      const { all } = await trials(place);
      const fails = () => writeFileSync(join(place.folder, 'fails'), '');
      all.again();
      fails();
      const counted = { below: place.root, calls: ['rename', 'exchange', 'symlink', 'rmdir'] };
      const { code, calls, stdout } = await runWithFault(argv, counted, environment(place));
      assert.equal(code, 1, stdout);
      const own = ownCalls(calls);
      assert.ok(
        own.some(({ name: call }) => call === 'exchange'),
        JSON.stringify(calls),
      );
      for (const { number, name: call, path } of own)
        for (const sticky of [false, true]) {
          fails();
          const text = `EIO ${sticky ? 'from' : 'at'} ${call} ${path.replaceAll(place.root, '')}`;
          await all.fault(text, { ...counted, at: number, act: { error: 'EIO' }, sticky });
        }
      assert.equal(all.found.length, 0, all.found.join('\n\n'));
    });

  it('in every program that it starts: one that fails, or hears SIGTERM meanwhile', async (t) => {
    const place = makePlace(t);
    const tell = (name: string, text: string) => writeFileSync(join(place.folder, name), text);
    const { all } = await trials(place);
    tell('calls', '');
    all.again();
    assert.equal((await runOmOps(argv, environment(place))).code, 0);
    const usual = readFileSync(join(place.folder, 'calls'), 'utf8').length;
    assert.ok(usual >= 6, String(usual));
    for (const act of ['fail', 'term'])
      for (let number = 1; number <= usual; number += 1) {
        all.again();
        for (const [name, text] of [
          ['calls', ''],
          ['act', act],
          ['at', String(number)],
        ] as const)
          tell(name, text);
        const run = await runOmOps(argv, environment(place));
        tell('at', '');
        await all.judge(`${act} at ${number}`, run);
      }
    assert.equal(all.found.length, 0, all.found.join('\n\n'));
  });
});
