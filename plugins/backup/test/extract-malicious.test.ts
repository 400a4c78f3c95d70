import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { temporaryFolder } from '@om-ops/test-support/temp';
import fc from 'fast-check';
import { extractMembers } from '../src/archive/extract/extract-members.ts';
import { UnsafeMember } from '../src/archive/extract/member-check.ts';
import { planMembers } from '../src/archive/extract/plan.ts';
import { removeTree } from '../src/archive/extract/remove-tree.ts';
import { TargetView } from '../src/archive/extract/target-view.ts';
import { posixCalls } from '../src/archive/posix/posix.ts';
import { TarReader } from '../src/archive/tar/reader.ts';
import { ReadingFailure, TarDamage } from '../src/archive/tar/reader-damage.ts';
import { makePlace, type Place, restore } from './extract-target.ts';
import { assertSameTree, describeTree } from './extract-tree.ts';
import { archive, archiveGz, header, member, pax, sourceOf } from './reader-compose.ts';

const posix = posixCalls();
const file = (name: string, content = 'evil'): Buffer => member({ name }, content);
const folder = (name: string): Buffer => header({ name, type: '5', mode: 0o755 });
const link = (name: string, linkName: string): Buffer => header({ name, type: '2', linkName });
const hard = (name: string, linkName: string): Buffer => header({ name, type: '1', linkName });
const long = (type: string, text: string): Buffer =>
  member({ name: '././@LongLink', type, flavour: 'gnu' }, `${text}\0`);

/** Each with the member that is named in the refusal. OUTSIDE stands for an absolute path beside the target. */
const unsafe: [string, string, (outside: string) => Buffer[]][] = [
  ['an absolute name', '/outside/evil', (outside) => [file(`${outside}/evil`)]],
  ['an absolute name of the root', '/', () => [folder('/')]],
  ['a name that climbs', '../outside/evil', () => [file('../outside/evil')]],
  [
    'a name that goes down and climbs',
    'a/../../outside/evil',
    () => [folder('a'), file('a/../../outside/evil')],
  ],
  ['a name that ends in ..', 'a/..', () => [folder('a'), folder('a/..')]],
  ['.. as a folder', '..', () => [header({ name: '..', type: '5', mode: 0o777 })]],
  [
    'a climbing pax name',
    '../outside/evil',
    () => [pax({ path: '../outside/evil' }), file('good')],
  ],
  [
    'a climbing global pax name',
    '../outside/evil',
    () => [pax({ path: '../outside/evil' }, 'g'), file('good')],
  ],
  [
    'a climbing GNU long name',
    '../outside/evil',
    () => [long('L', '../outside/evil'), file('good')],
  ],
  [
    'a climbing sparse name',
    '../outside/evil',
    () => [
      pax({
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': '../outside/evil',
        'GNU.sparse.realsize': '0',
      }),
      member({ name: 'good' }, Buffer.concat([Buffer.from('0\n'), Buffer.alloc(510)])),
    ],
  ],
  [
    'a climbing ustar prefix',
    '../outside/evil',
    () => [member({ name: 'evil', prefix: '../outside' }, 'x')],
  ],
  ['a name with a NUL', 'good', () => [pax({ path: 'good\0../evil' }), file('good')]],
  ['no name', 'has no name', () => [file('')]],
  [
    'writing through a link of the archive',
    'a/evil',
    () => [link('a', '../outside'), file('a/evil')],
  ],
  [
    'writing through an absolute link of the archive',
    'a/evil',
    (outside) => [link('a', outside), file('a/evil')],
  ],
  [
    'writing through a link with dots',
    './a/./evil',
    () => [link('./a', '../outside'), file('./a/./evil')],
  ],
  [
    'writing through a link with slashes',
    'a//evil',
    () => [link('a/', '../outside'), file('a//evil')],
  ],
  ['a chain of links', 'a/evil', () => [link('b', '../outside'), link('a', 'b'), file('a/evil')]],
  ['a link below a link', 'a/b', () => [link('a', '.'), link('a/b', '../outside')]],
  ['a folder through a link', 'a/new', () => [link('a', '../outside'), folder('a/new')]],
  ['a link through a link', 'a/new', () => [link('a', '../outside'), link('a/new', 'x')]],
  [
    'a folder that becomes a link',
    'd',
    () => [folder('d'), file('d/x'), link('d', '../outside'), file('d/evil')],
  ],
  [
    'an empty folder that becomes a link',
    'd',
    () => [folder('d'), link('d', '../outside'), file('d/evil')],
  ],
  [
    'a folder of the way that becomes a link',
    'd',
    () => [file('d/x'), link('d', '../outside'), file('d/evil')],
  ],
  ['a folder that becomes a file', 'd', () => [folder('d'), file('d')]],
  [
    'a link that becomes a folder',
    's',
    () => [link('s', '../outside'), folder('s'), file('s/evil')],
  ],
  ['a file in a file', 'f/evil', () => [file('f'), file('f/evil')]],
  ['a hard link to the outside', 'h', () => [hard('h', '../outside/secret')]],
  ['an absolute hard link', 'h', (outside) => [hard('h', `${outside}/secret`)]],
  [
    'a hard link to the outside in pax',
    'h',
    () => [file('x'), pax({ linkpath: '../outside/secret' }), hard('h', 'x')],
  ],
  [
    'a hard link to the outside of GNU',
    'h',
    () => [file('x'), long('K', '../outside/secret'), hard('h', 'x')],
  ],
  ['a hard link through a link', 'h', () => [link('s', '../outside'), hard('h', 's/secret')]],
  ['a hard link to nothing', 'h', () => [hard('h', 'nothing')]],
  ['a hard link to itself', 'h', () => [hard('h', 'h')]],
  ['a hard link to a folder', 'h', () => [folder('d'), hard('h', 'd')]],
  ['a hard link to what comes later', 'h', () => [hard('h', 'x'), file('x')]],
  ['a hard link to a FIFO', 'h', () => [header({ name: 'p', type: '6' }), hard('h', 'p')]],
  ['a hard link with a NUL', 'h', () => [file('x'), pax({ linkpath: 'x\0y' }), hard('h', 'x')]],
  ['a link to nowhere at all', 's', () => [link('s', '')]],
  ['a device', 'null', () => [header({ name: 'null', type: '3', mode: 0o666 })]],
  ['a block device', 'sda', () => [header({ name: 'dev/sda', type: '4' })]],
  ['the target as a link', '.', () => [link('.', '../outside')]],
  [
    'the target as a file',
    './',
    () => [
      header({ name: './', type: '0', patch: (block) => block.fill(0, 2, 3) }),
      link('./.', 'x'),
    ],
  ],
];

