import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import fc from 'fast-check';
import { aclText, aclValue } from '../src/archive/tar/acl.ts';
import { blockSize, type TarEntry, xattrKey, xattrName } from '../src/archive/tar/format.ts';
import { HeaderEncoder, paddingAfter, sparseMap } from '../src/archive/tar/header.ts';

const entryOf = (some: Partial<TarEntry>): TarEntry => ({
  path: Buffer.from('name'),
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  userName: 'root',
  groupName: 'root',
  size: 0,
  mtimeNs: 0n,
  ...some,
});

/** One segment of a path: any bytes but NUL and slash. */
const segment = fc
  .uint8Array({ minLength: 1, maxLength: 120 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 47 ? 97 : byte))))
  .filter((name) => !['.', '..'].includes(name.toString('latin1')));
const path = fc
  .array(segment, { minLength: 1, maxLength: 6 })
  .map((names) => Buffer.from(names.map((name) => name.toString('latin1')).join('/'), 'latin1'));
const ownerName = fc.stringMatching(/^[a-zé-]{0,40}$/);
const ns = fc.bigInt({ min: -5_000_000_000n * 10n ** 9n, max: 20_000_000_000n * 10n ** 9n });
const anyEntry: fc.Arbitrary<TarEntry> = fc.record({
  path,
  type: fc.constantFrom('file', 'directory', 'symlink', 'hardlink'),
  mode: fc.nat(0o7777),
  uid: fc.nat(0xffff_fffe),
  gid: fc.nat(0xffff_fffe),
  userName: ownerName,
  groupName: ownerName,
  size: fc.constant(0),
  mtimeNs: ns,
});

function withLink(entry: TarEntry, target: Buffer): TarEntry {
  const isLink = entry.type === 'symlink' || entry.type === 'hardlink';
  return isLink ? { ...entry, linkTarget: target } : entry;
}

/** Every header block of an archive: its checksum is right and its fields are octal numbers. */
function assertHeaders(archive: Buffer): void {
  for (let at = 0; at < archive.length; ) {
    const header = archive.subarray(at, at + blockSize);
    const field = (from: number, to: number) => header.toString('latin1', from, to);
    const blank = Buffer.from(header).fill(' ', 148, 156);
    const sum = blank.reduce((total, byte) => total + byte, 0);
    assert.match(field(148, 156), /^[0-7]{6}\0 $/);
    assert.equal(Number.parseInt(field(148, 154), 8), sum);
    for (const [from, to] of [
      [100, 108],
      [108, 116],
      [116, 124],
      [124, 136],
      [136, 148],
    ] as const) {
      assert.match(field(from, to), /^[0-7]+\0$/);
    }
    assert.equal(field(257, 265), 'ustar\x0000');
    const size = Number.parseInt(field(124, 135), 8);
    at += blockSize + size + paddingAfter(size);
  }
}

/** What Python's tarfile reads, bytes as latin1. */
function readWithPython(archive: string): Record<string, unknown>[] {
  const script = `import json,sys,tarfile
raw=lambda text: text.encode('utf-8','surrogateescape').decode('latin1')
print(json.dumps([{'name':raw(m.name),'mode':m.mode,'uid':m.uid,'gid':m.gid,'uname':m.uname,'gname':m.gname,
 'type':m.type.decode(),'link':raw(m.linkname),'mtime':m.pax_headers.get('mtime',str(m.mtime))}
 for m in tarfile.open(sys.argv[1])]))`;
  return JSON.parse(execFileSync('python3', ['-c', script, archive], { encoding: 'utf8' }));
}

