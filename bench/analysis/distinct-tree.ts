// Makes a tree of many small files of which no two are the same: what stands around the engine shows here.
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noise, randomFrom } from './tree.ts';

const smallFiles = 200_000;
const folders = 9_800;
const foldersPerBranch = 14;
const medianBytes = 4096;
/** Of the logarithm of a size. */
const spread = 1.4;
const mostBytes = 4 << 20;
const pictures = 130;
const pictureBytes = 2_000_000;
const extensions = ['.js', '.ts', '.json', '.css', '.md', '.html', '.svg', '.map'];

/** Fills `folder` with 200,000 small files of log-normal sizes in 9,800 folders, and 130 pictures of 2 MB. */
export function makeDistinctTree(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const random = randomFrom(11);
  const places = [folder];
  for (let at = 1; at < folders; at += 1)
    places.push(join(places[Math.floor((at - 1) / foldersPerBranch)]!, `part-${at}`));
  for (const place of places) mkdirSync(place, { recursive: true });
  const pool = noise(mostBytes * 2, 2);
  const now = Date.now() / 1000;
  for (let file = 0; file < smallFiles; file += 1) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const bytes = Math.min(
      mostBytes,
      Math.max(12, Math.round(medianBytes * Math.exp(spread * normal))),
    );
    const start = Math.floor(random() * (pool.length - bytes));
    const content = Buffer.from(pool.subarray(start, start + bytes));
    // Whatever part of the pool it has, no other file begins as it does.
    content.writeUInt32LE(file, 0);
    const name = `file-${file}${extensions[file % extensions.length]!}`;
    const path = join(places[Math.floor(random() * folders)]!, name);
    writeFileSync(path, content);
    const time = now - random() * 700 * 86_400;
    utimesSync(path, time, time);
  }
  const album = join(folder, 'pictures');
  mkdirSync(album);
  for (let picture = 0; picture < pictures; picture += 1)
    writeFileSync(join(album, `picture-${picture}.jpg`), noise(pictureBytes, 1000 + picture));
}

if (process.argv[1] === import.meta.filename) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('usage: distinct-tree.ts FOLDER');
  makeDistinctTree(folder);
}
