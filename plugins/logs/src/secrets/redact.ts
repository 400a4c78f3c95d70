import { createWriteStream, promises, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { OpsError, redacted } from '@om-ops/kit';
import { openFiles } from '@om-ops/kit/proc';
import { chunksOf } from '../scan/chunks.ts';
import type { LogFile } from '../sources/files.ts';

const keyBegins = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/;

/**
 * Writes a rotated generation anew without these values, with the same owner, mode and times. Nobody may have it open.
 *
 * @throws OpsError E_FILE_OPEN, E_CHANGED_MEANWHILE (exit 1), E_PERMISSION (5); the signal's reason
 */
export async function redactFile(
  file: LogFile,
  values: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const { path, packed, bytes, modified } = file;
  refuseOpen(file);
  const made = join(dirname(path), `.${basename(path)}.om-ops`);
  const pack =
    packed === 'gz' ? createGzip() : packed === 'zst' ? createZstdCompress() : new PassThrough();
  try {
    const before = await promises.stat(path);
    await pipeline(
      Readable.from(cleaned(file, values, signal)),
      pack,
      createWriteStream(made, { flags: 'wx', mode: 0o600 }),
      { signal },
    );
    await promises.chown(made, before.uid, before.gid).catch(() => {});
    await promises.chmod(made, before.mode & 0o7777);
    await promises.utimes(made, before.atime, before.mtime);
    const now = statSync(path);
    if (now.size !== bytes || now.mtimeMs !== modified)
      throw new OpsError(
        'E_CHANGED_MEANWHILE',
        `${path} was written to meanwhile, and is as it was.`,
      );
    refuseOpen(file);
    await promises.rename(made, path);
  } finally {
    await promises.rm(made, { force: true });
  }
}

function refuseOpen({ path, id }: LogFile): void {
  const holder = openFiles().files.find((one) => one.id === id);
  if (holder === undefined) return;
  throw new OpsError('E_FILE_OPEN', `${path} is open in pid ${holder.pid}, and is left as it is.`, {
    suggestions: ['Rotate it first: om-ops logs rotate'],
  });
}

async function* cleaned(
  file: LogFile,
  values: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  // The longest first: one may be a part of another.
  const all = [...values].sort((a, b) => b.length - a.length);
  let isInKey = false;
  for await (const chunk of chunksOf(file, signal)) {
    let text = chunk;
    for (const value of all) text = text.replaceAll(value, redacted);
    if (isInKey || keyBegins.test(text)) {
      const lines = text.split('\n').map((line) => {
        const begins = keyBegins.test(line);
        const isHidden = isInKey || begins;
        isInKey = (isInKey || begins) && !line.includes('-----END');
        return isHidden && line !== '' ? redacted : line;
      });
      text = lines.join('\n');
    }
    yield Buffer.from(text, 'latin1');
  }
}