/** Without threads, as the threads do it. */
function extractHere(root: string, tar: Buffer, temporaryPrefix?: string): void {
  const rootFd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    extractMembers({
      reader: new TarReader(sourceOf(tar)),
      archive: 'test',
      target: root,
      rootFd,
      only: [],
      linkSources: [],
      userId: process.geteuid?.() ?? 0,
      groupId: process.getegid?.() ?? 0,
      groups: [],
      umask: 0o22,
      posix,
      ...(temporaryPrefix === undefined ? {} : { temporaryPrefix }),
    });
  } finally {
    closeSync(rootFd);
  }
}

function planHere(root: string, tar: Buffer): void {
  const rootFd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  const view = new TargetView(rootFd, posix, () => false);
  try {
    planMembers({
      reader: new TarReader(sourceOf(tar)),
      selection: undefined,
      view,
      onMember() {},
    });
  } finally {
    view.close();
    closeSync(rootFd);
  }
}

for (const [what, named, parts] of unsafe) {
  test(`refuses ${what}`, (context) => {
    const place = makePlace(context, Buffer.alloc(0));
    const tar = archive(file('first'), ...parts(place.outside), file('last'));
    const before = describeTree(place.outside);
    for (const prefix of [undefined, '.om-ops-restore.test-']) {
      mkdirSync(place.target);
      assert.throws(
        () => extractHere(place.target, tar, prefix),
        (error) => {
          assert.ok(error instanceof ReadingFailure, String(error));
          assert.equal(error.code, 'E_ARCHIVE_UNSAFE', error.message);
          assert.ok(error.message.includes(named), error.message);
          return true;
        },
      );
      assert.equal(leftIn(place.target), 0);
      removeTree(place.target);
    }
    mkdirSync(place.target);
    assert.throws(() => planHere(place.target, tar), UnsafeMember);
    assert.deepEqual(readdirSync(place.target), []);
    assertSameTree(describeTree(place.outside), before);
  });
}

