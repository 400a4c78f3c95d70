import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import fc from 'fast-check';
import type { JunkCategory, JunkItem, Recommendation } from '../src/analysis.ts';
import type { JunkFacts } from '../src/junk/evidence.ts';
import type { ProcessUses } from '../src/junk/in-use.ts';
import { forJunk } from '../src/recommendations/for-junk.ts';
import { withLook } from '../src/recommendations/look-first.ts';
import { parseAnalysis } from '../src/run/document.ts';
import { analysisText } from '../src/view/analysis.ts';
import { adviceFor } from './advice-fixture.ts';
import { noUses } from './junk-fixture.ts';
import { noise, setAge, writeFiles } from './tree-fixture.ts';

const emptyAnalysis = parseAnalysis('2026-11-25_101200', '2026-11-25T10:12:00Z', { totals: {} })!;

const at = (all: readonly Recommendation[], path: string): Recommendation | undefined =>
  all.find((each) => each.path === path);

/** The words a shell makes of a command. */
function wordsOf(command: string): string[] {
  const printed = execFileSync('bash', ['-c', `set -f; printf '%s\\0' ${command}`], {
    encoding: 'latin1',
  });
  return printed.split('\0').slice(0, -1);
}

test('each kind is recommended, with its reason and a command', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'web/package.json': '{"scripts":{"build":"vite build"}}',
    'web/package-lock.json': '{}',
    'web/src/a.ts': 'x',
    'web/node_modules/a.js': 'x',
    'web/dist/a.js': 'x',
    'web/.cache/a': 'x',
    'web/error.log': 'x',
    'old/build/a.js': 'x',
    'backup-2019.tar.gz': 'x',
    'forgotten.iso': 2_000_000,
    'forgotten.sqlite': 2_000_000,
    'new-and-large.bin': 2_000_000,
    'a/photo.jpg': 1_500_000,
    'b/photo.jpg': 1_500_000,
  });
  for (const path of ['old/build/a.js', 'backup-2019.tar.gz', 'forgotten.iso', 'forgotten.sqlite'])
    setAge(join(folder, path), 900);
  const all = await adviceFor(folder);
  const said = Object.fromEntries(
    all.map(({ path, kind, command }) => [
      path.slice(folder.length + 1),
      [kind, command.replaceAll(folder, '')],
    ]),
  );
  assert.deepEqual(said, {
    'web/node_modules': ['unneeded', "rm -rf -- '/web/node_modules'"],
    'web/dist': ['build-output', "rm -rf -- '/web/dist'"],
    'web/.cache': ['unneeded', "rm -rf -- '/web/.cache'"],
    'web/error.log': ['unneeded', "rm -- '/web/error.log'"],
    'old/build': ['old-artifact', "rm -ri -- '/old/build'"],
    'backup-2019.tar.gz': ['old-artifact', "rm -i -- '/backup-2019.tar.gz'"],
    'forgotten.iso': ['orphaned-large', "rm -i -- '/forgotten.iso'"],
    'forgotten.sqlite': ['orphaned-large', "ls -la -- '/forgotten.sqlite'"],
    'a/photo.jpg': ['duplicates', "sha256sum -- '/a/photo.jpg' '/b/photo.jpg'"],
  });
  assert.match(
    at(all, join(folder, 'web/node_modules'))!.why,
    /`npm ci` brings them back.*package-lock\.json beside it/,
  );
  assert.ok(all.every((each, index) => index === 0 || each.bytes <= all[index - 1]!.bytes));
  assert.deepEqual(
    all
      .filter(({ look }) => !look)
      .map(({ path }) => path.slice(folder.length + 1))
      .sort(),
    ['web/.cache', 'web/dist', 'web/error.log', 'web/node_modules'],
    'what only shows something or asks for each file cannot simply go',
  );
  assert.ok(all.every(({ look, bytes }) => !look || bytes === 0));
  const [full] = (await adviceFor(folder, { mode: 'full' })).filter(
    ({ kind }) => kind === 'duplicates',
  );
  assert.equal(full, undefined, 'files of the same name that differ are no duplicates');
});

