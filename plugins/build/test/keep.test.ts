import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { exec, type Step } from '@om-ops/kit';
import { smallSite } from '@om-ops/test-support/small-site';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { keepCopies } from '../src/rebuild/keep.ts';
import { putBack } from '../src/rebuild/put-back.ts';
import { keptFolders } from '../src/rebuild/way-back.ts';

const noMount = process.getuid?.() === 0 ? false : 'needs root, to mount a small file system';

/** What was made last is taken away first: a disk before the folder that it lies in. */
function lastFirst(t: TestContext): CleansUp {
  const steps: (() => unknown)[] = [];
  t.after(async () => {
    for (const step of steps.reverse()) await step();
  });
  return { after: (step) => void steps.push(step) };
}

function disk(t: CleansUp, folder: string, mib: number): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder]);
  t.after(() => void execFileSync('umount', ['-l', folder]));
}

/** Notes what is said, and runs what is run. */
function plainStep(notes: string[]): Step {
  return {
    note: (text: string) => notes.push(text),
    exec: (program: string, args: readonly string[], options = {}) => exec(program, args, options),
  } as unknown as Step;
}

const signal = new AbortController().signal;

describe('what a rebuild keeps', { skip: noMount }, () => {
  it('is hard links where copies of the packages would fill the disk, and it says what was written into them', async (test) => {
    const t = lastFirst(test);
    const folder = join(temporaryFolder(t), 'part');
    disk(t, folder, 12);
    const at = (name: string) => join(folder, name);
    mkdirSync(at('node_modules/big'), { recursive: true });
    mkdirSync(at('dist'));
    writeFileSync(at('node_modules/big/index.js'), 'x'.repeat(5 * 1024 ** 2));
    writeFileSync(at('node_modules/big/other.js'), 'other');
    writeFileSync(at('dist/index.js'), 'old');
    const notes: string[] = [];
    const head = { part: 'backend', beside: null, maintenanceFlag: null, pid: null } as const;
    const keeping = {
      folder,
      run: '2026-01-01_000000',
      paths: [at('dist'), at('node_modules')],
      linkable: new Set([at('node_modules')]),
      head,
    };
    const wayBack = await keepCopies(keeping, plainStep(notes), signal);
    assert.match(notes.join(), /node_modules \(5\.\d+ MB\) is kept as hard links/);
    const keep = at('.om-ops-build/2026-01-01_000000');
    const inode = (path: string) => statSync(path).ino;
    assert.equal(
      inode(join(keep, '1-node_modules/big/index.js')),
      inode(at('node_modules/big/index.js')),
    );
    assert.notEqual(inode(join(keep, '0-dist/index.js')), inode(at('dist/index.js')));
    // As npm does: away with it, and new files. Kept as they were.
    rmSync(at('node_modules'), { recursive: true });
    mkdirSync(at('node_modules'));
    rmSync(at('dist'), { recursive: true });
    const done = await putBack(keep, wayBack, signal);
    assert.deepEqual(done.paths, [at('dist'), at('node_modules')]);
    assert.equal(readFileSync(at('node_modules/big/other.js'), 'utf8'), 'other');
    assert.equal(readFileSync(at('dist/index.js'), 'utf8'), 'old');

    rmSync(keep, { recursive: true });
    const second = await keepCopies(keeping, plainStep(notes), signal);
    const later = new Date(Date.now() + 1000);
    appendFileSync(at('node_modules/big/other.js'), ' and more');
    execFileSync('touch', ['-d', later.toISOString(), at('node_modules/big/other.js')]);
    await assert.rejects(putBack(keep, second, signal), {
      code: 'E_CHANGED_IN_PLACE',
      message: /node_modules\/big\/other\.js for one, was written into in place/,
    });
  });

  for (const [what, script, dist, why] of [
    ['while it is copied', 'echo built', 3, /No space left|no space/i],
    [
      'while it is built',
      'rm -r dist; mkdir dist; head -c 8m /dev/zero > dist/a; exit 1',
      1,
      /failed with exit code/,
    ],
  ] as const)
    it(`is put back whole from a disk that becomes full ${what}`, async (test) => {
      const t = lastFirst(test);
      const base = temporaryFolder(t);
      const part = join(base, 'root/server');
      disk(t, part, 5);
      const site = smallSite(
        base,
        {
          'server/package.json': JSON.stringify({
            name: 'a',
            version: '1.0.0',
            scripts: { build: script },
          }),
          'server/package-lock.json':
            '{"name": "a", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {}}}',
          'server/node_modules/.package-lock.json': '{"packages": {}}',
          'server/dist/index.js': 'x'.repeat(dist * 1024 ** 2),
        },
        { profile: 'backend: {required: [index.js]}\ndatabase: {engine: none}' },
      );
      const argv = ['build', 'backend', '--no-restart', '--confirm', 'YES APPLY', '--json'];
      const run = await site.run(argv);
      const { error } = run.json();
      assert.deepEqual([run.code, error.code], [1, 'E_UNDONE'], run.stdout);
      assert.match(error.message, why);
      assert.equal(statSync(join(part, 'dist/index.js')).size, dist * 1024 ** 2);
      assert.deepEqual(readdirSync(join(part, 'dist')), ['index.js']);
      assert.ok(!existsSync(join(part, '.om-ops-build')) || keptFolders(part).length === 0);
    });
});

