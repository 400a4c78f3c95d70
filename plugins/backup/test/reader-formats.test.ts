import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import fc from 'fast-check';
import { printableName } from '../src/archive/tar/reader-damage.ts';
import { isRoot, makeAwkwardTree } from './extract-tree.ts';
import { archive, header, member, pax, readAll, type WholeEntry } from './reader-compose.ts';

const one = (...parts: Buffer[]): WholeEntry => {
  const { entries } = readAll(archive(...parts));
  assert.equal(entries.length, 1);
  return entries[0] as WholeEntry;
};

test('reads a ustar member with prefix, owner and names', () => {
  const entry = one(
    member(
      {
        name: 'b/c',
        prefix: 'a',
        mode: 0o106755,
        uid: 10,
        gid: 20,
        userName: 'eve',
        groupName: 'staff',
        mtime: 5,
      },
      'text',
    ),
  );
  assert.equal(entry.path.toString(), 'a/b/c');
  assert.equal(entry.type, 'file');
  assert.equal(entry.mode, 0o6755);
  assert.deepEqual(
    [entry.uid, entry.gid, entry.userName, entry.groupName],
    [10, 20, 'eve', 'staff'],
  );
  assert.equal(entry.mtimeNs, 5_000_000_000n);
  assert.equal(entry.content.toString(), 'text');
});

test('does not take the times of GNU or star headers for a prefix', () => {
  assert.equal(
    one(member({ name: 'x', flavour: 'gnu', prefix: '12345670123\0' })).path.toString(),
    'x',
  );
  const star = header({
    name: 'x',
    prefix: 'p'.repeat(131),
    patch: (block) => {
      block.write('00000000001\x0000000000002\0', 476, 'latin1');
      block.write('tar\0', 508, 'latin1');
    },
  });
  assert.equal(one(star).path.toString(), `${'p'.repeat(131)}/x`);
});

test('reads v7 folders by their last character, and regular files of unknown types', () => {
  assert.equal(one(header({ name: 'd/', type: '\0', flavour: 'v7' })).type, 'directory');
  assert.equal(
    one(member({ name: 'f', type: '\0', flavour: 'v7' }, 'v7')).content.toString(),
    'v7',
  );
  assert.equal(one(member({ name: 'f', type: '7' }, 'contiguous')).type, 'file');
  assert.equal(one(member({ name: 'f', type: 'Q' }, 'unknown')).content.toString(), 'unknown');
});

test('reads numbers in base 256', () => {
  const entry = one(
    header({
      name: 'x',
      type: '5',
      patch: (block) => {
        block.set([0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe], 108);
        block.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], 136);
      },
    }),
  );
  assert.equal(entry.uid, 0xffff_fffe);
  assert.equal(entry.mtimeNs, -2_000_000_000n);
});

test('reads long names and links of GNU', () => {
  const [name, link] = ['n'.repeat(300), 'l'.repeat(400)];
  const entry = one(
    member({ name: '././@LongLink', type: 'K', flavour: 'gnu' }, `${link}\0`),
    member({ name: '././@LongLink', type: 'L', flavour: 'gnu' }, `${name}\0`),
    header({ name: 'short', linkName: 'short', type: '2', flavour: 'gnu' }),
  );
  assert.equal(entry.path.toString(), name);
  assert.equal(entry.linkTarget?.toString(), link);
  assert.equal(entry.offset, 0);
});

test('pax records win over headers, an empty one takes a global one back', () => {
  const tar = archive(
    pax({ uname: 'global', mtime: '7.5', comment: 'x' }, 'g'),
    member({ name: 'a', userName: 'header' }),
    pax({
      path: 'long/name',
      uname: '',
      uid: '3000000',
      gid: '1',
      mtime: '-1.25',
      atime: '2.000000001',
    }),
    member({ name: 'b', userName: 'header' }, 'x'),
  );
  const { entries } = readAll(tar);
  const [first, second] = entries as [WholeEntry, WholeEntry];
  assert.equal(first.userName, 'global');
  assert.equal(first.mtimeNs, 7_500_000_000n);
  assert.equal(second.path.toString(), 'long/name');
  assert.equal(second.userName, 'header');
  assert.equal(second.uid, 3_000_000);
  assert.equal(second.mtimeNs, -1_250_000_000n);
  assert.equal(second.atimeNs, 2_000_000_001n);
});

