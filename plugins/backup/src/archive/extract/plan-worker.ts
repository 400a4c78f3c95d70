import { posixCalls } from '../posix/posix.ts';
import { endNotes } from '../tar/reader-damage.ts';
import type { ReadEntry } from '../tar/reader-entry.ts';
import { type ReadingThread, runReadingThread } from '../tar/reader-thread.ts';
import { writeFailure } from './file-errors.ts';
import { refusal } from './member-check.ts';
import { type PassedOn, planMembers } from './plan.ts';
import { selectionOf } from './selection.ts';
import { TargetView } from './target-view.ts';

/** What the thread that looks before anything is written is started with. */
export interface PlanWork {
  only: readonly string[];
  /** In place only: what the user calls it, and itself, open. */
  target?: { path: string; fd: number };
  /** What our temporary names start with, whoever made them. */
  temporaryStart: string;
}

export interface PlanDone extends PassedOn {
  /** Patterns that no member matches. */
  unmatched: string[];
  /** What is odd about the archive's end. */
  notes: string[];
  /** Of the archive, if it was asked for. */
  sha256: string | undefined;
}

await runReadingThread((thread: ReadingThread<PlanWork>): PlanDone => {
  const { data, reader, archive } = thread;
  const selection = data.only.length > 0 ? selectionOf(data.only) : undefined;
  const view =
    data.target &&
    new TargetView(data.target.fd, posixCalls(), (name) => name.startsWith(data.temporaryStart));
  let current: Buffer = Buffer.from('.');
  const onMember = ({ path }: ReadEntry): void => {
    thread.checkStopped();
    thread.countMember();
    current = path;
  };
  try {
    const passedOn = planMembers({ reader, selection, view, onMember });
    return {
      ...passedOn,
      unmatched: selection?.unmatched() ?? [],
      notes: endNotes(reader, thread.gunzipNote()),
      sha256: thread.gunzipNote().sha256,
    };
  } catch (error) {
    const failure = writeFailure(error, current, data.target?.path ?? '');
    throw refusal(archive, failure, 'Nothing was changed.');
  } finally {
    view?.close();
  }
});
