import type { OpsErrorOptions } from '@om-ops/kit';
import { hiddenCharacter } from '@om-ops/kit/hidden-characters';
import { GzipDamage } from '../gzip/gunzip.ts';
import type { GunzipNote } from '../gzip/gunzip-worker.ts';
import { bytesPath, readablePath } from '../tree/bytes-path.ts';
import type { TarReader } from './reader.ts';

/**
 * An expected failure inside a reading thread; the thread that waits for it makes an OpsError of it.
 * The kit itself is not loaded in those threads: it would take longer than most archives.
 */
export class ReadingFailure extends Error {
  override readonly name = 'ReadingFailure';
  readonly code: `E_${string}`;
  readonly options: Omit<OpsErrorOptions, 'cause'>;

  constructor(code: `E_${string}`, message: string, options: Omit<OpsErrorOptions, 'cause'> = {}) {
    super(message);
    this.code = code;
    this.options = options;
  }
}

const everyHidden = new RegExp(hiddenCharacter.source, 'gu');

/** A member's name for messages: `readablePath`, and hidden characters as `\xNN` as well. */
export function printableName(name: Buffer): string {
  return readablePath(bytesPath(name)).replace(everyHidden, (character) =>
    Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(
      '',
    ),
  );
}

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
