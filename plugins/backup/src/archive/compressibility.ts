import { closeSync, constants, openSync, readSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type BytesPath, bytesOf } from './tree/bytes-path.ts';

/** Enough for an error of some per cent; reading and compressing them takes some tens of milliseconds. */
const samples = 48;
const sampleBytes = 32 * 1024;

/**
 * How well a tree compresses, by pieces of it: every byte of every file has the same chance to be in
 * one, however many files there are (weighted reservoir sampling, Efraimidis and Spirakis).
 */
export class Compressibility {
  readonly #kept: { key: number; path: BytesPath; size: number }[] = [];

  add(path: BytesPath, size: number): void {
    if (size === 0) return;
    const key = Math.random() ** (1 / size);
    if (this.#kept.length === samples && key <= (this.#kept.at(-1)?.key ?? 0)) return;
    const at = this.#kept.findIndex((kept) => kept.key < key);
    this.#kept.splice(at === -1 ? this.#kept.length : at, 0, { key, path, size });
    this.#kept.splice(samples);
  }

  /** Compressed by uncompressed size. Undefined when nothing could be read. */
  ratio(source: string): number | undefined {
    const ratios = this.#kept.flatMap(({ path, size }) => ratioOf(source, path, size) ?? []);
    return ratios.length === 0
      ? undefined
      : ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  }
}

function ratioOf(source: string, path: BytesPath, size: number): number | undefined {
  let fd: number | undefined;
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const access = Buffer.concat([Buffer.from(`${source}/`), bytesOf(path)]);
    fd = openSync(access, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const buffer = Buffer.alloc(Math.min(sampleBytes, size));
    const from = Math.floor(Math.random() * (size - buffer.length + 1));
    const read = readSync(fd, buffer, 0, buffer.length, from);
    return read === 0 ? undefined : gzipSync(buffer.subarray(0, read)).length / read;
  } catch {
    // What cannot be read will be said when it is archived.
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
