import { type Interfaces, isoWithOffset, type OmOpsAnswer } from '@om-ops/kit';
import { omOpsArgs } from '../book/book.ts';
import type { RunStep } from './book-run.ts';

/** What a command does to the site, by its flags: those that change something have a dry run. */
export type Touch = 'looks' | 'changes' | 'guarded' | 'by-hand' | 'absent';

/** @param config of oclif */
export function touchOf(
  command: string | null,
  config: Pick<Interfaces.Config, 'findCommand'>,
): Touch {
  const args = omOpsArgs(command);
  if (args === undefined) return 'by-hand';
  // A word in capitals stands for something that whoever follows has to put in.
  if (args.some((word) => /^[A-Z][A-Z_]+$/.test(word))) return 'by-hand';
  const words = args.filter((word) => !word.startsWith('-'));
  for (let length = Math.min(3, words.length); length > 0; length--) {
    const found = config.findCommand(words.slice(0, length).join(':'));
    if (found === undefined) continue;
    if (args.includes('--dry-run')) return 'looks';
    // Of some commands --confirm is something else: those that ask for the phrase have a dry run too.
    if (found.flags.confirm !== undefined && found.flags['dry-run'] !== undefined) return 'guarded';
    // Pages, records and backups of om-ops' own are added, and take nothing away.
    return found.flags['dry-run'] === undefined ||
      /^(?:backup:run|analysis:run|summary:run|motivation:run|git:checkpoint|db:restore-test|\w+:report)$/.test(
        found.id,
      )
      ? 'looks'
      : 'changes';
  }
  return 'absent';
}

/** What one command answered: its exit code and a sentence. */
export interface Said {
  exit: number;
  said: string | null;
}

export function saidOf({ envelope, exit }: OmOpsAnswer<unknown>): Said {
  const leftOut = exit === 7 ? (envelope.warnings[0] ?? null) : null;
  return { exit, said: envelope.ok ? leftOut : envelope.error.message };
}

/** Runs a step's command and its proof. @param run runs one om-ops command line */
export async function followStep(
  step: RunStep,
  by: string,
  run: (args: readonly string[]) => Promise<Said>,
): Promise<void> {
  const args = omOpsArgs(step.command);
  if (args !== undefined) {
    const { exit, said } = await run(args);
    step.exit = exit;
    step.said = said;
  }
  const proof = omOpsArgs(step.check);
  if (proof !== undefined) {
    const { exit, said } = await run(proof);
    step.checkExit = exit;
    step.said = said ?? step.said;
  }
  step.at = isoWithOffset(new Date());
  step.by = by;
  // What looks and finds something wrong has done its work; what changes and cannot be proven has not.
  const worked = step.exit === null || [0, 6, 7].includes(step.exit);
  const proven = step.checkExit === null || step.checkExit === 0 || step.checkExit === 7;
  step.state = worked && proven ? 'done' : 'failed';
}