for (const [what, named, parts] of unsafe.filter((_, index) => index % 6 === 1)) {
  test(`leaves everything as it was, refusing ${what}`, async (context) => {
    const place = makePlace(context, Buffer.alloc(0));
    writeFileSync(place.archive, archiveGz(file('first'), ...parts(place.outside), file('last')));
    const before = describeTree(join(place.base, 'parent'));
    const isRefused = (error: unknown): boolean => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'E_ARCHIVE_UNSAFE', error.message);
      assert.ok(error.message.includes(named), error.message);
      return true;
    };
    await assert.rejects(restore(place), isRefused);
    // No target, nothing beside it, nothing outside.
    assertSameTree(ignoringTime(describeTree(join(place.base, 'parent'))), ignoringTime(before));
    mkdirSync(place.target);
    writeFileSync(join(place.target, 'last'), 'was there');
    const inPlace = describeTree(join(place.base, 'parent'));
    await assert.rejects(restore(place, { inPlace: true }), isRefused);
    assertSameTree(describeTree(join(place.base, 'parent')), inPlace);
  });
}

function ignoringTime(tree: Record<string, unknown>): Record<string, unknown> {
  return { ...tree, '.': undefined };
}

test('links that lead out are made as they are, and never followed', async (context) => {
  const place = makePlace(
    context,
    archiveGz(
      link('absolute', '/etc/passwd'),
      link('out', '../outside'),
      // The last member of a name counts, and takes the place of the link, not of what it leads to.
      link('secret', '../outside/secret'),
      file('secret', 'mine'),
      header({ name: 'pipe', type: '6', mode: 0o600 }),
      file('pipe', 'a file now'),
      file('twice', 'one'),
      hard('linked', 'twice'),
      file('twice', 'two'),
      link('one-name', '../outside/secret'),
      hard('other-name', 'one-name'),
      hard('no-name', 'one-name'),
      file('no-name', 'mine too'),
    ),
  );
  const before = describeTree(place.outside);
  await restore(place);
  assert.ok(lstatSync(join(place.target, 'absolute')).isSymbolicLink());
  assert.equal(readFileSync(join(place.target, 'secret'), 'utf8'), 'mine');
  assert.ok(lstatSync(join(place.target, 'secret')).isFile());
  assert.equal(readFileSync(join(place.target, 'pipe'), 'utf8'), 'a file now');
  assert.equal(readFileSync(join(place.target, 'twice'), 'utf8'), 'two');
  assert.equal(readFileSync(join(place.target, 'linked'), 'utf8'), 'one');
  const names = ['one-name', 'other-name'].map((name) => lstatSync(join(place.target, name)));
  assert.ok(names.every((stat) => stat.isSymbolicLink() && stat.ino === names[0]?.ino));
  assert.ok(lstatSync(join(place.target, 'no-name')).isFile());
  assertSameTree(describeTree(place.outside), before);
});

test('in place, links in the target are not written through', async (context) => {
  const place = makePlace(context, archiveGz(file('a/evil'), file('b')));
  mkdirSync(place.target);
  symlinkSync('../outside', join(place.target, 'a'));
  symlinkSync('../outside/secret', join(place.target, 'b'));
  const before = describeTree(join(place.base, 'parent'));
  await assert.rejects(restore(place, { inPlace: true }), {
    code: 'E_TARGET_CONFLICT',
    message:
      /Cannot restore .* in place: a would have to be a folder, and is a symbolic link there/,
  });
  assertSameTree(describeTree(join(place.base, 'parent')), before);
  // What is no way to somewhere is replaced.
  await restore(place, { inPlace: true, only: ['b'] });
  assert.ok(lstatSync(join(place.target, 'b')).isFile());
  assert.equal(readFileSync(join(place.outside, 'secret'), 'utf8'), 'secret');
});

test('in place, folders do not become files, nor files folders', async (context) => {
  for (const [there, parts] of [
    ['folder', [file('first'), file('x')]],
    ['file', [file('first'), folder('x')]],
    ['file', [file('first'), file('x/y')]],
  ] as const) {
    const place = makePlace(context, archiveGz(...parts));
    mkdirSync(place.target);
    if (there === 'folder') mkdirSync(join(place.target, 'x'));
    else writeFileSync(join(place.target, 'x'), 'mine');
    const before = describeTree(place.target);
    await assert.rejects(restore(place, { inPlace: true }), { code: 'E_TARGET_CONFLICT' });
    assertSameTree(describeTree(place.target), before);
  }
});

test('sizes that are not there leave nothing behind', async (context) => {
  const huge = header({ name: 'huge', size: 8 * 1024 ** 3 - 1 });
  const sparse = [
    pax({
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': 's',
      'GNU.sparse.realsize': '9007199254740991',
    }),
    member({ name: 's' }, Buffer.concat([Buffer.from('0\n'), Buffer.alloc(510)])),
  ];
  for (const [code, content] of [
    ['E_ARCHIVE_CORRUPT', archiveGz(file('a'), huge)],
    [
      'E_ARCHIVE_CORRUPT',
      gzipSync(Buffer.concat([file('a'), header({ name: 'b', size: 99 }), Buffer.from('few')])),
    ],
    ['E_ARCHIVE_CORRUPT', archiveGz(file('a'), pax({ size: '4096' }), file('b', 'short'))],
    ['E_IO', archiveGz(file('a'), ...sparse)],
  ] as const) {
    const place = makePlace(context, content);
    await assert.rejects(restore(place), { code });
    assert.deepEqual(readdirSync(join(place.base, 'parent')), ['outside']);
  }
});

