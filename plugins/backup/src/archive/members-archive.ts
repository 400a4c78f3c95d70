import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { interrupted, isOpsError } from '@om-ops/kit';
import type { EntryData, TarArchive } from 'archiver';
import type { ArchiveOutput } from './gzip/sink.ts';
import { gzipStream } from './gzip/stream.ts';

/** One member of a composed archive. */
export interface ComposedMember {
  /** Relative, with `/`, and as {@link storableName} leaves it. */
  name: string;
  content: string | Uint8Array | { path: string; bytes: number } | { linkTo: string };
  modified: Date;
  /** Default 0600. */
  mode?: number;
}

/** archiver takes a backslash for a slash, and away what looks like the drive of a Windows path. */
export function storableName(name: string): string {
  return name.replaceAll('\\', '%5C').replace(/^(\w+):/, '$1%3A');
}

export interface ComposedTotals {
  files: number;
  /** Of the archive. */
  bytes: number;
  /** Of the members. */
  sourceBytes: number;
  /** Of the archive, in hex. */
  sha256: string;
}

export interface ComposeOptions {
  signal: AbortSignal;
  /** Of gzip. What is compressed already is stored, whatever the level. */
  level?: number;
}

/**
 * Writes a `.tar.gz` of members that are no folder of the disk, in the order given. Files are streamed.
 * Links are kept as they are. The first member that fails fails the whole.
 *
 * @throws OpsError E_INTERRUPTED; the system's error when a file cannot be read or the output fails
 */
export async function composeArchive(
  members: readonly ComposedMember[],
  output: ArchiveOutput,
  { signal, level = 6 }: ComposeOptions,
): Promise<ComposedTotals> {
  if (signal.aborted) throw interrupted();
  const { TarArchive } = await import('archiver');
  const archive = new TarArchive();
  // Listened to below too; an error between two members must not end the process.
  archive.on('error', () => {});
  let failure: unknown;
  const filling = fill(archive, members).catch((error: unknown) => {
    failure ??= error;
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    const { bytes, sha256 } = await gzipStream(archive, output, { signal, level });
    await filling;
    if (failure !== undefined) throw failure;
    const sourceBytes = members.reduce((sum, member) => sum + contentLength(member), 0);
    return { files: members.length, bytes, sourceBytes, sha256 };
  } catch (error) {
    // Whoever fails first is the reason; the other only sees the stream go away.
    failure ??= error;
    archive.destroy(new Error('The archive was given up.'));
    await filling;
    throw signal.aborted && !isOpsError(failure) ? interrupted() : failure;
  }
}

async function fill(archive: TarArchive, members: readonly ComposedMember[]): Promise<void> {
  for (const member of members) await append(archive, member);
  await archive.finalize();
}

async function append(
  archive: TarArchive,
  { name, content, modified, mode = 0o600 }: ComposedMember,
): Promise<void> {
  const data: EntryData = { name, date: modified, mode };
  const done = once(archive, 'entry').then(([entry]) => {
    // Two that lose what tells them apart would be one when they are restored.
    const stored = (entry as { name?: unknown }).name;
    if (stored !== name) throw new Error(`The member ${name} was stored as ${String(stored)}.`);
  });
  done.catch(() => {});
  if (typeof content === 'string' || content instanceof Uint8Array) {
    archive.append(Buffer.from(content), data);
  } else if ('linkTo' in content) {
    // Not `symlink()`, which takes no date and turns backslashes.
    const link = { ...data, type: 'symlink' as const, linkname: content.linkTo, mode: 0o777 };
    archive.append(Buffer.alloc(0), link);
  } else {
    const source = createReadStream(content.path);
    // archiver pipes and does not look whether the source fails.
    source.once('error', (error) => archive.destroy(error));
    // With a size it streams; without one it collects the whole file first.
    const sized = { ...data, stats: { size: content.bytes } };
    archive.append(source, sized as unknown as EntryData);
    await done.finally(() => source.destroy());
    return;
  }
  await done;
}

/** In bytes; a link has none. */
export function contentLength({ content }: ComposedMember): number {
  if (typeof content === 'string') return Buffer.byteLength(content);
  if (content instanceof Uint8Array) return content.length;
  return 'path' in content ? content.bytes : 0;
}