test('a pax size counts, not the one of the header', () => {
  const tar = archive(
    pax({ size: '600' }),
    Buffer.concat([header({ name: 'a', size: 0 }), Buffer.alloc(1024, 'c')]),
    member({ name: 'b' }, 'after'),
  );
  const { entries } = readAll(tar);
  assert.deepEqual(
    entries.map(({ size }) => size),
    [600, 5],
  );
  assert.ok(entries[0]?.content.equals(Buffer.alloc(600, 'c')));
});

test('reads extended attributes of star, GNU and libarchive, and ACLs', () => {
  const entry = one(
    pax({
      'SCHILY.xattr.user.a%3Db%25': Buffer.from([0, 10, 61, 255]),
      'SCHILY.xattr.user.empty': '',
      'LIBARCHIVE.xattr.user.l%20x': Buffer.from('value').toString('base64'),
      'SCHILY.acl.access': 'user::rw-,group::r--,other::---',
      'SCHILY.acl.default': 'user::rwx',
      'RHT.security.selinux': 'u:r:t:s0',
    }),
    member({ name: 'x' }),
  );
  assert.deepEqual(
    entry.xattrs?.map(({ name, value }) => [name, value.toString('latin1')]),
    [
      ['user.a=b%', '\x00\n=\xff'],
      ['user.empty', ''],
      ['user.l x', 'value'],
      ['security.selinux', 'u:r:t:s0\0'],
    ],
  );
  assert.deepEqual(entry.acl, { access: 'user::rw-,group::r--,other::---', default: 'user::rwx' });
});

test('names keep their bytes', () => {
  const name = Buffer.from([0x61, 0xe9, 0x0a, 0xff, 0x1b]);
  assert.ok(
    one(pax({ hdrcharset: 'BINARY', path: name }), header({ name: 'x' })).path.equals(name),
  );
  assert.ok(one(header({ name })).path.equals(name));
  assert.equal(printableName(name), 'a\\xe9\\x0a\\xff\\x1b');
  assert.equal(printableName(Buffer.from('☦ é \u202e')), '☦ é \\xe2\\x80\\xae');
});

test('a volume label is passed over, an empty archive has no members', () => {
  assert.equal(
    one(
      header({ name: 'label', type: 'V', flavour: 'gnu' }),
      header({ name: 'x' }),
    ).path.toString(),
    'x',
  );
  assert.deepEqual(readAll(archive()).entries, []);
  assert.equal(readAll(archive()).reader.ending?.mark, 'whole');
  assert.equal(readAll(Buffer.alloc(0)).reader.ending?.mark, 'missing');
  assert.equal(readAll(Buffer.alloc(512)).reader.ending?.mark, 'single');
  assert.equal(readAll(Buffer.concat([archive(), Buffer.from('x')])).reader.ending?.trailing, true);
  assert.equal(
    readAll(Buffer.concat([archive(), Buffer.alloc(9000)])).reader.ending?.trailing,
    false,
  );
});

test('hard links have no data of their own, but may have it in pax', () => {
  const link = { name: 'l', type: '1', linkName: 'x' };
  const old = archive(header({ ...link, size: 700 }), member({ name: 'y' }, 'y'));
  assert.deepEqual(
    readAll(old).entries.map(({ type, size }) => [type, size]),
    [
      ['hardlink', 0],
      ['file', 1],
    ],
  );
  const withData = archive(pax({ mtime: '1' }), member(link, 'again'), member({ name: 'y' }, 'y'));
  assert.deepEqual(
    readAll(withData).entries.map(({ type }) => type),
    ['hardlink', 'file'],
  );
});

