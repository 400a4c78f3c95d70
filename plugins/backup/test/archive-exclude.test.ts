import assert from 'node:assert/strict';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import fc from 'fast-check';
import { planArchive } from '../src/archive/archive.ts';
import { bytesOf, bytesPath, readablePath } from '../src/archive/tree/bytes-path.ts';
import { Exclusions } from '../src/archive/tree/exclude.ts';
import { codeExclusions, secretExclusions } from '../src/categories.ts';
import { make, makeBench, namesIn } from './archive-make.ts';

function excluded(patterns: readonly string[], path: string, isFolder = false): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return new Exclusions(patterns).pattern(bytesPath(path), bytesPath(name), isFolder) !== undefined;
}

test('patterns match whole segments', () => {
  const yes: [string, string][] = [
    ['dist', 'dist'],
    ['dist', 'a/b/dist'],
    ['*.log', 'x.log'],
    ['*.log', 'a/.log'],
    ['.venv*', '.venv'],
    ['.venv*', 'a/.venv_image'],
    ['.env*', '.env.production'],
    ['uploads/tmp', 'uploads/tmp'],
    ['./uploads/tmp', 'uploads/tmp'],
    ['/cache', 'cache'],
    ['data/*/tmp', 'data/x/tmp'],
    ['**/x/y', 'a/b/x/y'],
    ['logs/**', 'logs/new\nline/x'],
    ['größe', 'a/größe'],
    ['?rot', 'ärot'],
  ];
  for (const [pattern, path] of yes) assert.ok(excluded([pattern], path), `${pattern} ${path}`);
  const no: [string, string][] = [
    ['dist', 'distribution'],
    ['dist', 'dist.js'],
    ['dist', 'Dist'],
    ['*.log', 'x.logs'],
    ['.env*', 'env'],
    ['.env*', 'a.env'],
    ['uploads/tmp', 'a/uploads/tmp'],
    ['uploads/tmp', 'uploads/tmp2'],
    ['/cache', 'a/cache'],
    ['data/*/tmp', 'data/x/y/tmp'],
    ['', 'x'],
    ['/', 'x'],
    ['!x', 'y'],
  ];
  for (const [pattern, path] of no) assert.ok(!excluded([pattern], path), `${pattern} ${path}`);
});

test('a slash at the end means folders only', () => {
  assert.ok(excluded(['build/'], 'a/build', true));
  assert.ok(!excluded(['build/'], 'a/build', false));
  for (const both of [
    ['build/', 'build'],
    ['build', 'build/'],
  ]) {
    assert.ok(excluded(both, 'build', false));
  }
});

test('the patterns that left something out are told, and only those', () => {
  const exclusions = new Exclusions(['node_modules', '*.log', 'dist', 'never']);
  for (const name of ['node_modules', 'x.log', 'y', 'node_modules']) {
    exclusions.pattern(name, name, false);
  }
  assert.deepEqual(exclusions.used, ['*.log', 'node_modules']);
});

test('a readable path is the path where it can be, and says its bytes where not', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (path) => {
      fc.pre(path.isWellFormed());
      assert.equal(readablePath(bytesPath(path)), path);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const path = bytesPath(Buffer.from(bytes));
      assert.deepEqual(bytesOf(path), Buffer.from(bytes));
      assert.ok(readablePath(path).isWellFormed());
      assert.ok(!readablePath(path).includes('\ufffd') || Buffer.from(bytes).includes('\ufffd'));
    }),
  );
  assert.equal(readablePath('caf\xe9/\xc3\xa9\xff'), 'caf\\xe9/é\\xff');
});

function plant(root: string, files: Record<string, number>): void {
  for (const [path, size] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), Buffer.alloc(size, 'x'));
  }
}

