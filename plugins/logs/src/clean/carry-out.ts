import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, promises, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { fromSystemError, OpsError, type Progress } from '@om-ops/kit';
import { openFiles } from '@om-ops/kit/proc';
import type { LogFile } from '../sources/files.ts';
import type { CleanPlan } from './plan.ts';

/**
 * Does it one by one, each looked at again right before: written to or opened meanwhile, it is left alone.
 *
 * @returns what was left alone, and why
 */
export async function carryOut(
  { steps }: CleanPlan,
  progress: Progress,
): Promise<{ path: string; why: string }[]> {
  const left: { path: string; why: string }[] = [];
  for (const step of steps) {
    progress.signal.throwIfAborted();
    const { file, action } = step;
    progress.report({ stage: `${action} ${file.path}` });
    const why = changedMeanwhile(file);
    if (why !== undefined) {
      left.push({ path: file.path, why });
      continue;
    }
    try {
      if (action === 'delete') await promises.rm(file.path);
      else await compress(file, progress.signal);
      step.done = true;
    } catch (error) {
      progress.signal.throwIfAborted();
      throw fromSystemError(error, action, file.path);
    }
  }
  return left;
}

function changedMeanwhile({ path, bytes, modified, id }: LogFile): string | undefined {
  const now = statSync(path, { throwIfNoEntry: false });
  if (now === undefined) return 'it is gone';
  if (`${now.dev}:${now.ino}` !== id || now.size !== bytes || now.mtimeMs !== modified)
    return 'it was written to meanwhile';
  const holder = openFiles((one) => one === path).files.find((one) => one.id === id);
  return holder === undefined ? undefined : `pid ${holder.pid} has opened it meanwhile`;
}

/** The plain file goes only when what was packed was read back and is the same. */
async function compress(file: LogFile, signal: AbortSignal): Promise<void> {
  const { path } = file;
  const packed = `${path}.gz`;
  if (existsSync(packed))
    throw new OpsError('E_EXISTS', `${packed} is there already, and ${path} was left as it is.`, {
      suggestions: [`Compare them: zcmp ${path} ${packed}`],
    });
  const made = join(dirname(path), `.${basename(path)}.gz.om-ops`);
  try {
    const before = await promises.stat(path);
    const plain = createHash('sha256');
    await pipeline(
      createReadStream(path),
      hashing(plain),
      createGzip(),
      createWriteStream(made, { flags: 'wx', mode: 0o600 }),
      { signal },
    );
    const back = createHash('sha256');
    await pipeline(createReadStream(made), createGunzip(), hashing(back), nowhere, { signal });
    if (plain.digest('hex') !== back.digest('hex'))
      throw new OpsError('E_DAMAGED', `What was packed of ${path} is not what stands in it.`);
    await promises.chown(made, before.uid, before.gid).catch(() => {});
    await promises.chmod(made, before.mode & 0o7777);
    await promises.utimes(made, before.atime, before.mtime);
    const why = changedMeanwhile(file);
    if (why !== undefined)
      throw new OpsError('E_CHANGED_MEANWHILE', `${path} was left as it is: ${why}.`);
    await promises.rename(made, packed);
    await promises.rm(path);
  } finally {
    await promises.rm(made, { force: true });
  }
}

function hashing(hash: Hash) {
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
}

async function nowhere(source: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of source);
}
