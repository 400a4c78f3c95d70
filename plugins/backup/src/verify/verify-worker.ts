import { MemberCheck, UnsafeMember } from '../extract/member-check.ts';
import { GzipDamage } from '../gzip/gunzip.ts';
import type { TarReader } from '../tar/reader.ts';
import { damageText, endNotes, isDamage } from '../tar/reader-damage.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import { ReadingFailure } from '../tar/reader-failure.ts';
import { type ReadingThread, runReadingThread } from '../tar/reader-thread.ts';
import { DumpBundle, type VerifiedDump } from './dump-bundle.ts';
import type { VerifyProblem } from './problem.ts';

export interface VerifyWork {
  isDatabase: boolean | undefined;
}

/** What was found in the archive itself. */
export interface VerifyDone {
  problems: VerifyProblem[];
  sha256: string;
  compressedBytes: number;
  files: number;
  directories: number;
  contentBytes: number;
  dumps: VerifiedDump[];
}

const mostUnsafe = 5;

await runReadingThread(async (thread: ReadingThread<VerifyWork>): Promise<VerifyDone> => {
  const { reader, data } = thread;
  const problems: VerifyProblem[] = [];
  const counts = { files: 0, directories: 0, contentBytes: 0 };
  const check = new MemberCheck();
  const bundle = new DumpBundle();
  const checkMember = (entry: ReadEntry): void => {
    try {
      check.check(entry);
    } catch (error) {
      if (!(error instanceof UnsafeMember)) throw error;
      if (problems.length < mostUnsafe)
        problems.push({
          code: 'E_ARCHIVE_UNSAFE',
          message: `${error.message}: it cannot be restored.`,
        });
    }
  };
  let isWhole = false;
  try {
    for (let entry = reader.next(); entry !== undefined; entry = reader.next()) {
      thread.checkStopped();
      thread.countMember();
      if (entry.type === 'directory') counts.directories++;
      else counts.files++;
      counts.contentBytes += entry.size;
      checkMember(entry);
      if (data.isDatabase !== false) await bundle.read(entry, reader);
    }
    isWhole = true;
  } catch (error) {
    problems.push(readProblem(error, reader));
  }
  const note = thread.gunzipNote();
  if (isWhole) problems.push(...endProblems(reader, thread));
  else if (note.damage && problems.every(({ code }) => code !== 'E_ARCHIVE_CORRUPT'))
    problems.push({
      code: 'E_ARCHIVE_CORRUPT',
      message: `${note.damage.reason} at byte ${note.damage.offset} of the compressed file.`,
    });
  const { dumps, problems: dumpProblems } = bundle.judge(data.isDatabase);
  if (isWhole) problems.push(...dumpProblems);
  return {
    problems,
    ...counts,
    dumps,
    sha256: note.sha256 ?? '',
    compressedBytes: note.compressedBytes,
  };
});

function readProblem(error: unknown, reader: TarReader): VerifyProblem {
  if (error instanceof ReadingFailure && error.code === 'E_IO')
    return { code: 'E_IO', message: error.message };
  if (!isDamage(error)) throw error;
  const isCut = /^cut off/.test(error.message);
  const message = `The archive is ${isCut ? '' : 'corrupt: '}${damageText(error, reader.lastWhole)}.`;
  return {
    code: isCut && !(error instanceof GzipDamage) ? 'E_ARCHIVE_CUT' : 'E_ARCHIVE_CORRUPT',
    message,
  };
}

function endProblems(reader: TarReader, thread: ReadingThread<VerifyWork>): VerifyProblem[] {
  const problems: VerifyProblem[] = [];
  if (reader.ending?.mark === 'missing')
    problems.push({
      code: 'E_ARCHIVE_CUT',
      message: 'What marks the end of an archive is missing: it may have been cut off there.',
    });
  for (const message of endNotes(reader, thread.gunzipNote()))
    problems.push({
      code: message.startsWith('Half') ? 'E_ARCHIVE_CUT' : 'E_ARCHIVE_TRAILING',
      message,
    });
  return problems;
}
