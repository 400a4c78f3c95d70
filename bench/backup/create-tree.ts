// Makes the trees and dumps the bench of `create` archives.
import { randomBytes, randomInt } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** How much of a tree's bytes are pictures; the rest is what npm packages hold. */
export const mixtures = { code: 0, mixed: 0.33, images: 0.85 } as const;
export type Mixture = keyof typeof mixtures;

const packages = join(import.meta.dirname, '../../node_modules');
const codeName = /\.([cm]?[jt]sx?|json|md|map|css|html)$/;
/** With these a file has 10 kB on average, as on the servers that were measured. */
const smallestCode = 1_024;
const largestCode = 2_000_000;

/** Makes a tree of about `megabytes` MB: the packages of this checkout, several times over, and random bytes. */
export function makeTree(folder: string, megabytes: number, mixture: Mixture): void {
  const imageBytes = megabytes * 1e6 * mixtures[mixture];
  let codeBytes = megabytes * 1e6 - imageBytes;
  for (let copy = 0; codeBytes > 0; copy += 1) {
    codeBytes -= copyCode(packages, join(folder, `app-${copy}`), codeBytes);
  }
  for (let image = 0, bytes = 0; bytes < imageBytes; image += 1) {
    const album = join(folder, 'images', `album-${Math.floor(image / 200)}`);
    const size = randomInt(8_000, 160_000);
    mkdirSync(album, { recursive: true });
    writeFileSync(join(album, `${image}.jpg`), randomBytes(size));
    bytes += size;
  }
}

/** Copies code until there is enough; returns how many bytes. */
function copyCode(from: string, to: string, enough: number): number {
  let bytes = 0;
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (bytes >= enough) break;
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      bytes += copyCode(source, target, enough - bytes);
    } else if (entry.isFile() && codeName.test(entry.name)) {
      const { size } = statSync(source);
      if (size < smallestCode || size > largestCode) continue;
      copyFileSync(source, target);
      bytes += size;
    }
  }
  return bytes;
}

const words =
  'parish baptism marriage funeral Nikolaos Maria Georgios Athens Boston priest sponsor'.split(' ');

/** Writes rows as mysqldump does: numbers, dates, names and free text. */
export function makeDump(path: string, megabytes: number): void {
  const fd = openSync(path, 'w');
  for (let bytes = 0, id = 1; bytes < megabytes * 1e6; ) {
    const rows: string[] = [];
    for (let row = 0; row < 200; row += 1, id += 1) {
      const note = Array.from({ length: 12 }, () => words[randomInt(words.length)]).join(' ');
      const born = new Date(randomInt(1e12)).toISOString().slice(0, 19).replace('T', ' ');
      rows.push(
        `(${id},'${randomBytes(6).toString('hex')}','${born}','${note}',${randomInt(1e6)},NULL)`,
      );
    }
    bytes += writeSync(fd, `INSERT INTO \`records\` VALUES ${rows.join(',')};\n`);
  }
  closeSync(fd);
}
