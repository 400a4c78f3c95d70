import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { silentProgress } from '@om-ops/kit';
import { temporaryFolder } from '@om-ops/test-support/temp';
import fc from 'fast-check';
import { createGunzip, GzipDamage } from '../src/archive/gzip/gunzip.ts';
import type { GunzipNote } from '../src/archive/gzip/gunzip-worker.ts';
import { TarReader } from '../src/archive/tar/reader.ts';
import { type VerifyOptions, type VerifyResult, verifyArchive } from '../src/verify/archive.ts';
import { type VerifiedMembers, verifyMembers } from '../src/verify/verify-members.ts';
import { makeAwkwardTree } from './extract-tree.ts';
import { archive, archiveGz, header, member, pax } from './reader-compose.ts';

const small = archive(
  header({ name: 'd', type: '5' }),
  member({ name: 'd/a' }, 'a'.repeat(700)),
  pax({ path: 'long name', mtime: '1.5' }),
  member({ name: 'b' }, 'b'.repeat(512)),
  header({ name: 'l', type: '2', linkName: 'b' }),
);

type Verify = (content: Buffer, options?: Partial<VerifyOptions>) => Promise<VerifyResult>;

function verifierIn(context: Parameters<typeof temporaryFolder>[0]): Verify {
  const path = join(temporaryFolder(context), 'test.tar.gz');
  return (content, options = {}) => {
    writeFileSync(path, content);
    return verifyArchive(path, { progress: silentProgress(), ...options });
  };
}

/** Without threads: for what is tried many times. */
async function verifyHere(
  content: Buffer,
  isDatabase?: boolean,
): Promise<VerifiedMembers & { ok: boolean }> {
  const note: GunzipNote = { compressedBytes: content.length };
  const pieces: Buffer[] = [];
  const gunzip = createGunzip((bytes) => pieces.push(Buffer.from(bytes)));
  try {
    await gunzip.write(content);
    note.summary = gunzip.end();
  } catch (error) {
    assert.ok(error instanceof GzipDamage);
    note.damage = { reason: error.message, offset: error.offset };
  } finally {
    gunzip.close();
  }
  const next = (): Buffer | undefined => {
    const piece = pieces.shift();
    if (piece || !note.damage) return piece;
    throw new GzipDamage(note.damage.reason, note.damage.offset);
  };
  const reader = new TarReader({ next });
  const found = await verifyMembers({ reader, gunzipNote: () => note, isDatabase });
  return { ...found, ok: found.problems.length === 0 };
}

const codes = ({ problems }: Pick<VerifyResult, 'problems'>): string[] =>
  problems.map(({ code }) => code);

test('counts and hashes what is good', async (context) => {
  const verify = verifierIn(context);
  const content = gzipSync(small);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const result = await verify(content, { expectedSha256: sha256.toUpperCase(), expectedFiles: 3 });
  const { seconds, path, ...found } = result;
  assert.ok(seconds > 0 && path.endsWith('test.tar.gz'));
  assert.deepEqual(found, {
    ok: true,
    problems: [],
    bytes: content.length,
    sha256,
    files: 3,
    directories: 1,
    contentBytes: 1212,
    dumps: [],
  });
});

test('says when the checksum or the number of files differs', async (context) => {
  const verify = verifierIn(context);
  const result = await verify(gzipSync(small), {
    expectedSha256: 'ab'.repeat(32),
    expectedFiles: 4,
  });
  assert.equal(result.ok, false);
  assert.deepEqual(codes(result), ['E_CHECKSUM', 'E_FILE_COUNT']);
});

test('cut anywhere, before or after compression, it never passes', async () => {
  for (let length = 0; length < small.length; length += 64) {
    const result = await verifyHere(gzipSync(small.subarray(0, length)));
    assert.deepEqual([result.ok, codes(result)], [false, ['E_ARCHIVE_CUT']], `tar at ${length}`);
  }
  const content = gzipSync(small, { level: 0 });
  for (let length = 0; length < content.length; length += 64) {
    const result = await verifyHere(content.subarray(0, length));
    assert.deepEqual(
      [result.ok, codes(result)],
      [false, ['E_ARCHIVE_CORRUPT']],
      `gzip at ${length}`,
    );
    assert.match(
      result.problems[0]?.message ?? '',
      /last whole member is |no member before it is whole/,
    );
  }
});

