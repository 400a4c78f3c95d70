import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { createArchive } from '../src/archive/archive.ts';
import { type PosixCalls, posixCalls } from '../src/archive/posix/posix.ts';
import { type Bench, make, makeBench, namesIn } from './archive-make.ts';
import { isRoot } from './extract-tree.ts';

/** Calls back when the turn of a folder below the source has come, before it is listed, and when a file is open, before it is read. */
function watching(onFolder: () => void, onFile: () => void = () => undefined): PosixCalls {
  const posix = posixCalls();
  return {
    ...posix,
    xattrs: (path) => {
      if (!path.toString().endsWith('/.')) onFolder();
      return posix.xattrs(path);
    },
    fdXattrs: (fd) => {
      onFile();
      return posix.fdXattrs(fd);
    },
  };
}

function firstTime(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}

/** The content of a member, as GNU tar extracts it. */
function contentOf(bench: Bench, name: string): Buffer {
  return execFileSync('tar', ['-xOzf', bench.archive, name], { maxBuffer: 1e9 });
}

/** A process that appends to a file as fast as it can, until the test ends. */
async function appendTo(context: TestContext, path: string): Promise<void> {
  const script = `import sys
f=open(sys.argv[1],'ab',0)
f.write(b'x')
print('writing',flush=True)
while True: f.write(b'x')`;
  const child = spawn('python3', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
}

test('a file that changes once is read again', async (context) => {
  const bench = makeBench(context);
  mkdirSync(bench.tree);
  const path = join(bench.tree, 'log');
  writeFileSync(path, 'before');
  const posix = watching(
    () => undefined,
    firstTime(() => appendFileSync(path, ' after')),
  );
  const made = await make(bench, { posix });
  assert.deepEqual(made.skipped, []);
  assert.equal(made.sourceBytes, 12);
  assert.equal(contentOf(bench, 'log').toString(), 'before after');
});

for (const [size, what] of [
  [100_000, 'short'],
  [6_000_000, 'long'],
] as const) {
  test(`a ${what} file that always grows is cut and listed`, async (context) => {
    const bench = makeBench(context);
    mkdirSync(bench.tree);
    const path = join(bench.tree, 'growing');
    const content = randomBytes(size);
    writeFileSync(path, content);
    writeFileSync(join(bench.tree, 'next'), 'next');
    await appendTo(context, path);
    let made = await make(bench);
    // The other process may have to wait for a processor while a short file is read.
    for (let more = 0; more < 50 && made.skipped.length === 0; more += 1) made = await make(bench);
    assert.deepEqual(made.skipped, [{ path: 'growing', reason: 'changed' }]);
    assert.equal(made.files, 2);
    const archived = contentOf(bench, 'growing');
    assert.ok(archived.length > size);
    assert.ok(archived.subarray(0, size).equals(content));
    assert.match(archived.subarray(size).toString(), /^x+$/);
    assert.equal(contentOf(bench, 'next').toString(), 'next');
  });
}

test('a file that shrinks is padded and listed', async (context) => {
  const bench = makeBench(context);
  mkdirSync(bench.tree);
  const path = join(bench.tree, 'shrinking');
  const content = randomBytes(20_000_000);
  writeFileSync(path, content);
  writeFileSync(join(bench.tree, 'tail'), 'tail');
  const chunks: Buffer[] = [];
  const shrink = firstTime(() => truncateSync(path, 10_000_000));
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      shrink();
      chunks.push(chunk);
      done();
    },
  });
  const made = await make(bench, { output });
  assert.deepEqual(made.skipped, [{ path: 'shrinking', reason: 'changed' }]);
  writeFileSync(bench.archive, Buffer.concat(chunks));
  const archived = contentOf(bench, 'shrinking');
  assert.equal(archived.length, content.length);
  assert.ok(archived.subarray(0, 10_000_000).equals(content.subarray(0, 10_000_000)));
  assert.ok(archived.subarray(10_000_000).every((byte) => byte === 0));
  assert.equal(contentOf(bench, 'tail').toString(), 'tail');
});