test('the exclusions of code leave out what is listed and nothing like it', async (context) => {
  const bench = makeBench(context);
  const out = [
    ...['node_modules/a/index.js', 'server/dist/x', 'build/x', '.vite/x', '.cache/x', '.tmp/x'],
    ...['logs/a', 'server/error.log', '.git/HEAD', '_cursor_session_backup/x', '.venv/x'],
    ...['.venv_image', '.env', 'server/.env.production'],
    ...['server/.om-ops-build/kept', 'server/.om-ops-next-1/x'],
  ];
  const kept = ['distribution/x', 'src/dist.ts', 'logs.md', 'environment', 'src/.gitignore'];
  plant(bench.tree, Object.fromEntries([...out, ...kept].map((path) => [path, 1])));
  const exclude = [...codeExclusions, ...secretExclusions];
  const made = await make(bench, { exclude });
  const files = namesIn(bench.archive).filter((name) => !name.endsWith('/'));
  assert.deepEqual(files, kept.toSorted());
  assert.deepEqual(made.excluded, exclude.toSorted());
});

test('STATE is left out where it is met, by whatever name', async (context) => {
  const bench = makeBench(context);
  plant(bench.tree, { 'app/x': 1, 'backups/OM/prod/old.tar.gz': 1 });
  symlinkSync(join(bench.tree, 'backups'), join(bench.base, 'link'));
  const excludePaths = [join(bench.base, 'link/OM'), join(bench.base, 'missing')];
  const made = await make(bench, { excludePaths });
  assert.deepEqual(namesIn(bench.archive), ['app/', 'app/x', 'backups/']);
  assert.deepEqual(made.excluded, [excludePaths[0]]);
});

test('only what is included is archived, with the folders above it', async (context) => {
  const bench = makeBench(context);
  plant(bench.tree, {
    'nginx.conf': 1,
    'mime.types': 1,
    'sites-enabled/a': 1,
    'sites-enabled/deep/b': 1,
    'conf.d/x.conf': 1,
    'conf.d/y.bak': 1,
    'modules/z': 1,
  });
  const include = ['nginx.conf', 'sites-enabled', 'conf.d/*.conf', 'mime.types/never', 'gone'];
  const made = await make(bench, { include });
  assert.deepEqual(namesIn(bench.archive), [
    ...['conf.d/', 'conf.d/x.conf', 'nginx.conf'],
    ...['sites-enabled/', 'sites-enabled/a', 'sites-enabled/deep/', 'sites-enabled/deep/b'],
  ]);
  assert.deepEqual(
    made.warnings.map((warning) => warning.split(' in ')[0]),
    ['There is no mime.types/never', 'There is no gone'],
  );
});

test('a plan counts what an archive holds and names the biggest folders', async (context) => {
  const bench = makeBench(context);
  plant(bench.tree, {
    'readme.md': 10,
    'server/src/a.js': 1000,
    'server/b.js': 500,
    'public/assets/images/big.jpg': 5000,
    'public/index.html': 1,
    'node_modules/x/index.js': 3000,
    'server/node_modules/y.js': 700,
    'trace.log': 50,
  });
  linkSync(join(bench.tree, 'readme.md'), join(bench.tree, 'README'));
  symlinkSync('readme.md', join(bench.tree, 'link'));
  const options = { source: bench.tree, exclude: ['node_modules/', '*.log'] };
  const plan = await planArchive({ ...options, progress: silentProgress() });
  assert.ok(plan.diskBytes <= plan.bytes);
  assert.deepEqual(
    { ...plan, diskBytes: 0 },
    {
      files: 7,
      directories: 6,
      bytes: 6511,
      diskBytes: 0,
      ratio: undefined,
      skipped: [],
      biggestIncluded: [
        { path: 'public/assets/images', bytes: 5000, files: 1 },
        { path: 'server', bytes: 1500, files: 2 },
        { path: '.', bytes: 10, files: 3 },
      ],
      biggestExcluded: [
        { path: 'node_modules', bytes: 3000, files: 1 },
        { path: 'server/node_modules', bytes: 700, files: 1 },
        { path: 'trace.log', bytes: 50, files: 1 },
      ],
    },
  );
  const made = await make(bench, options);
  assert.deepEqual(
    [made.files, made.directories, made.sourceBytes],
    [plan.files, plan.directories, plan.bytes],
  );
});

test('a plan can be aborted', async (context) => {
  const bench = makeBench(context);
  plant(bench.tree, { a: 1 });
  const progress = { ...silentProgress(), signal: AbortSignal.abort() };
  await assert.rejects(planArchive({ source: bench.tree, exclude: [], progress }), {
    code: 'E_INTERRUPTED',
  });
});
