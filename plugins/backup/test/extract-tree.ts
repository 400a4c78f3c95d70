import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { posixCalls } from '../src/archive/posix/posix.ts';

export const isRoot = process.geteuid?.() === 0;
const posix = posixCalls();

/** A folder with everything an archive may have to keep. What takes root is left out for others. */
export function makeAwkwardTree(root: string): void {
  mkdirSync(root, { recursive: true });
  const at = (name: string): string => join(root, name);
  const shell = (command: string): void => {
    execFileSync('bash', ['-c', command], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  };
  writeFileSync(at('plain.txt'), 'hello\n');
  writeFileSync(at('empty'), '');
  writeFileSync(at('block'), Buffer.alloc(512, 'b'));
  writeFileSync(at('big.bin'), createNoise(3_000_001));
  mkdirSync(at('folder/empty'), { recursive: true });
  writeFileSync(at('folder/ünïcode ☦ name'), 'utf-8');
  writeFileSync(
    Buffer.concat([Buffer.from(`${root}/folder/latin-`), Buffer.from([0xe9, 0xff])]),
    'bytes',
  );
  writeFileSync(at('folder/new\nline and \\ and "quotes"'), 'odd');
  const long = join('deep', ...Array.from({ length: 12 }, (_, n) => `${n}-${'x'.repeat(40)}`));
  mkdirSync(at(long), { recursive: true });
  writeFileSync(at(join(long, 'y'.repeat(200))), 'deep');
  linkSync(at('plain.txt'), at('folder/hard link'));
  linkSync(at('big.bin'), at('another-big.bin'));
  symlinkSync('plain.txt', at('link'));
  symlinkSync('/etc/passwd', at('absolute-link'));
  symlinkSync(`nowhere/${'z'.repeat(200)}`, at('dangling'));
  symlinkSync('..', at('folder/up'));
  linkSync(at('dangling'), at('folder/dangling too'));
  makeSparse(at('sparse'), 5_000_000, [
    [1_048_576, 'one'],
    [3_145_728, 'two'],
  ]);
  makeSparse(at('all-hole'), 1_000_000, []);
  makeSparse(at('hole-at-start'), 2_100_000, [[2_097_152, 'x'.repeat(2848)]]);
  writeFileSync(at('many-holes'), '');
  makeSparse(
    at('many-holes'),
    65_536 * 70,
    Array.from({ length: 69 }, (_, n) => [n * 65_536, `piece ${n}`] as [number, string]),
  );
  writeFileSync(at('script.sh'), '#!/bin/sh\n');
  shell(
    `chmod 4755 script.sh; chmod ${isRoot ? '0' : '600'} empty; chmod 1777 folder; chmod 2750 folder/empty; chmod 400 block`,
  );
  shell('mkfifo -m 640 fifo');
  if (posix.supportsXattrs) {
    shell(`setfattr -n user.note -v 'a value' plain.txt
      setfattr -n user.empty -v '' plain.txt
      setfattr -n 'user.with=equals%and percent' -v 0x00ff0a3d big.bin
      setfattr -n user.folder -v 1 folder`);
    shell(
      `setfacl -m u:daemon:r--,g:adm:rw- plain.txt; setfacl -d -m u:daemon:rwx folder; setfacl -m u:12345:r-x folder`,
    );
  }
  if (isRoot) {
    shell(
      'chown 1234:5678 big.bin; chown -h 4321:8765 link; chown daemon:adm script.sh; chmod 6755 script.sh; chown 2000000:2000001 folder/empty',
    );
    if (posix.supportsXattrs)
      shell('setfattr -n trusted.note -v t link; setcap cap_net_raw+ep block');
  }
  shell(`touch -d '2001-02-03 04:05:06.123456789 UTC' plain.txt
    touch -d '1969-12-31 23:59:58.5 UTC' big.bin
    touch -h -d '2033-03-03 03:03:03.000000001 UTC' link
    touch -d '2100-01-01 00:00:00.987654321 UTC' 'folder/hard link' sparse
    touch -d '2020-02-02 02:02:02.222222222 UTC' folder/empty folder deep fifo .`);
}

function createNoise(length: number): Buffer {
  const noise = Buffer.alloc(length);
  let state = 12345;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    noise[at] = state >>> 24;
  }
  return noise;
}