test('with the same content they are, and may be removed one by one', async (context) => {
  const folder = temporaryFolder(context);
  for (const name of ['a/one', 'b/two', 'node_modules/three']) {
    writeFiles(folder, { [name]: '' });
    writeFileSync(join(folder, name), noise(1_100_000, 'same'));
  }
  const [duplicate] = (await adviceFor(folder, { mode: 'full' })).filter(
    ({ kind }) => kind === 'duplicates',
  );
  assert.equal(duplicate!.look, true);
  assert.equal(duplicate!.bytes, 0, 'which copy may go is not known, so nothing is promised');
  assert.equal(duplicate!.command, `ls -li -- '${folder}/a/one' '${folder}/b/two'`);
});

test('what runs, is served, is tracked or holds a repository is never removed', async (context) => {
  const folder = temporaryFolder(context);
  writeFiles(folder, {
    'run/node_modules/a': 'x',
    'run/package.json': '{}',
    'served/dist/a': 'x',
    'served/package.json': '{}',
    'repo/.git/pack': 2_000_000,
    'repo/dist/a': 'x',
    'repo/package.json': '{}',
    'outer/_cursor_session_backup/.git/HEAD': 'x',
    'store/.cache/.pnpm-store/v10/files/00/a': 'x',
    'writing.log': 'x',
  });
  const openPaths = async (): Promise<ProcessUses> => ({
    ...noUses,
    paths: [
      { path: join(folder, 'run/index.js'), pid: 5, program: 'node' },
      { path: join(folder, 'writing.log'), pid: 6, program: 'nginx', writes: 'end' },
    ],
  });
  const all = await adviceFor(folder, {
    openPaths,
    deployed: [join(folder, 'served/dist')],
    tracked: async (_, onPath) => {
      onPath('dist/a');
      return true;
    },
  });
  const commands = Object.fromEntries(
    all.map(({ path, command }) => [path.slice(folder.length + 1), command.replaceAll(folder, '')]),
  );
  assert.deepEqual(commands, {
    'run/node_modules': "ls -la -- '/run/node_modules'",
    'served/dist': "ls -la -- '/served/dist'",
    'repo/.git': "git -C '/repo' gc",
    'repo/dist': "git -C '/repo' ls-files -- '/repo/dist'",
    'outer/_cursor_session_backup': "ls -la -- '/outer/_cursor_session_backup'",
    'store/.cache': 'pnpm store prune',
    'writing.log': "truncate -s 0 -- '/writing.log'",
  });
  for (const each of all) {
    if (!each.why.includes('a program that is running') && !each.why.includes('served from'))
      continue;
    assert.deepEqual([each.look, each.bytes, each.kind], [true, 0, 'look-first']);
  }
  const text = analysisText({ ...emptyAnalysis, path: folder, recommendations: all });
  const [canGo = '', lookFirst = ''] = text.slice(text.indexOf('Can go')).split('Look first');
  assert.match(canGo, /truncate/);
  assert.doesNotMatch(canGo, /node_modules|served/);
  assert.match(lookFirst, /ls -la -- .*served\/dist/);
  assert.doesNotMatch(lookFirst, /\d [kMG]?B/);
});

const category = fc.constantFrom<JunkCategory>(
  'node_modules',
  'dist',
  'build',
  '.vite',
  '.cache',
  '.tmp',
  '_cursor_session_backup',
  '.venv',
  'logs',
  '.log',
  '.git',
  'coverage',
  'large-file',
  'backup-archive',
);

