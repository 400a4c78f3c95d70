import { GzipDamage } from '../gzip/gunzip.ts';
import type { GunzipNote } from '../gzip/gunzip-worker.ts';
import type { TarReader } from './reader.ts';
import { ReadingFailure } from './reader-failure.ts';
import { printableName } from './reader-name.ts';

/**
 * A tar stream that is cut off or not what it says it is. `offset` counts uncompressed bytes,
 * `lastWhole` is the name of the last member that was read to its end.
 */
export class TarDamage extends Error {
  override readonly name = 'TarDamage';
  readonly offset: number;
  lastWhole: Buffer | undefined;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

/** What is broken, where, and how far the archive is good: a sentence without its first words. */
export function damageText(error: TarDamage | GzipDamage, lastWhole: Buffer | undefined): string {
  const where =
    error instanceof GzipDamage
      ? `byte ${error.offset} of the compressed file`
      : `byte ${error.offset} of the uncompressed archive`;
  const good =
    lastWhole === undefined
      ? 'no member before it is whole'
      : `the last whole member is ${printableName(lastWhole)}`;
  return `${error.message} at ${where}; ${good}`;
}

export function isDamage(error: unknown): error is TarDamage | GzipDamage {
  return error instanceof TarDamage || error instanceof GzipDamage;
}

/** What to throw where all members are whole, and nothing says that these are all of them. */
export function withoutEnd(offset: number, lastWhole: Buffer | undefined): TarDamage {
  const damage = new TarDamage('cut off: what marks the end of an archive is missing', offset);
  damage.lastWhole = lastWhole;
  return damage;
}

/** What is odd about the end of an archive that was read whole, as sentences. */
export function endNotes({ ending }: TarReader, { summary }: GunzipNote): string[] {
  const notes: string[] = [];
  if (ending?.mark === 'single')
    notes.push(
      'Half of what marks the end of an archive is missing: it may have been cut off there.',
    );
  if (ending?.trailing)
    notes.push('There is something after the end of the archive that is no part of it.');
  if (summary && summary.trailing > 0)
    notes.push(
      `After the compressed data, from byte ${summary.trailingOffset}, come ${summary.trailing} bytes that are no part of it.`,
    );
  return notes;
}

/** E_ARCHIVE_CORRUPT for the one who wanted to read it. */
export function corruptArchive(
  archive: string,
  error: TarDamage | GzipDamage,
  lastWhole: Buffer | undefined,
): ReadingFailure {
  if (error instanceof GzipDamage && error.offset === 0 && lastWhole === undefined)
    return new ReadingFailure(
      'E_ARCHIVE_CORRUPT',
      `${archive} is no .tar.gz archive: ${error.message}.`,
      {
        suggestions: ['See what there is: om-ops backup list'],
      },
    );
  return new ReadingFailure(
    'E_ARCHIVE_CORRUPT',
    `The archive ${archive} is corrupt: ${damageText(error, lastWhole)}.`,
    {
      suggestions: [
        'Look for another backup of this category: om-ops backup list',
        'Compare it with its checksum: om-ops backup verify',
      ],
    },
  );
}
