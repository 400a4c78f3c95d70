import { MemberCheck, UnsafeMember } from '../archive/extract/member-check.ts';
import { GzipDamage } from '../archive/gzip/gunzip.ts';
import type { GunzipNote } from '../archive/gzip/gunzip-worker.ts';
import type { TarReader } from '../archive/tar/reader.ts';
import { damageText, endNotes, isDamage, ReadingFailure } from '../archive/tar/reader-damage.ts';
import type { ReadEntry } from '../archive/tar/reader-entry.ts';
import { DumpBundle, type VerifiedDump } from './dump-bundle.ts';
import type { VerifyProblem } from './problem.ts';

export interface VerifyMembersOptions {
  reader: TarReader;
  /** How inflating ended; asked when the reader has come to its end or failed. */
  gunzipNote(): GunzipNote;
  /** Undefined: it is one if it looks like one. */
  isDatabase: boolean | undefined;
  onMember?(): void;
}

/** What was found in the archive itself. */
export interface VerifiedMembers {
  problems: VerifyProblem[];
  files: number;
  directories: number;
  contentBytes: number;
  dumps: VerifiedDump[];
}

const mostUnsafe = 5;

/** Reads all members to their ends. What is wrong is in the result. */
export async function verifyMembers(options: VerifyMembersOptions): Promise<VerifiedMembers> {
  const { reader, isDatabase } = options;
  const problems: VerifyProblem[] = [];
  const counts = { files: 0, directories: 0, contentBytes: 0 };
  const check = new MemberCheck();
  const bundle = new DumpBundle();
  let isWhole = false;
  try {
    for (let entry = reader.next(); entry !== undefined; entry = reader.next()) {
      options.onMember?.();
      if (entry.type === 'directory') counts.directories++;
      else counts.files++;
      counts.contentBytes += entry.size;
      const unsafe = problems.length < mostUnsafe ? unsafeProblem(check, entry) : undefined;
      if (unsafe) problems.push(unsafe);
      if (isDatabase !== false) await bundle.read(entry, reader);
    }
    isWhole = true;
  } catch (error) {
    problems.push(readProblem(error, reader));
  }
  const note = options.gunzipNote();
  const { dumps, problems: dumpProblems } = bundle.judge(isDatabase);
  if (isWhole) problems.push(...endProblems(reader, note), ...dumpProblems);
  else if (note.damage && problems.every(({ code }) => code !== 'E_ARCHIVE_CORRUPT'))
    problems.push({
      code: 'E_ARCHIVE_CORRUPT',
      message: `The archive is corrupt: ${note.damage.reason} at byte ${note.damage.offset} of the compressed file.`,
    });
  return { problems, ...counts, dumps };
}

function unsafeProblem(check: MemberCheck, entry: ReadEntry): VerifyProblem | undefined {
  try {
    check.check(entry);
    return undefined;
  } catch (error) {
    if (!(error instanceof UnsafeMember)) throw error;
    return { code: 'E_ARCHIVE_UNSAFE', message: `${error.message}: it cannot be restored.` };
  }
}

function readProblem(error: unknown, reader: TarReader): VerifyProblem {
  if (error instanceof ReadingFailure && error.code === 'E_IO')
    return { code: 'E_IO', message: error.message };
  if (!isDamage(error)) throw error;
  const text = damageText(error, reader.lastWhole);
  if (error instanceof GzipDamage || !text.startsWith('cut off'))
    return { code: 'E_ARCHIVE_CORRUPT', message: `The archive is corrupt: ${text}.` };
  return { code: 'E_ARCHIVE_CUT', message: `The archive is ${text}.` };
}

function endProblems(reader: TarReader, note: GunzipNote): VerifyProblem[] {
  const notes = endNotes(reader, note);
  if (reader.ending?.mark === 'missing')
    notes.unshift('What marks the end of an archive is missing: it may have been cut off there.');
  return notes.map((message, index) => ({
    code: index === 0 && reader.ending?.mark !== 'whole' ? 'E_ARCHIVE_CUT' : 'E_ARCHIVE_TRAILING',
    message,
  }));
}