function seconds(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  const fraction = String(size % 10n ** 9n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${ns < 0n ? '-' : ''}${size / 10n ** 9n}${fraction === '' ? '' : `.${fraction}`}`;
}

test('any entry is read back by others as it was', (context) => {
  const archive = join(temporaryFolder(context), 'a.tar');
  const encoder = new HeaderEncoder();
  const flags = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as Record<
    string,
    string
  >;
  fc.assert(
    fc.property(fc.array(fc.tuple(anyEntry, path), { minLength: 1, maxLength: 20 }), (pairs) => {
      const entries = pairs.map(([entry, target]) => withLink(entry, target));
      const headers = entries.map((entry) => Buffer.from(encoder.encode(entry)));
      assertHeaders(Buffer.concat(headers));
      writeFileSync(archive, Buffer.concat([...headers, Buffer.alloc(1024)]));
      const expected = entries.map((entry) => ({
        name: entry.path.toString('latin1'),
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        uname: entry.userName,
        gname: entry.groupName,
        type: flags[entry.type],
        link: entry.linkTarget?.toString('latin1') ?? '',
        mtime: seconds(entry.mtimeNs),
      }));
      assert.deepEqual(readWithPython(archive), expected);
      const { stdout, status } = spawnSync(
        'tar',
        ['-tf', archive, '--quoting-style=literal', '--null', '-P', '--warning=no-unknown-keyword'],
        { encoding: 'latin1' },
      );
      assert.equal(status, 0);
      const names = entries.map(
        ({ path: name, type }) => `${name.toString('latin1')}${type === 'directory' ? '/' : ''}`,
      );
      assert.equal(stdout, names.map((name) => `${name}\n`).join(''));
    }),
    { numRuns: 25 },
  );
});

test('sizes over 8 GiB are in a pax record', (context) => {
  const archive = join(temporaryFolder(context), 'a.tar');
  const encoder = new HeaderEncoder();
  for (const size of [2 ** 33 - 1, 2 ** 33, 2 ** 43 + 1]) {
    writeFileSync(archive, encoder.encode(entryOf({ size })));
    const { stdout } = spawnSync('tar', ['-tvf', archive], { encoding: 'utf8' });
    assert.match(stdout, new RegExp(`^-rw-r--r-- root/root\\s+${size} `));
  }
});

test('a pax record counts its own length right', () => {
  const encoder = new HeaderEncoder();
  for (let length = 1; length < 1200; length += 1) {
    const value = Buffer.alloc(length, 'v');
    const header = encoder.encode(entryOf({ xattrs: [{ name: 'user.v', value }] }));
    const records = header.subarray(blockSize, -blockSize).toString('latin1');
    const [, digits = '', rest = ''] = /^(\d+) (.*?\n)\0*$/s.exec(records) ?? [];
    assert.equal(Number(digits), digits.length + 1 + rest.length);
  }
});

test('a large attribute fits', () => {
  const value = Buffer.alloc(65_536, 1);
  const header = new HeaderEncoder().encode(entryOf({ xattrs: [{ name: 'user.v', value }] }));
  assertHeaders(Buffer.from(header));
  assert.ok(header.includes(value));
});

test('the map of a sparse file ends with its end', () => {
  const map = (some: Partial<TarEntry>) => sparseMap(entryOf(some)).toString().replace(/\0+$/, '');
  assert.equal(map({ size: 100, sparse: [] }), '1\n100\n0\n');
  assert.equal(map({ size: 100, sparse: [{ offset: 10, length: 90 }] }), '1\n10\n90\n');
  assert.equal(map({ size: 99, sparse: [{ offset: 0, length: 9 }] }), '2\n0\n9\n99\n0\n');
  assert.equal(sparseMap(entryOf({ size: 1, sparse: [] })).length, blockSize);
});

test('an attribute name survives being a pax key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const key = xattrKey(`user.${name}`);
      assert.ok(!key.includes('='));
      assert.equal(xattrName(key), `user.${name}`);
    }),
  );
});

test('an ACL survives being text, and is what setfacl takes', () => {
  const names = {
    userName: (id: number) => (id === 33 ? 'www-data' : ''),
    groupName: (id: number) => (id === 4 ? 'adm' : ''),
    userId: (name: string) => (name === 'www-data' ? 33 : undefined),
    groupId: (name: string) => (name === 'adm' ? 4 : undefined),
  };
  const bits = fc.nat(7);
  const owners = fc.uniqueArray(fc.constantFrom(4, 33, 1000, 4_000_000_000), { maxLength: 3 });
  fc.assert(
    fc.property(bits, owners, owners, (permissions, users, groups) => {
      const entries = [
        [1, permissions, 0xffff_ffff],
        ...users.toSorted((a, b) => a - b).map((id) => [2, permissions ^ 5, id]),
        [4, permissions, 0xffff_ffff],
        ...groups.toSorted((a, b) => a - b).map((id) => [8, permissions ^ 3, id]),
        [16, 7, 0xffff_ffff],
        [32, permissions, 0xffff_ffff],
      ];
      const value = Buffer.alloc(4 + entries.length * 8);
      value.writeUInt32LE(2);
      entries.forEach(([tag = 0, permission = 0, id = 0], index) => {
        value.writeUInt16LE(tag, 4 + index * 8);
        value.writeUInt16LE(permission, 6 + index * 8);
        value.writeUInt32LE(id, 8 + index * 8);
      });
      const text = aclText(value, names);
      assert.ok(text !== undefined);
      assert.deepEqual(aclValue(text, names), value);
    }),
  );
  assert.equal(
    aclText(Buffer.from('0200000002000400210000000400070ffffffff0'.padEnd(40, '0'), 'hex'), names),
    'user:www-data:r--:33,group::rwx',
  );
  assert.equal(aclText(Buffer.from('nonsense'), names), undefined);
  assert.equal(aclValue('user:nobody-here:r--', names), undefined);
  assert.equal(aclValue('rubbish', names), undefined);
});