describe('a rebuild as root in the folder of another user', { skip: noMount }, () => {
  it('runs everything as that user, and leaves nothing of root’s', async (t) => {
    const base = temporaryFolder(t);
    execFileSync('chmod', ['755', base]);
    const site = smallSite(
      base,
      {
        'server/package.json': JSON.stringify({
          name: 'a',
          version: '1.0.0',
          scripts: { build: 'id -u > dist/who.json && cp src.js dist/index.js' },
        }),
        'server/package-lock.json':
          '{"name": "a", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {}}}',
        'server/src.js': '1;',
        'server/dist/index.js': '0;',
        'server/.gitignore': 'dist\nnode_modules\n',
      },
      { profile: 'backend: {required: [index.js]}\ndatabase: {engine: none}' },
    );
    const part = join(site.root, 'server');
    const trap = join(base, 'filter');
    writeFileSync(trap, `#!/bin/sh\nid -u >> ${base}/root/filtered\nexec cat\n`, { mode: 0o755 });
    const git = (...args: string[]) => execFileSync('git', ['-C', part, ...args]);
    git('init', '-q');
    git('config', 'filter.trap.clean', trap);
    writeFileSync(join(part, '.gitattributes'), '*.js filter=trap\n');
    git('add', '-A');
    rmSync(join(site.root, 'filtered'), { force: true });
    writeFileSync(join(part, 'src.js'), '2;');
    execFileSync('chown', ['-R', '65534:65534', site.root]);
    const argv = [
      'build',
      'backend',
      '--no-restart',
      '--if-changed',
      '--confirm',
      'YES APPLY',
      '--json',
    ];
    const run = await site.run(argv);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(
      run.json().warnings.join('\n'),
      /The app was not restarted, as asked: it runs the old code/,
    );
    assert.equal(readFileSync(join(part, 'dist/who.json'), 'utf8'), '65534\n');
    assert.equal(readFileSync(join(part, 'dist/index.js'), 'utf8'), '2;');
    const others = [
      '.',
      '-path',
      './.om-ops-build',
      '-prune',
      '-o',
      '!',
      '-uid',
      '65534',
      '-print',
    ];
    assert.equal(execFileSync('find', others, { cwd: part, encoding: 'utf8' }), '');
    const filtered = readFileSync(join(site.root, 'filtered'), 'utf8').trim().split('\n');
    assert.deepEqual([...new Set(filtered)], ['65534']);
    assert.equal((await site.run(argv)).json<{ outcome: string }>().result.outcome, 'unchanged');
  });
});
