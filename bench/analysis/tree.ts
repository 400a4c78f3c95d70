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

const packageFiles = 140_000;
const randomFiles = 70_000;
const photos = 360;
const largestCopied = 20 * 1024 * 1024;

/** Repeatable numbers in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns how many files it copied. */
function copyTree(from: string, to: string, alter: () => boolean): number {
  let copied = 0;
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) copied += copyTree(source, target, alter);
    else if (entry.isFile() && statSync(source).size <= largestCopied) {
      copied += 1;
      if (alter()) {
        const bytes = readFileSync(source);
        const at = Math.floor(bytes.length / 2);
        if (bytes.length > 0) bytes[at] = bytes[at]! ^ 1;
        writeFileSync(target, bytes);
      } else copyFileSync(source, target);
    }
  }
  return copied;
}

export function noise(bytes: number, seed: number): Buffer {
  return createHash('shake256', { outputLength: bytes }).update(`${seed}`).digest();
}

/** Fills `folder` with about 200,000 files, 4 to 5 GB, from the packages in `modules`. */
export function makeBenchTree(folder: string, modules: string): void {
  rmSync(folder, { recursive: true, force: true });
  const random = randomFrom(7);
  for (let copy = 0, copied = 0; copied < packageFiles; copy += 1)
    copied += copyTree(
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
  for (let photo = 0; photo < photos; photo += 1) {
    const data = noise(Math.floor(200_000 + random() * 2_800_000), photo);
    for (let copy = 0; copy < 3; copy += 1) {
      const place = join(folder, `uploads-${copy}`);
      if (photo === 0) mkdirSync(place, { recursive: true });
      // Some copies were damaged in the middle: same size, same ends.
      if (copy > 0 && random() < 0.1) data[data.length >> 1]! ^= 1;
      writeFileSync(join(place, `photo-${photo}.jpg`), data);
    }
  }
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
