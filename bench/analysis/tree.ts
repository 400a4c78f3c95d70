// Makes the tree the benches read: package folders several times over, some files altered, random data.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const copies = 6;
const randomFiles = 70_000;
const largestCopied = 2 * 1024 * 1024;

/** Repeatable numbers in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function copyTree(from: string, to: string, alter: (path: string) => boolean): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) copyTree(source, target, alter);
    else if (entry.isFile() && statSync(source).size <= largestCopied) {
      if (alter(target)) {
        const bytes = readFileSync(source);
        const at = Math.floor(bytes.length / 2);
        if (bytes.length > 0) bytes[at] = bytes[at]! ^ 1;
        writeFileSync(target, bytes);
      } else copyFileSync(source, target);
    }
  }
}

function noise(bytes: number, seed: number): Buffer {
  const data = Buffer.allocUnsafe(bytes);
  for (let at = 0, block = 0; at < bytes; at += 32, block += 1)
    createHash('sha256').update(`${seed}.${block}`).digest().copy(data, at);
  return data;
}

/** Fills `folder` with about 200,000 files, 2 to 3 GB, from the packages in `modules`. */
export function makeBenchTree(folder: string, modules: string): void {
  rmSync(folder, { recursive: true, force: true });
  const random = randomFrom(7);
  for (let copy = 0; copy < copies; copy += 1)
    copyTree(
      modules,
      join(folder, `app-${copy}`, 'node_modules'),
      () => copy > 0 && random() < 0.2,
    );
  const pool = noise(1 << 20, 1);
  const now = Date.now() / 1000;
  for (let file = 0; file < randomFiles; file += 1) {
    const place = join(folder, 'data', `d${file % 97}`, `s${file % 31}`);
    if (file < 97 * 31) mkdirSync(place, { recursive: true });
    const bytes = Math.floor(Math.exp(5 + random() * 6.5));
    const start = Math.floor(random() * (pool.length - bytes));
    const path = join(place, `f${file}.bin`);
    writeFileSync(path, pool.subarray(start, start + bytes));
    const time = now - random() * 700 * 86_400;
    utimesSync(path, time, time);
  }
  for (let file = 0; file < 24; file += 1)
    writeFileSync(join(folder, 'data', `big${file}.bin`), noise(15 << 20, file % 16));
  const odd = join(folder, 'odd names');
  mkdirSync(odd, { recursive: true });
  for (const name of ["it's", 'a\nb', '-rf', 'tab\there', 'ünï', '$(id)', '\\x41'])
    for (const twin of ['1', '2']) writeFileSync(join(odd, name + twin), `same ${name}`);
  for (const twin of ['1', '2'])
    writeFileSync(
      Buffer.concat([Buffer.from(`${odd}/caf`), Buffer.from([0xe9]), Buffer.from(twin)]),
      'latin',
    );
}

if (process.argv[1] === import.meta.filename) {
  const [folder, modules] = process.argv.slice(2);
  if (folder === undefined || modules === undefined || !existsSync(modules))
    throw new Error('usage: tree.ts FOLDER NODE_MODULES');
  makeBenchTree(folder, modules);
}
