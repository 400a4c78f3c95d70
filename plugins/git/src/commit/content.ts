import { constants, promises } from 'node:fs';
import { fromSystemError } from '@om-ops/kit';
import { type BytePath, shownPath } from '../repository/byte-path.ts';
import type { Repository } from '../repository/repository.ts';
import { type FoundSecret, type SecretRules, secretsIn } from './secrets.ts';

/** How much of a file is in memory at once. */
const pieceBytes = 4 * 1024 * 1024;
/** So far pieces reach into each other: no secret is torn apart between two. */
const overlap = 16 * 1024;

export interface FileContent {
  secrets: FoundSecret[];
  /** No text: nothing was looked for. */
  isBinary: boolean;
}

/** @throws OpsError E_PERMISSION (exit 5), E_INTERRUPTED (130) */
export async function secretsOfFile(
  file: Buffer,
  rules: SecretRules,
  signal: AbortSignal,
): Promise<FileContent> {
  const secrets = new Map<string, FoundSecret>();
  try {
    await using handle = await promises.open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    const piece = Buffer.alloc(Math.min(pieceBytes, Math.max(1, (await handle.stat()).size)));
    let encoding: BufferEncoding | undefined;
    let rest = '';
    let lines = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(piece, 0, piece.length);
      if (bytesRead === 0) break;
      const bytes = piece.subarray(0, bytesRead);
      encoding ??= encodingOf(bytes);
      if (encoding === undefined) return { secrets: [], isBinary: true };
      // The mark at the begin of a file is no part of its first line.
      const text = rest + bytes.toString(encoding).replace(/^(?:\ufeff|\xef\xbb\xbf)/, '');
      for (const found of secretsIn(text, rules))
        if (!secrets.has(found.value))
          secrets.set(found.value, { ...found, line: found.line + lines });
      rest = text.slice(-overlap);
      lines += countLines(text, text.length - rest.length);
    }
  } catch (error) {
    throw fromSystemError(error, 'read', file.toString());
  }
  return { secrets: [...secrets.values()], isBinary: false };
}

/** Undefined: no text. As git tells, by a zero byte near its begin, but for UTF-16. */
function encodingOf(bytes: Buffer): BufferEncoding | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf16le';
  return bytes.subarray(0, 8000).includes(0) ? undefined : 'latin1';
}

function countLines(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1))
    count += 1;
  return count;
}

/** The secrets that a committed file held already. */
export async function secretsOfBlob(
  repository: Repository,
  prefix: string,
  path: BytePath,
  rules: SecretRules,
  signal: AbortSignal,
): Promise<Set<string>> {
  // A name that is no UTF-8 cannot be an argument; then all of them count as new.
  if (Buffer.from(shownPath(path)).toString('latin1') !== path) return new Set();
  const { exitCode, stdout } = await repository.look(
    ['cat-file', 'blob', prefix + shownPath(path)],
    {
      accept: 'any',
      signal,
    },
  );
  if (exitCode !== 0) return new Set();
  return new Set(secretsIn(stdout.toString('latin1'), rules).map(({ value }) => value));
}