const holes: [string, Buffer[]][] = [
  [
    'old GNU',
    [
      header({
        name: 's',
        type: 'S',
        flavour: 'gnu',
        size: 5,
        patch: (block) => {
          block.write(
            '00000000010\x0000000000002\x0000000000020\x0000000000003\x0000000000100\x0000000000000\0',
            386,
            'latin1',
          );
          block.write('00000000100\0', 483, 'latin1');
        },
      }),
      Buffer.concat([Buffer.from('abcde'), Buffer.alloc(507)]),
    ],
  ],
  [
    'pax 0.0',
    [
      member(
        { name: 'PaxHeader', type: 'x' },
        Buffer.concat(
          [
            ['GNU.sparse.size', '64'],
            ['GNU.sparse.numblocks', '2'],
            ['GNU.sparse.offset', '8'],
            ['GNU.sparse.numbytes', '2'],
            ['GNU.sparse.offset', '16'],
            ['GNU.sparse.numbytes', '3'],
          ].map(([key, value]) =>
            Buffer.from(`${`00 ${key}=${value}\n`.length} ${key}=${value}\n`),
          ),
        ),
      ),
      member({ name: 's' }, 'abcde'),
    ],
  ],
  [
    'pax 0.1',
    [
      pax({
        'GNU.sparse.size': '64',
        'GNU.sparse.numblocks': '2',
        'GNU.sparse.map': '8,2,16,3',
        'GNU.sparse.name': 's',
      }),
      member({ name: 'GNUSparseFile.0/s' }, 'abcde'),
    ],
  ],
  [
    'pax 1.0',
    [
      pax({
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': 's',
        'GNU.sparse.realsize': '64',
      }),
      member(
        { name: 'GNUSparseFile.0/s' },
        Buffer.concat([Buffer.from('2\n8\n2\n16\n3\n'), Buffer.alloc(501), Buffer.from('abcde')]),
      ),
    ],
  ],
];
for (const [form, parts] of holes) {
  test(`reads holes of ${form}`, () => {
    const { entries } = readAll(archive(...parts, member({ name: 'next' }, 'n')));
    assert.deepEqual(
      entries.map(({ path }) => path.toString()),
      ['s', 'next'],
    );
    const [entry] = entries as [WholeEntry];
    assert.equal(entry.size, 64);
    assert.equal(entry.storedSize, 5);
    assert.deepEqual(entry.sparse, [
      { offset: 8, length: 2 },
      { offset: 16, length: 3 },
    ]);
    const expected = Buffer.alloc(64);
    expected.write('ab', 8);
    expected.write('cde', 16);
    assert.ok(entry.content.equals(expected));
  });
}

test('the pieces in which an archive comes do not matter', (context) => {
  const folder = temporaryFolder(context);
  makeAwkwardTree(join(folder, 'tree'));
  const tars = [
    ...['posix', 'gnu', 'oldgnu'].map((format) =>
      tarOf(folder, [`--format=${format}`, '--xattrs', '--acls', '-S']),
    ),
    ...['0.0', '0.1'].map((version) =>
      tarOf(folder, ['--format=posix', '-S', `--sparse-version=${version}`]),
    ),
  ];
  const summary = (tar: Buffer, pieces: readonly number[]): unknown =>
    readAll(tar, pieces).entries.map(({ content, ...entry }) => [
      entry,
      content.length > 1e6 ? content.subarray(0, 1e6) : content,
    ]);
  for (const tar of tars) {
    const whole = summary(tar, [tar.length]);
    assert.ok((whole as unknown[]).length > 20);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 6 }),
        (pieces) => {
          assert.deepEqual(summary(tar, pieces), whole);
        },
      ),
      { numRuns: 6 },
    );
    assert.deepEqual(summary(tar, [511, 1, 513]), whole);
  }
});

function tarOf(folder: string, options: string[]): Buffer {
  return execFileSync('tar', ['-cf', '-', ...options, '-C', folder, 'tree'], {
    maxBuffer: 1e9,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

test('agrees with Python’s tarfile on ustar, GNU and pax', (context) => {
  const folder = temporaryFolder(context);
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'd'.repeat(70), 'e'.repeat(70)), { recursive: true });
  writeFileSync(join(tree, 'd'.repeat(70), 'e'.repeat(70), 'f'.repeat(90)), 'long');
  writeFileSync(join(tree, 'a'), 'a'.repeat(1000));
  for (const format of ['USTAR', 'GNU', 'PAX']) {
    const path = join(folder, `${format}.tar`);
    execFileSync('python3', [
      '-c',
      `import tarfile
t = tarfile.open(${JSON.stringify(path)}, 'w', format=tarfile.${format}_FORMAT)
t.add(${JSON.stringify(tree)}, arcname=${format === 'USTAR' ? "'t'" : "'tree'"})
t.close()`,
    ]);
    const { entries, reader } = readAll(readFileSync(path));
    assert.equal(entries.length, 5);
    assert.equal(reader.ending?.mark, 'whole');
    assert.deepEqual(
      entries
        .filter(({ type }) => type === 'file')
        .map(({ size }) => size)
        .sort(),
      [1000, 4],
    );
    if (isRoot) assert.equal(entries[0]?.userName, 'root');
  }
});
