import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, type Turns } from '@om-ops/kit';
import type { Analysis, DuplicateGroup } from '../analysis.ts';
import { duplicateLines } from './csv.ts';
import type { RunMeta } from './meta.ts';

const bufferBytes = 1 << 20;

/** Writes the three files of a run into a folder that nobody looks at yet. @throws OpsError E_DISK_FULL */
export async function writeRun(
  folder: string,
  analysis: Analysis,
  allGroups: readonly DuplicateGroup[],
  meta: RunMeta,
  pace: Turns,
): Promise<void> {
  await writePieces(join(folder, 'analysis.json'), analysisPieces(analysis), pace);
  await writePieces(join(folder, 'duplicates.csv'), duplicateLines(allGroups), pace);
  await writePieces(join(folder, 'meta.json'), [`${JSON.stringify(meta, null, 1)}\n`], pace);
}

/** The document with a line for each group and each key, so that no text gets as long as the whole. */
function* analysisPieces(analysis: Analysis): Generator<string> {
  yield '{';
  let separator = '\n';
  for (const [key, value] of Object.entries(analysis)) {
    yield `${separator}${JSON.stringify(key)}:`;
    separator = ',\n';
    if (key === 'duplicates') yield* duplicatesPieces(analysis.duplicates);
    else yield JSON.stringify(value);
  }
  yield '\n}\n';
}

function* duplicatesPieces({ groups, ...rest }: Analysis['duplicates']): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"groups":[`;
  let separator = '\n';
  for (const group of groups) {
    yield separator + JSON.stringify(group);
    separator = ',\n';
  }
  yield ']}';
}

async function writePieces(path: string, pieces: Iterable<string>, pace: Turns): Promise<void> {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'wx', 0o600);
    // One buffer for all: a text of megabytes would be garbage of megabytes, again and again.
    const buffer = Buffer.allocUnsafeSlow(bufferBytes);
    let used = 0;
    for (const piece of pieces) {
      // UTF-8 takes three bytes per unit at most.
      const most = piece.length * 3;
      if (used + most > bufferBytes) {
        writeWhole(fd, buffer.subarray(0, used));
        used = 0;
        await pace.turn();
      }
      if (most > bufferBytes) writeWhole(fd, Buffer.from(piece));
      else used += buffer.write(piece, used);
    }
    writeWhole(fd, buffer.subarray(0, used));
  } catch (error) {
    throw fromSystemError(error, 'write', path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