test('no command ever removes what must stay, whatever the evidence', () => {
  const facts: fc.Arbitrary<JunkFacts> = fc.record({
    realPath: fc.constant("/srv/repo/it's"),
    rebuild: fc.option(fc.constant({ command: 'npm ci' }), { nil: undefined }),
    hasManifest: fc.boolean(),
    hasSources: fc.boolean(),
    isGenuine: fc.boolean(),
    holdsRepository: fc.boolean(),
    holdsStore: fc.boolean(),
    isDeployed: fc.boolean(),
    doubt: fc.option(fc.constant('It holds a.db.'), { nil: undefined }),
    repository: fc.option(fc.constant('/srv/repo'), { nil: undefined }),
    trackedFiles: fc.nat(3),
    isIgnored: fc.boolean(),
    written: fc.constantFrom(undefined, 'end' as const, 'anywhere' as const),
    unseen: fc.constantFrom(
      undefined,
      { packages: true, by: { pid: 7, program: 'node' } },
      { packages: false, by: undefined },
    ),
  });
  const item: fc.Arbitrary<JunkItem> = fc.record(
    {
      category,
      path: fc.constant("/srv/repo/it's"),
      bytes: fc.nat(),
      files: fc.nat(),
      diskBytes: fc.nat(),
      reclaimableBytes: fc.nat(),
      modified: fc.constantFrom('2020-01-01T00:00:00+00:00', '2026-11-01T00:00:00+00:00'),
      evidence: fc.constant(['seen']),
      tracked: fc.constantFrom('yes' as const, 'no' as const, 'unknown' as const),
      inUse: fc.boolean(),
    },
    {
      requiredKeys: [
        'category',
        'path',
        'bytes',
        'files',
        'diskBytes',
        'reclaimableBytes',
        'modified',
        'evidence',
      ],
    },
  );
  const context = { now: new Date('2026-11-22T00:00:00Z'), staleDays: 180 };
  fc.assert(
    fc.property(item, facts, (given, known) => {
      const found = forJunk({ item: given, facts: known }, context);
      if (found === undefined) return;
      const advice = withLook(found);
      if (!advice.look) assert.doesNotMatch(advice.command, /^rm -r?i |^ls |ls-files/);
      else assert.equal(advice.bytes, 0);
      assert.match(advice.command, / -- '\/srv\/repo\/it'\\''s'$|^git -C '.*' gc$/);
      if (advice.command.startsWith('truncate')) assert.equal(known.written, 'end');
      if (!/^rm /.test(advice.command)) return;
      assert.notEqual(given.category, '.git');
      assert.ok(given.tracked === undefined || given.tracked === 'no');
      assert.notEqual(given.inUse, true);
      assert.ok(!known.holdsRepository && !known.holdsStore && !known.isDeployed);
      assert.equal(known.doubt, undefined);
      if (!advice.command.startsWith('rm -rf ')) return;
      const isBuild = given.category === 'dist' || given.category === 'build';
      if (isBuild || given.category === 'node_modules') {
        assert.ok(known.rebuild !== undefined);
        assert.notEqual(known.unseen?.packages, true);
      }
      assert.ok(!isBuild || given.tracked === undefined || known.isIgnored);
    }),
    { numRuns: 3000 },
  );
});

test('a command that is pasted removes the one thing it names', async (context) => {
  const folder = temporaryFolder(context);
  const names = [
    "it's $(touch pwned) `id`.log",
    '*.log',
    '-rf.log',
    'new\nline.log',
    'ünï\u202egol.log',
    'back\\x41.log',
    '~.log',
    '"; rm -rf x;".log',
  ];
  for (const name of names) writeFileSync(join(folder, name), name);
  writeFileSync(
    Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.log')]),
    'x',
  );
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'innocent.txt'), 'x');
  writeFileSync(join(folder, 'a.log2'), 'x');
  const all = await adviceFor(folder);
  const removals = all.filter(({ command }) => command.startsWith('rm -- '));
  assert.equal(removals.length, names.length + 1);
  for (const { command } of removals) {
    const before = readdirSync(folder).length;
    assert.equal(wordsOf(command).length, 3);
    execFileSync('bash', ['-c', command], { cwd: folder });
    assert.equal(readdirSync(folder).length, before - 1, command);
  }
  assert.deepEqual(readdirSync(folder).sort(), ['a.log2', 'innocent.txt', 'node_modules']);
  assert.equal(existsSync(join(folder, 'pwned')), false);
});