test('a flipped bit never passes', async () => {
  const content = gzipSync(small);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 80, max: content.length * 8 - 1 }), async (bit) => {
      const flipped = Buffer.from(content);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      // Some bits say the same in another way: which of many equal stretches is repeated.
      assert.equal((await verifyHere(flipped)).ok, isSame(flipped));
    }),
    { numRuns: 300 },
  );
});

function isSame(content: Buffer): boolean {
  try {
    return gunzipSync(content).equals(small);
  } catch {
    return false;
  }
}

test('of a damaged file the hash is of all of it nevertheless', async (context) => {
  const verify = verifierIn(context);
  const content = gzipSync(small);
  content.fill(0x55, 60, 70);
  const result = await verify(content);
  assert.deepEqual([codes(result), result.bytes], [['E_ARCHIVE_CORRUPT'], content.length]);
  assert.equal(result.sha256, createHash('sha256').update(content).digest('hex'));
});

test('damage of the tar inside of a good gzip file is found, once', async (context) => {
  const verify = verifierIn(context);
  const damaged = Buffer.from(small);
  damaged.fill(0x41, 512, 600);
  const result = await verify(gzipSync(damaged), { expectedFiles: 3 });
  assert.deepEqual(codes(result), ['E_ARCHIVE_CORRUPT', 'E_FILE_COUNT']);
  assert.match(
    result.problems[0]?.message ?? '',
    /checksum differs at byte 512 .* last whole member is d/,
  );
});

test('says what stands behind the end', async () => {
  assert.deepEqual(
    codes(await verifyHere(Buffer.concat([gzipSync(small), Buffer.from('garbage')]))),
    ['E_ARCHIVE_TRAILING'],
  );
  assert.deepEqual(codes(await verifyHere(gzipSync(Buffer.concat([small, small])))), [
    'E_ARCHIVE_TRAILING',
  ]);
  assert.deepEqual(
    codes(await verifyHere(Buffer.concat([gzipSync(small), Buffer.alloc(2000)]))),
    [],
  );
  assert.deepEqual(
    codes(await verifyHere(Buffer.concat([gzipSync(small), gzipSync(Buffer.alloc(4096))]))),
    [],
  );
});

test('says when a member could not be restored', async (context) => {
  const verify = verifierIn(context);
  const result = await verify(archiveGz(member({ name: '../x' }, 'x'), member({ name: 'y' }, 'y')));
  assert.deepEqual(codes(result), ['E_ARCHIVE_UNSAFE']);
  assert.equal(result.files, 2);
});

test('what is no archive, or not there', async (context) => {
  const verify = verifierIn(context);
  assert.deepEqual(codes(await verify(Buffer.from('PK not gzip'))), ['E_ARCHIVE_CORRUPT']);
  assert.deepEqual(codes(await verify(Buffer.alloc(0))), ['E_ARCHIVE_CORRUPT']);
  assert.deepEqual(codes(await verify(gzipSync('x'.repeat(2000)))), ['E_ARCHIVE_CORRUPT']);
  const progress = silentProgress();
  await assert.rejects(verifyArchive('/nowhere/x.tar.gz', { progress }), { code: 'E_NOT_FOUND' });
  await assert.rejects(verifyArchive('/', { progress }), { code: 'E_NOT_A_FILE' });
  await assert.rejects(
    verifyArchive(process.execPath, { progress: { ...progress, signal: AbortSignal.abort() } }),
    { code: 'E_INTERRUPTED' },
  );
});

test('passes what GNU tar, bsdtar and Python made', async (context) => {
  const verify = verifierIn(context);
  const folder = temporaryFolder(context);
  makeAwkwardTree(join(folder, 'tree'));
  const options = {
    maxBuffer: 1e9,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'],
  };
  const python =
    "import tarfile,sys; t=tarfile.open(fileobj=sys.stdout.buffer,mode='w|gz'); t.add('tree'); t.close()";
  const results = [
    await verify(
      execFileSync(
        'tar',
        ['-czf', '-', '--format=posix', '-S', '--xattrs', '--acls', 'tree'],
        options,
      ),
    ),
    await verify(execFileSync('tar', ['-czf', '-', '--format=gnu', 'tree'], options)),
    await verify(execFileSync('bsdtar', ['-czf', '-', '--format=pax', 'tree'], options)),
    await verify(execFileSync('python3', ['-c', python], options)),
  ];
  for (const result of results) {
    assert.deepEqual(result.problems, []);
    assert.equal(result.files, results[0]?.files);
  }
});