/** Swaps a folder of the target with a link to the outside, as fast as it can, until it is stopped. */
const swapper = `
const { renameSync } = require('node:fs');
const { workerData } = require('node:worker_threads');
const { folder, link, aside, stop } = workerData;
while (Atomics.load(stop, 0) === 0) {
  try {
    renameSync(folder, aside); renameSync(link, folder);
    renameSync(folder, link); renameSync(aside, folder);
  } catch {}
}`;

test('in place, a folder that turns into a link while it is written to does not lead out', async (context) => {
  const names = Array.from({ length: 150 }, (_, n) => `d/e/file-${n}`);
  const place = makePlace(
    context,
    archiveGz(folder('d'), folder('d/e'), ...names.map((name) => file(name))),
  );
  mkdirSync(join(place.target, 'd/e'), { recursive: true });
  mkdirSync(join(place.outside, 'e'));
  const before = describeTree(place.outside);
  symlinkSync(place.outside, join(place.base, 'link'));
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(swapper, {
    eval: true,
    workerData: {
      folder: join(place.target, 'd'),
      link: join(place.base, 'link'),
      aside: join(place.base, 'aside'),
      stop,
    },
  });
  await new Promise((resolve) => worker.once('online', resolve));
  let refused = 0;
  for (let run = 0; run < 3; run++)
    await restore(place, { inPlace: true }).catch((error: { code?: string }) => {
      assert.match(String(error.code), /^E_/);
      refused++;
    });
  Atomics.store(stop, 0, 1);
  await new Promise((resolve) => worker.once('exit', resolve));
  assertSameTree(describeTree(place.outside), before, `${refused} of 3 refused`);
});

test('whatever members come in whatever order, nothing outside changes', (context) => {
  const base = temporaryFolder(context);
  const outside = join(base, 'outside');
  mkdirSync(join(outside, 'a'), { recursive: true });
  writeFileSync(join(outside, 'b'), 'secret');
  const before = describeTree(outside);
  const part = fc.constantFrom('a', 'b', 'c');
  const name = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('../outside/b', './a', 'a/./b', 'a//b', '.', outside, 'a/../b'),
    },
  );
  const target = fc.oneof(
    name,
    fc.constantFrom(
      '../outside',
      '../outside/b',
      outside,
      '..',
      '.',
      '../../outside',
      `${outside}/b`,
    ),
  );
  const one = fc.oneof(
    name.map((at) => file(at)),
    name.map((at) => folder(`${at}/`)),
    fc.tuple(name, target).map(([at, to]) => link(at, to)),
    fc.tuple(name, target).map(([at, to]) => hard(at, to)),
    name.map((at) => header({ name: at, type: '6' })),
  );
  let whole = 0;
  const run = (members: Buffer[], temporaryPrefix?: string): void => {
    const root = join(base, 'target');
    mkdirSync(root);
    if (temporaryPrefix) {
      symlinkSync('../outside', join(root, 'c'));
      mkdirSync(join(root, 'a'));
    }
    try {
      extractHere(root, archive(...members), temporaryPrefix);
      whole++;
    } catch (error) {
      assert.ok(error instanceof ReadingFailure || error instanceof TarDamage, String(error));
    } finally {
      if (temporaryPrefix) assert.equal(leftIn(root), 0);
      removeTree(root);
    }
    assertSameTree(describeTree(outside), before);
  };
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), (members) => {
      run(members);
      run(members, '.om-ops-restore.test-');
    }),
    { numRuns: 200 },
  );
  assert.ok(whole > 20, `${whole} were extracted whole`);
});

// Not Node's recursive `readdirSync`: it follows links, and two that lead up have no end.
function leftIn(folder: string): number {
  return Object.keys(describeTree(folder)).filter((name) => name.includes('.om-ops-restore'))
    .length;
}

test('a name that looks like ours is a name', async (context) => {
  const place: Place = makePlace(
    context,
    archiveGz(file('.om-ops-restore.1-x-0000000000000000-00000000.partial')),
  );
  await restore(place);
  assert.equal(readdirSync(place.target).length, 1);
  rmSync(place.target, { recursive: true });
  assert.ok(!existsSync(place.target));
});