function makeSparse(path: string, size: number, pieces: readonly [number, string][]): void {
  const fd = openSync(path, 'w');
  for (const [offset, text] of pieces) writeSync(fd, Buffer.from(text), 0, text.length, offset);
  closeSync(fd);
  execFileSync('truncate', ['-s', String(size), path]);
}

export interface DescribeOptions {
  /** Leave out what only root can restore. */
  owners?: boolean;
  xattrs?: boolean;
  /** Digits of the second that count: 9 for nanoseconds. */
  timeDigits?: number;
  times?: boolean;
  holes?: boolean;
}

/** Every entry below a folder, by name, with all that a restore has to bring back. */
export function describeTree(
  root: string,
  {
    owners = isRoot,
    xattrs = true,
    timeDigits = 9,
    times = true,
    holes = true,
  }: DescribeOptions = {},
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const firstNames = new Map<bigint, string>();
  const describe = (path: Buffer, name: string): void => {
    const stat = lstatSync(path, { bigint: true });
    const isFile = stat.isFile();
    const key = name === '' ? '.' : name;
    const first = stat.nlink > 1n && !stat.isDirectory() ? firstNames.get(stat.ino) : undefined;
    if (first === undefined) firstNames.set(stat.ino, key);
    found[key] = {
      kind: kindOf(stat),
      mode: (Number(stat.mode) & 0o7777).toString(8),
      ...(times ? { mtime: String(roundedDown(stat.mtimeNs, 10n ** BigInt(9 - timeDigits))) } : {}),
      ...(owners ? { owner: `${stat.uid}:${stat.gid}` } : {}),
      ...(isFile ? { size: Number(stat.size), sha: hashOf(path) } : {}),
      ...(isFile && holes && stat.size > 100_000n ? { data: extentsOf(path) } : {}),
      ...(stat.isSymbolicLink() ? { target: readlinkSync(path, 'latin1') } : {}),
      ...(first === undefined ? {} : { sameAs: first }),
      ...(xattrs ? { xattrs: xattrsOf(path) } : {}),
    };
    if (!stat.isDirectory()) return;
    const names = readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare);
    for (const child of names)
      describe(
        Buffer.concat([path, Buffer.from('/'), child]),
        name === '' ? child.toString('latin1') : `${name}/${child.toString('latin1')}`,
      );
  };
  describe(Buffer.from(root), '');
  return found;
}

function kindOf(stat: {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
}): string {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  if (stat.isSymbolicLink()) return 'link';
  return stat.isFIFO() ? 'fifo' : 'other';
}

function hashOf(path: Buffer): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
  } catch {
    return 'unreadable';
  }
}

function extentsOf(path: Buffer): unknown {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch {
    return 'unreadable';
  }
  try {
    return posix.dataExtents(fd, Number(lstatSync(path).size));
  } finally {
    closeSync(fd);
  }
}

function xattrsOf(path: Buffer): string[] {
  return posix
    .xattrs(path)
    .map(({ name, value }) => `${name}=${value.toString('hex')}`)
    .sort();
}

function roundedDown(value: bigint, unit: bigint): bigint {
  const rest = value % unit;
  return (value - (rest < 0n ? rest + unit : rest)) / unit;
}

/** Like `deepEqual`, naming only the entries that differ. */
export function assertSameTree(
  actual: Record<string, unknown>,
  expected: Record<string, unknown>,
  what = '',
): void {
  const differ = [...new Set([...Object.keys(actual), ...Object.keys(expected)])].filter(
    (name) => !isDeepStrictEqual(actual[name], expected[name]),
  );
  const shown = differ
    .slice(0, 5)
    .map((name) => `${name.slice(-60)}\n  ${text(actual[name])}\n  ${text(expected[name])}`);
  assert.equal(differ.length, 0, `${what}: ${differ.length} differ\n${shown.join('\n')}`);
}

function text(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 500) ?? 'is not there';
}