test('a short file that is cut to nothing while it is open is read as it is then', async (context) => {
  const bench = makeBench(context);
  mkdirSync(bench.tree);
  const path = join(bench.tree, 'cut');
  writeFileSync(path, 'content');
  const posix = watching(
    () => undefined,
    firstTime(() => truncateSync(path, 0)),
  );
  const made = await make(bench, { posix });
  assert.deepEqual(made.skipped, []);
  assert.equal(made.sourceBytes, 0);
});

test('a file that another replaces is archived as the other', async (context) => {
  const bench = makeBench(context);
  mkdirSync(join(bench.tree, 'a-folder'), { recursive: true });
  const path = join(bench.tree, 'config');
  writeFileSync(path, 'old');
  const posix = watching(
    firstTime(() => {
      writeFileSync(`${path}.new`, 'new content');
      renameSync(`${path}.new`, path);
    }),
  );
  const made = await make(bench, { posix });
  assert.deepEqual(made.skipped, []);
  assert.equal(contentOf(bench, 'config').toString(), 'new content');
});

test('what vanishes is listed, and the archive goes on', async (context) => {
  const bench = makeBench(context);
  mkdirSync(join(bench.tree, 'a-folder'), { recursive: true });
  mkdirSync(join(bench.tree, 'b-folder'));
  for (const name of ['gone', 'there']) writeFileSync(join(bench.tree, name), name);
  const posix = watching(
    firstTime(() => {
      unlinkSync(join(bench.tree, 'gone'));
      rmSync(join(bench.tree, 'a-folder'), { recursive: true });
    }),
  );
  const made = await make(bench, { posix });
  assert.deepEqual(made.skipped, [
    { path: 'a-folder', reason: 'vanished' },
    { path: 'gone', reason: 'vanished' },
  ]);
  assert.deepEqual(namesIn(bench.archive), ['a-folder/', 'b-folder/', 'there']);
});

test('a link that takes the place of a folder is not followed', async (context) => {
  const bench = makeBench(context);
  mkdirSync(join(bench.tree, 'folder'), { recursive: true });
  const elsewhere = join(bench.base, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'secret'), 'secret');
  const posix = watching(
    firstTime(() => {
      rmSync(join(bench.tree, 'folder'), { recursive: true });
      symlinkSync(elsewhere, join(bench.tree, 'folder'));
    }),
  );
  const made = await make(bench, { posix });
  assert.deepEqual(made.skipped, [{ path: 'folder', reason: 'vanished' }]);
  assert.deepEqual(namesIn(bench.archive), ['folder/']);
});

/** Runs as a user who owns nothing, if this is root. */
async function unprivileged<T>(act: () => Promise<T>): Promise<T> {
  if (!isRoot) return act();
  process.seteuid?.(65_534);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}

test('what may not be read is listed', async (context) => {
  const bench = makeBench(context);
  mkdirSync(join(bench.tree, 'closed'), { recursive: true });
  writeFileSync(join(bench.tree, 'closed/inside'), 'x');
  writeFileSync(join(bench.tree, 'secret'), 'x');
  writeFileSync(join(bench.tree, 'open'), 'x');
  chmodSync(join(bench.tree, 'secret'), 0);
  chmodSync(join(bench.tree, 'closed'), 0);
  chmodSync(bench.base, 0o777);
  const made = await unprivileged(() => make(bench));
  chmodSync(join(bench.tree, 'closed'), 0o700);
  assert.deepEqual(made.skipped, [
    { path: 'closed', reason: 'unreadable' },
    { path: 'secret', reason: 'unreadable' },
  ]);
  assert.deepEqual(namesIn(bench.archive), ['closed/', 'open']);
});

test('a source that is missing, closed or no folder is an error', async (context) => {
  const bench = makeBench(context);
  await assert.rejects(make(bench), { code: 'E_NOT_FOUND', exit: 5 });
  writeFileSync(bench.tree, '');
  await assert.rejects(make(bench), { code: 'E_NOT_FOLDER', exit: 5 });
  rmSync(bench.tree);
  mkdirSync(bench.tree, 0o000);
  chmodSync(bench.base, 0o777);
  chmodSync(bench.archive, 0o666);
  await assert.rejects(
    unprivileged(() => make(bench)),
    { code: 'E_PERMISSION', exit: 5 },
  );
  chmodSync(bench.tree, 0o700);
});

