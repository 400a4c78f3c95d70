import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { currentOwner, silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { waitFor } from '@om-ops/test-support/wait';
import { extractArchive, planExtract } from '../src/archive/extract/extract.ts';
import { type ListedMember, listArchive } from '../src/archive/extract/list.ts';
import { StoppedInPlace } from '../src/archive/extract/stopped-in-place.ts';
import { temporaryPrefix } from '../src/archive/extract/temporary-name.ts';
import { makePlace, type Place, restore, tar } from './extract-target.ts';
import { assertSameTree, describeTree, isRoot } from './extract-tree.ts';
import { archive, archiveGz, header, member, pax } from './reader-compose.ts';

const folder = (name: string, mode = 0o755): Buffer =>
  header({ name: `${name}/`, type: '5', mode });
const three = archiveGz(
  folder('a', 0o750),
  member({ name: 'a/one', mode: 0o640 }, '1'),
  folder('a/b', 0o700),
  member({ name: 'a/b/two' }, '22'),
  member({ name: 'three' }, '333'),
);
const beside = ({ base }: Place): string[] => readdirSync(join(base, 'parent')).sort();

test('a folder with something in it is left alone', async (context) => {
  const place = makePlace(context, three);
  mkdirSync(place.target);
  writeFileSync(join(place.target, 'mine'), 'mine');
  const before = describeTree(place.target);
  await assert.rejects(restore(place), { code: 'E_NOT_EMPTY', exit: 2 });
  await assert.rejects(restore({ ...place, target: join(place.target, 'mine') }), {
    code: 'E_NOT_A_FOLDER',
    exit: 2,
  });
  assertSameTree(describeTree(place.target), before);
  assert.deepEqual(beside(place), ['outside', 'target']);
});

test('a new folder is made with those above it, and its mode is the usual one', async (context) => {
  const place = makePlace(context, three);
  const target = join(place.base, 'new/deeper/target');
  const { result } = await restore({ ...place, target });
  assert.deepEqual(
    [result.files, result.directories, result.bytes, result.target],
    [3, 2, 6, target],
  );
  assert.equal(statSync(target).mode & 0o7777, 0o777 & ~process.umask());
  assert.equal(statSync(join(target, 'a')).mode & 0o7777, 0o750);
  assert.deepEqual(readdirSync(join(place.base, 'new/deeper')), ['target']);
});

test('an empty folder stays what it was but for its content', async (context) => {
  const place = makePlace(context, three);
  mkdirSync(place.target, { mode: 0o711 });
  chmodSync(place.target, 0o2711);
  if (isRoot) execFileSync('chown', ['12:34', place.target]);
  await restore(place);
  const { mode, uid, gid } = statSync(place.target);
  assert.equal(mode & 0o7777, 0o2711);
  if (isRoot) assert.deepEqual([uid, gid], [12, 34]);
  assert.deepEqual(beside(place), ['outside', 'target']);
  assert.equal(readFileSync(join(place.target, 'a/b/two'), 'utf8'), '22');
});

test('a target that is a link to a folder, and one that leads nowhere', async (context) => {
  const place = makePlace(context, three);
  mkdirSync(join(place.base, 'real'));
  symlinkSync(join(place.base, 'real'), place.target);
  const { result } = await restore(place);
  assert.equal(result.target, join(place.base, 'real'));
  assert.ok(lstatSync(place.target).isSymbolicLink());
  symlinkSync('nowhere', join(place.base, 'broken'));
  await assert.rejects(restore({ ...place, target: join(place.base, 'broken') }), {
    code: 'E_NOT_A_FOLDER',
  });
});

test('the archive may say what the target folder is like', async (context) => {
  const place = makePlace(
    context,
    archiveGz(
      header({ name: './', type: '5', mode: 0o1750, mtime: 1_600_000_000 }),
      member({ name: './x' }, 'x'),
    ),
  );
  for (const prepare of [() => {}, () => mkdirSync(place.target)]) {
    prepare();
    await restore(place);
    const { mode, mtimeMs } = statSync(place.target);
    assert.deepEqual([mode & 0o7777, mtimeMs], [0o1750, 1_600_000_000_000]);
    execFileSync('rm', ['-r', place.target]);
  }
});

test('a mount point is restored into as well', { skip: !isRoot }, async (context) => {
  const place = makePlace(context, three);
  mkdirSync(place.target);
  const mounted = spawnMount(place.target, '1m');
  if (!mounted) return context.skip('may not mount');
  try {
    chmodSync(place.target, 0o710);
    mkdirSync(join(place.target, 'lost+found'));
    await restore(place);
    assert.deepEqual(readdirSync(place.target).sort(), ['a', 'lost+found', 'three']);
    assert.equal(statSync(place.target).mode & 0o7777, 0o710);
    await assert.rejects(restore(place), { code: 'E_NOT_EMPTY' });
  } finally {
    execFileSync('umount', [place.target]);
  }
});

function spawnMount(at: string, size: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('a full disk leaves nothing behind', { skip: !isRoot }, async (context) => {
  const content = gzipSync(
    archive(
      ...Array.from({ length: 40 }, (_, n) =>
        member({ name: `folder/${n}` }, randomBytes(100_000)),
      ),
    ),
    { level: 1 },
  );
  const place = makePlace(context, content);
  const disk = join(place.base, 'disk');
  mkdirSync(disk);
  if (!spawnMount(disk, '2m')) return context.skip('may not mount');
  try {
    await fillDisk(place, disk);
  } finally {
    execFileSync('umount', [disk]);
  }
});

async function fillDisk(place: Place, disk: string): Promise<void> {
  const target = join(disk, 'target');
  for (const existing of [false, true]) {
    if (existing) mkdirSync(target);
    await assert.rejects(restore({ ...place, target }), { code: 'E_DISK_FULL' });
    assert.deepEqual(readdirSync(disk), existing ? ['target'] : []);
    if (existing) assert.deepEqual(readdirSync(target), []);
  }
  // The mount point itself, and in place: what was replaced by then is whole.
  execFileSync('rmdir', [target]);
  await assert.rejects(restore({ ...place, target: disk }), { code: 'E_DISK_FULL' });
  assert.deepEqual(readdirSync(disk), []);
  mkdirSync(join(disk, 'folder'));
  writeFileSync(join(disk, 'folder/39'), 'old');
  const full = await restore({ ...place, target: disk }, { inPlace: true }).catch((error) => error);
  assert.ok(full instanceof StoppedInPlace);
  assert.deepEqual([full.code, full.exit], ['E_DISK_FULL', 1]);
  const there = readdirSync(join(disk, 'folder')).length - 1;
  assert.ok(there > 5 && full.names === there && full.totalNames === 40);
  assert.match(full.message, new RegExp(`disk\\. ${there} of 40 names were replaced or made, `));
  for (const name of readdirSync(join(disk, 'folder')))
    assert.ok(name === '39' || statSync(join(disk, 'folder', name)).size === 100_000, name);
  assert.equal(readFileSync(join(disk, 'folder/39'), 'utf8'), 'old');
}

test('an interrupted restore ends at once and leaves nothing', async (context) => {
  const content = gzipSync(
    archive(
      ...Array.from({ length: 12_000 }, (_, n) =>
        member({ name: `d${n % 50}/${n}` }, 'x'.repeat(9000)),
      ),
    ),
    { level: 1 },
  );
  const place = makePlace(context, content);
  let slowest = 0;
  for (const after of [1, 400, 3000]) {
    const abort = new AbortController();
    let abortedAt = 0;
    const progress = {
      ...silentProgress(),
      signal: abort.signal,
      report: ({ files = 0 }) => {
        if (files < after || abort.signal.aborted) return;
        abortedAt = performance.now();
        abort.abort();
      },
    };
    await assert.rejects(
      extractArchive({ archive: place.archive, to: place.target, inPlace: false, progress }),
      { code: 'E_INTERRUPTED', exit: 130 },
    );
    slowest = Math.max(slowest, performance.now() - abortedAt);
    assert.deepEqual(beside(place), ['outside']);
  }
  context.diagnostic(`from abort to the end, cleared up: ${slowest.toFixed(0)} ms`);
  assert.ok(slowest < 10_000);
});

test('interrupted in place, what was restored is whole, and nothing else is there', async (context) => {
  const content = gzipSync(
    archive(
      ...Array.from({ length: 15_000 }, (_, n) =>
        member({ name: `d${n % 9}/${n}` }, 'x'.repeat(5000)),
      ),
    ),
    { level: 1 },
  );
  const place = makePlace(context, content);
  mkdirSync(join(place.target, 'd0'), { recursive: true });
  writeFileSync(join(place.target, 'd0/mine'), 'mine');
  const abort = new AbortController();
  const progress = {
    ...silentProgress(),
    signal: abort.signal,
    report: ({ stage = '', files = 0 }) => {
      if (stage === 'restoring' && files > 50) abort.abort();
    },
  };
  const options = { archive: place.archive, to: place.target, inPlace: true, progress };
  const stopped = await extractArchive(options).catch((error: unknown) => error);
  assert.ok(stopped instanceof StoppedInPlace);
  assert.deepEqual([stopped.code, stopped.exit], ['E_INTERRUPTED', 130]);
  const names = readdirSync(place.target, { recursive: true, encoding: 'utf8' });
  const restored = names.filter((name) => /^d\d\/\d+$/.test(name));
  assert.equal(
    stopped.message,
    `Interrupted; ${restored.length} of 15000 names were replaced or made, the rest are as they were; run it again to finish.`,
  );
  assert.deepEqual([stopped.names, stopped.counts.files], [restored.length, restored.length]);
  assert.ok(restored.every((name) => statSync(join(place.target, name)).size === 5000));
  assert.ok(names.every((name) => /^d\d(\/(\d+|mine))?$/.test(name)));
});

test('aborted before it began it does nothing', async (context) => {
  const place = makePlace(context, three);
  const progress = { ...silentProgress(), signal: AbortSignal.abort() };
  await assert.rejects(
    extractArchive({ archive: place.archive, to: place.target, inPlace: false, progress }),
    {
      code: 'E_INTERRUPTED',
    },
  );
  assert.deepEqual(beside(place), ['outside']);
});

test('what a killed restore left is removed by the next one, what a running one makes is not', async (context) => {
  const content = gzipSync(
    archive(
      ...Array.from({ length: 15_000 }, (_, n) => member({ name: `d/${n}` }, 'y'.repeat(3000))),
    ),
    { level: 1 },
  );
  const place = makePlace(context, content);
  const child = spawn(process.execPath, [
    join(import.meta.dirname, 'extract-run.ts'),
    JSON.stringify({ archive: place.archive, to: place.target }),
  ]);
  const staged = await waitFor('the restore to have begun', () => {
    const found = beside(place).find((name) => name.startsWith('.om-ops-restore.'));
    return found && existsSync(join(place.base, 'parent', found, 'd/100')) ? found : undefined;
  });
  // Held here, so that it is not done before the other one, however quick the machine is.
  child.kill('SIGSTOP');
  const small = join(place.base, 'small.tar.gz');
  writeFileSync(small, three);
  const other = join(place.base, 'parent/other');
  await restore({ archive: small, target: other });
  assert.ok(beside(place).includes(staged), 'a running one is left alone');
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  assert.deepEqual(beside(place), [staged, 'other', 'outside'].sort());
  await restore({ archive: small, target: place.target });
  assert.deepEqual(beside(place), ['other', 'outside', 'target']);
});

test('in place: replaces in one step, keeps what is not in the archive, and ends with the same tree', async (context) => {
  const place = makePlace(context, three);
  await restore(place);
  const before = describeTree(place.target);
  const at = (name: string): string => join(place.target, name);
  writeFileSync(at('three'), 'changed');
  linkSync(at('three'), join(place.base, 'other name'));
  execFileSync('rm', ['-r', at('a/b')]);
  chmodSync(at('a'), 0o777);
  writeFileSync(at('a/mine'), 'mine');
  writeFileSync(
    at('a/.om-ops-restore.999999999-5-0000000000000000-00000000.partial'),
    'of another host',
  );
  // Of a process of this host that has ended.
  const dead = `${temporaryPrefix({ ...currentOwner(), pid: 4_194_303, start: '1' })}0123456789.partial`;
  writeFileSync(at(`a/${dead}`), 'half of it');
  const plan = await planExtract({
    archive: place.archive,
    to: place.target,
    inPlace: true,
    progress: silentProgress(),
  });
  assert.deepEqual(
    [plan.replaced, plan.created],
    [
      { count: 2, names: ['a/one', 'three'] },
      { count: 2, names: ['a/b', 'a/b/two'] },
    ],
  );
  assert.equal(readFileSync(at('three'), 'utf8'), 'changed');
  const { result } = await restore(place, { inPlace: true });
  assert.deepEqual([result.replaced, result.unchanged, result.files], [1, 1, 3]);
  assert.ok(!existsSync(at(`a/${dead}`)));
  // The file was replaced, not written into.
  assert.equal(readFileSync(join(place.base, 'other name'), 'utf8'), 'changed');
  assert.equal(readFileSync(at('a/mine'), 'utf8'), 'mine');
  execFileSync('rm', [
    at('a/mine'),
    at('a/.om-ops-restore.999999999-5-0000000000000000-00000000.partial'),
  ]);
  utimesSync(at('a'), 1_700_000_000, 1_700_000_000);
  const { '.': _now, ...now } = describeTree(place.target);
  const { '.': _before, ...then } = before;
  assertSameTree(now, then);
  await assert.rejects(
    restore({ ...place, target: join(place.base, 'no where') }, { inPlace: true }),
    {
      code: 'E_NOT_FOUND',
      suggestions: [
        `Leave out --in-place, and the folder is made: --to '${join(place.base, 'no where')}'`,
      ],
    },
  );
});

test('in place: hard links, and a folder with a default ACL', {
  skip: !isRoot,
}, async (context) => {
  const place = makePlace(context, Buffer.alloc(0));
  const tree = join(place.base, 'tree');
  mkdirSync(tree);
  execFileSync(
    'bash',
    [
      '-c',
      'mkdir -p d/e; echo x > d/x; ln d/x d/e/y; ln -s x d/z; mkfifo d/p; chmod 640 d/x; touch -d "2001-01-01 UTC" d d/e',
    ],
    {
      cwd: tree,
    },
  );
  writeFileSync(place.archive, tar(tree, '--format=posix', '--acls'));
  await restore(place);
  const before = describeTree(place.target);
  await restore(place, { inPlace: true });
  assertSameTree(describeTree(place.target), before);
  execFileSync('rm', ['-r', join(place.target, 'd/e')]);
  execFileSync('setfacl', ['-d', '-m', 'u:daemon:rwx', join(place.target, 'd')]);
  await restore(place, { inPlace: true });
  execFileSync('setfacl', ['-b', join(place.target, 'd')]);
  assertSameTree(describeTree(place.target), before);
});

test('only: what matches, with the folders above it as they are in the archive', async (context) => {
  const place = makePlace(context, three);
  await restore(place, { only: ['**/two'] });
  const { '.': _root, ...found } = describeTree(place.target) as Record<string, { mode: string }>;
  assert.deepEqual(
    Object.entries(found).map(([name, { mode }]) => `${name} ${mode}`),
    ['a 750', 'a/b 700', 'a/b/two 644'],
  );
  for (const [only, expected] of [
    [['a'], ['a', 'a/b', 'a/b/two', 'a/one']],
    [['./a/b/'], ['a', 'a/b', 'a/b/two']],
    [
      ['t*', 'a/one'],
      ['a', 'a/one', 'three'],
    ],
  ] as const) {
    execFileSync('rm', ['-r', place.target]);
    await restore(place, { only });
    assert.deepEqual(readdirSync(place.target, { recursive: true }).sort(), expected);
  }
});

test('only: a pattern says what it names, whatever it looks like', async (context) => {
  const names = ['!neg', 'new\nline', 'plain', 'sub/deep\nfile', 'sub/plain'];
  const place = makePlace(context, archiveGz(...names.map((name) => member({ name }))));
  for (const [only, expected] of [
    [['!neg'], ['!neg']],
    [['**'], names],
    [['.'], names],
    [['./'], names],
    [['sub/**'], ['sub/deep\nfile', 'sub/plain']],
    [['n*e'], ['new\nline']],
  ] as const) {
    await restore(place, { only });
    const found = readdirSync(place.target, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(found.filter((name) => name !== 'sub').sort(), expected, only[0]);
    execFileSync('rm', ['-r', place.target]);
  }
  for (const only of ['/', '', '!nobody'])
    await assert.rejects(restore(place, { only: [only] }), { code: 'E_NO_MATCH', exit: 2 });
});

test('only: a pattern without a match names what looks like it, and nothing is made', async (context) => {
  const place = makePlace(
    context,
    archiveGz(member({ name: 'src/application.js' }), member({ name: 'src/router.js' })),
  );
  await assert.rejects(
    restore(place, { only: ['src/router.js', 'src/aplication.js'] }),
    (error: unknown) => {
      assert.ok(error instanceof Error && 'suggestions' in error && 'code' in error);
      assert.equal(error.code, 'E_NO_MATCH');
      assert.match(error.message, /aplication\.js/);
      assert.match(String(error.suggestions), /src\/application\.js/);
      return true;
    },
  );
  assert.deepEqual(beside(place), ['outside']);
});

test('only: hard links whose file is not selected bring its content', async (context) => {
  const hard = (name: string, linkName: string): Buffer => header({ name, type: '1', linkName });
  const place = makePlace(
    context,
    archiveGz(
      member({ name: 'store/file', mode: 0o600 }, 'content'),
      hard('store/again', 'store/file'),
      hard('app/one', 'store/again'),
      hard('app/two', './store/file'),
    ),
  );
  const { result } = await restore(place, { only: ['app'] });
  assert.deepEqual(readdirSync(place.target, { recursive: true }).sort(), [
    'app',
    'app/one',
    'app/two',
  ]);
  assert.equal(readFileSync(join(place.target, 'app/two'), 'utf8'), 'content');
  assert.equal(statSync(join(place.target, 'app/one')).nlink, 2);
  assert.deepEqual([result.files, result.hardLinks], [1, 1]);
});

test('a plan changes nothing, and refuses what restoring would refuse', async (context) => {
  const place = makePlace(context, three);
  const plan = await planExtract({
    archive: place.archive,
    to: place.target,
    inPlace: false,
    progress: silentProgress(),
  });
  assert.deepEqual(
    [
      plan.files,
      plan.directories,
      plan.bytes,
      plan.created.count,
      plan.replaced.count,
      plan.created.names[0],
    ],
    [3, 2, 6, 5, 0, 'a'],
  );
  assert.deepEqual(beside(place), ['outside']);
  writeFileSync(place.archive, archiveGz(member({ name: '../x' })));
  await assert.rejects(
    planExtract({
      archive: place.archive,
      to: place.target,
      inPlace: false,
      progress: silentProgress(),
    }),
    { code: 'E_ARCHIVE_UNSAFE' },
  );
});

test('lists members, and reports how far it is', async (context) => {
  const place = makePlace(
    context,
    archiveGz(
      ...Array.from({ length: 2500 }, (_, n) => member({ name: `f${n}`, uid: n }, 'x')),
      header({ name: 'l', type: '2', linkName: Buffer.from([0xff, 0x41]) }),
      pax({ path: 'ü', mtime: '-0.5' }),
      header({ name: 'x', type: '5', mode: 0o1777 }),
    ),
  );
  const members: ListedMember[] = [];
  const states: { bytes?: number; files?: number; totalBytes?: number }[] = [];
  await listArchive({
    archive: place.archive,
    progress: { ...silentProgress(), report: (state) => states.push(state) },
    onMembers: (some) => members.push(...some),
  });
  assert.equal(members.length, 2502);
  assert.equal(members[2499]?.uid, 2499);
  assert.equal(members[2500]?.linkTarget, '\\xffA');
  assert.deepEqual(
    [members[2501]?.path, members[2501]?.modified],
    ['ü', '1969-12-31T23:59:59.500Z'],
  );
  const size = statSync(place.archive).size;
  assert.deepEqual(states.at(-1), { stage: 'reading', bytes: size, totalBytes: size, files: 2502 });
});

test('an archive that is not there, is a folder, or is no archive', async (context) => {
  const place = makePlace(context, Buffer.from('hello, I am no archive at all'));
  await assert.rejects(restore(place), { code: 'E_ARCHIVE_CORRUPT' });
  await assert.rejects(restore({ ...place, archive: place.base }), { code: 'E_NOT_A_FILE' });
  await assert.rejects(restore({ ...place, archive: join(place.base, 'none') }), {
    code: 'E_NOT_FOUND',
  });
  assert.deepEqual(beside(place), ['outside']);
});

test('a checksum that differs leaves nothing', async (context) => {
  const place = makePlace(context, three);
  const sha256 = createHash('sha256').update(three).digest('hex');
  await assert.rejects(restore(place, { expectedSha256: 'ab'.repeat(32) }), { code: 'E_CHECKSUM' });
  assert.deepEqual(beside(place), ['outside']);
  await restore(place, { expectedSha256: sha256 });
  await assert.rejects(restore(place, { inPlace: true, expectedSha256: 'ab'.repeat(32) }), {
    code: 'E_CHECKSUM',
  });
});

test('a damaged archive leaves nothing and says how far it is good', async (context) => {
  const place = makePlace(context, three.subarray(0, three.length - 30));
  await assert.rejects(restore(place), (error: unknown) => {
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, 'E_ARCHIVE_CORRUPT');
    assert.match(error.message, /cut off .* at byte \d+ of the compressed file; /);
    return true;
  });
  const endless = gzipSync(archive(member({ name: 'good' }, 'g')).subarray(0, 1024));
  writeFileSync(place.archive, endless);
  await assert.rejects(
    restore(place),
    /end of an archive is missing at byte 1024 .* last whole member is good/,
  );
  assert.deepEqual(beside(place), ['outside']);
  writeFileSync(place.archive, Buffer.concat([three, Buffer.from('garbage')]));
  const { warnings } = await restore(place);
  assert.match(warnings.join(), /7 bytes that are no part of it/);
});

test('memory stays bounded', async (context) => {
  const base = temporaryFolder(context);
  const archivePath = join(base, 'many.tar.gz');
  // 100,000 members, 10,000 of them folders, and a file of 1 GB.
  const zeros = gzipSync(Buffer.alloc(64 * 2 ** 20), { level: 1 });
  const members = Array.from({ length: 100_000 }, (_, n) =>
    n % 10 === 0
      ? folder(`folder-${n / 10}`)
      : header({ name: `folder-${Math.floor(n / 10)}/a file with a name ${n}` }),
  );
  writeFileSync(
    archivePath,
    Buffer.concat([
      gzipSync(header({ name: 'big', patch: (block) => block.write('10000000000', 124) })),
      ...Array.from({ length: 16 }, () => zeros),
      gzipSync(archive(...members), { level: 1 }),
    ]),
  );
  const options = { archive: archivePath, to: join(base, 'to'), plan: true };
  const printed = execFileSync(process.execPath, [
    join(import.meta.dirname, 'extract-run.ts'),
    JSON.stringify(options),
  ]);
  const { result, maxRss } = JSON.parse(printed.toString()) as {
    result: { files: number; directories: number };
    maxRss: number;
  };
  assert.deepEqual([result.files, result.directories], [90_001, 10_000]);
  context.diagnostic(`${(maxRss / 1024).toFixed(0)} MiB at the most`);
  assert.ok(maxRss < 250 * 1024);
});
