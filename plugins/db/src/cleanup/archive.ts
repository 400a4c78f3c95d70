import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  fsyncSync,
  openSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip, gzipSync } from 'node:zlib';
import { fromSystemError, OpsError, writeFileAtomicSync } from '@om-ops/kit';
import { readSmallFile } from '@om-ops/kit/site';

/** What was taken out by one clean-up; `meta.json` beside `rows.jsonl.gz`. */
export interface CleanupMeta {
  rule: string;
  engine: 'postgres' | 'mysql';
  database: string;
  table: string;
  /** What is older than this went. */
  cutoff: string;
  startedAt: string;
  endedAt: string | null;
  /** By table. */
  rows: Record<string, number>;
  sha256: string | null;
  /** When it was put back; null: it was not. */
  undoneAt: string | null;
}

export interface ArchivedRow {
  table: string;
  /** JSON, as the server wrote it: numbers keep their digits. */
  row: string;
}

/** Rows that go are on the disk before they go: each batch is a gzip member of its own, flushed before the commit. */
export class CleanupArchive {
  readonly path: string;
  readonly meta: CleanupMeta;
  readonly #folder: string;
  readonly #fd: number;
  readonly #hash = createHash('sha256');

  constructor(folder: string, meta: CleanupMeta) {
    this.#folder = folder;
    this.meta = meta;
    this.path = join(folder, 'rows.jsonl.gz');
    this.#fd = openSync(
      this.path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
      0o600,
    );
    this.#write();
  }

  /** @throws OpsError E_DISK_FULL, E_IO: nothing of the batch is then to be deleted */
  add(rows: readonly ArchivedRow[]): void {
    const text = rows.map(({ table, row }) => `${JSON.stringify(table)}\t${row}\n`).join('');
    const bytes = gzipSync(text);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
      fsyncSync(this.#fd);
    } catch (error) {
      throw fromSystemError(error, 'write the archive', this.path);
    }
    this.#hash.update(bytes);
  }

  count(table: string, rows: number): void {
    this.meta.rows[table] = (this.meta.rows[table] ?? 0) + rows;
  }

  get bytes(): number {
    return fstatSync(this.#fd).size;
  }

  close(): void {
    closeSync(this.#fd);
    this.meta.endedAt = new Date().toISOString();
    this.meta.sha256 = this.#hash.digest('hex');
    this.#write();
  }

  #write(): void {
    writeFileAtomicSync(join(this.#folder, 'meta.json'), `${JSON.stringify(this.meta, null, 2)}\n`);
  }
}

/** @throws OpsError E_NO_RUN (exit 2) */
export function readCleanupMeta(folder: string, run: string): CleanupMeta {
  try {
    const meta = JSON.parse(
      readSmallFile(join(folder, 'meta.json'), 'record of the clean-up'),
    ) as CleanupMeta;
    if (typeof meta.table === 'string') return meta;
  } catch {
    // Said below.
  }
  throw new OpsError('E_NO_RUN', `There is no clean-up ${run}.`, {
    exit: 'usage',
    suggestions: ['See those there are: om-ops db cleanup --list'],
  });
}

/** @throws OpsError E_ARCHIVE_DAMAGED (exit 1) when it is not what was written */
export async function provenArchive(folder: string, meta: CleanupMeta): Promise<void> {
  if (meta.sha256 === null) return;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(join(folder, 'rows.jsonl.gz')))
    hash.update(chunk as Buffer);
  if (hash.digest('hex') === meta.sha256) return;
  throw new OpsError('E_ARCHIVE_DAMAGED', `The archive in ${folder} is not what was written.`, {
    suggestions: ['Take the rows out of a backup: om-ops backup restore database --into NAME'],
  });
}

/** In the order they went: a row before those that refer to it. */
export async function* archivedRows(folder: string): AsyncGenerator<ArchivedRow> {
  const lines = createInterface({
    input: createReadStream(join(folder, 'rows.jsonl.gz')).pipe(createGunzip()),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) {
    const at = line.indexOf('\t');
    if (at === -1) continue;
    yield { table: JSON.parse(line.slice(0, at)) as string, row: line.slice(at + 1) };
  }
}