test('a source that is moved or deleted meanwhile is an error', async (context) => {
  for (const leave of [
    (path: string) => rmSync(path, { recursive: true }),
    (path: string) => renameSync(path, `${path}-moved`),
  ]) {
    const bench = makeBench(context);
    mkdirSync(join(bench.tree, 'folder'), { recursive: true });
    writeFileSync(join(bench.tree, 'z'), 'x');
    const posix = watching(firstTime(() => leave(bench.tree)));
    await assert.rejects(make(bench, { posix }), { code: 'E_SOURCE_VANISHED', exit: 1 });
  }
});

function fill(bench: Bench, megabytes: number): void {
  mkdirSync(bench.tree);
  for (let n = 0; n < megabytes; n += 1) {
    writeFileSync(join(bench.tree, `file-${n}`), randomBytes(1_000_000));
  }
}

test('a full disk is an error at once', async (context) => {
  const bench = makeBench(context);
  fill(bench, 20);
  const full = openSync('/dev/full', 'w');
  const started = performance.now();
  let read = 0;
  const progress = { ...silentProgress(), report: ({ bytes = 0 }) => (read = bytes) };
  await assert.rejects(make(bench, { output: full, progress }), { code: 'ENOSPC' });
  closeSync(full);
  assert.ok(read < 10_000_000);
  assert.ok(performance.now() - started < 5_000);
});

test('a disk that fills up on the way is an error', async (context) => {
  const bench = makeBench(context);
  fill(bench, 8);
  const small = join(bench.base, 'small');
  mkdirSync(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    context.skip('only where a file system may be mounted');
    return;
  }
  try {
    await assert.rejects(make({ ...bench, archive: join(small, 'a.tar.gz') }), { code: 'ENOSPC' });
  } finally {
    execFileSync('umount', [small]);
  }
});

test('an output stream takes it all, slowly too, and its failure is an error', async (context) => {
  const bench = makeBench(context);
  fill(bench, 5);
  const expected = await make(bench);
  const through = new PassThrough({ highWaterMark: 1000 });
  const chunks: Buffer[] = [];
  through.on('data', (chunk: Buffer) => {
    through.pause();
    chunks.push(chunk);
    setImmediate(() => through.resume());
  });
  const made = await make(bench, { output: through });
  assert.equal(made.sha256, expected.sha256);
  through.end();
  await once(through, 'end');
  assert.equal(createHash('sha256').update(Buffer.concat(chunks)).digest('hex'), made.sha256);

  const failing = new Writable({ write: (_chunk, _encoding, done) => done(new Error('broken')) });
  await assert.rejects(make(bench, { output: failing }), { message: 'broken' });
  const closed = new PassThrough();
  closed.once('data', () => closed.destroy());
  await assert.rejects(make(bench, { output: closed }), { message: /closed before/ });
});

test('an abort ends it soon, and nothing is written any more', async (context) => {
  const bench = makeBench(context);
  fill(bench, 30);
  const stop = new AbortController();
  const fd = openSync(bench.archive, 'w');
  let stopped = 0;
  const progress = {
    warn() {},
    signal: stop.signal,
    report: ({ bytes = 0 }) => {
      if (bytes < 3_000_000 || stop.signal.aborted) return;
      stopped = performance.now();
      stop.abort();
    },
  };
  const options = { source: bench.tree, exclude: [], output: fd, progress };
  await assert.rejects(createArchive(options), { code: 'E_INTERRUPTED', exit: 130 });
  assert.ok(performance.now() - stopped < 5_000);
  const { size } = fstatSync(fd);
  // A write still on its way would be done before these.
  await Promise.all(Array.from({ length: 16 }, () => stat(bench.archive)));
  assert.equal(fstatSync(fd).size, size);
  closeSync(fd);
  assert.ok(statSync(bench.archive).size < 30_000_000);
  await assert.rejects(createArchive({ ...options, output: -1 }), { code: 'E_INTERRUPTED' });
});