const closing = {
  mysql: '-- Dump completed on 2026-01-22 14:30:00\n',
  mariadb: '-- Dump completed\n',
  postgres: '--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc123\n\n',
  sqlite: 'COMMIT;\n-- Dump completed\n',
};
const dumpOf = (end: string): Buffer =>
  gzipSync(`INSERT INTO t VALUES ('${'x'.repeat(50_000)}');\n${end}`);
const bundle = (engine: string, dumps: Record<string, Buffer>, extra: object = {}): Buffer =>
  archiveGz(
    member({ name: 'meta.json' }, JSON.stringify({ engine, ...extra })),
    ...Object.entries(dumps).map(([name, content]) => member({ name }, content)),
  );

test('reads dumps to their closing line', async (context) => {
  const verify = verifierIn(context);
  for (const [engine, end] of [
    ['mysql', closing.mysql],
    ['mysql', closing.mariadb],
    ['postgres', closing.postgres],
    ['sqlite', closing.sqlite],
  ] as const) {
    const dump = dumpOf(end);
    const good = await verify(bundle(engine, { 'shop.sql.gz': dump, 'auth.sql.gz': dump }), {
      isDatabase: true,
    });
    assert.deepEqual(good.problems, [], engine);
    assert.deepEqual(
      good.dumps.map(({ file }) => file),
      ['shop.sql.gz', 'auth.sql.gz'],
    );
    assert.equal(good.dumps[0]?.bytes, dump.length);
    const cut = await verify(bundle(engine, { 'shop.sql.gz': dump, 'auth.sql.gz': dumpOf('') }));
    assert.deepEqual(codes(cut), ['E_DUMP_INCOMPLETE'], engine);
    assert.match(cut.problems[0]?.message ?? '', /^auth\.sql\.gz lacks its closing line, `-- /);
  }
  // An engine nobody named: any of the closing lines will do.
  assert.deepEqual(codes(await verify(bundle('', { 'a.sql.gz': dumpOf(closing.postgres) }))), []);
  assert.deepEqual(codes(await verify(bundle('mysql', { 'a.sql.gz': dumpOf(closing.postgres) }))), [
    'E_DUMP_INCOMPLETE',
  ]);
});

test('finds dumps that are damaged, missing, or not what meta.json says', async () => {
  const verify = (content: Buffer, isDatabase?: boolean) => verifyHere(content, isDatabase);
  const dump = dumpOf(closing.mysql);
  const flipped = Buffer.from(dump);
  flipped[dump.length - 6] = (flipped[dump.length - 6] as number) ^ 1;
  for (const content of [
    flipped,
    dump.subarray(0, -20),
    Buffer.from('no gzip'),
    Buffer.concat([dump, Buffer.from('x')]),
  ])
    assert.deepEqual(codes(await verify(bundle('mysql', { 'a.sql.gz': content }))), [
      'E_DUMP_CORRUPT',
    ]);
  const databases = [{ name: 'a', file: 'a.sql.gz', bytes: dump.length, rawBytes: 50_067 }];
  const said = (extra: object) =>
    verify(bundle('mysql', { 'a.sql.gz': dump }, { databases: [{ ...databases[0], ...extra }] }));
  const { dumps } = await said({ rawBytes: undefined });
  assert.deepEqual(codes(await said({ rawBytes: dumps[0]?.rawBytes })), []);
  assert.deepEqual(codes(await said({ rawBytes: 1 })), ['E_DUMP_CORRUPT']);
  assert.deepEqual(codes(await said({ bytes: 1, rawBytes: undefined })), ['E_DUMP_CORRUPT']);
  assert.deepEqual(codes(await said({ file: 'b.sql.gz' })), ['E_DUMP_MISSING']);
  const isDatabase = true;
  assert.deepEqual(codes(await verify(archiveGz(member({ name: 'a.sql.gz' }, dump)), isDatabase)), [
    'E_META_INVALID',
  ]);
  assert.deepEqual(codes(await verify(archiveGz(member({ name: 'meta.json' }, '{')), isDatabase)), [
    'E_META_INVALID',
    'E_DUMP_MISSING',
  ]);
});

test('a tree with such names is no database archive', async (context) => {
  const verify = verifierIn(context);
  const tree = archiveGz(
    member({ name: 'backup/meta.json' }, '{}'),
    member({ name: 'backup/old.sql.gz' }, 'not gzip at all'),
    member({ name: 'broken.sql.gz' }, 'neither'),
  );
  assert.deepEqual((await verify(tree)).problems, []);
  const both = bundle('mysql', { 'a.sql.gz': Buffer.from('no') });
  assert.deepEqual((await verify(both, { isDatabase: false })).problems, []);
});
