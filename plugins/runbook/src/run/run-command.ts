import { userInfo } from 'node:os';
import { Args, type Command, isoWithOffset, OpsCommand } from '@om-ops/kit';
import { runText } from '../view/run.ts';
import { type BookRun, keepRun, nextStep, runNamed, settled } from './book-run.ts';

export const runArgument = Args.string({ description: 'The run. Default: the one that is open.' });

/** What the commands that go on with a run share. */
export abstract class RunCommand<C extends typeof Command> extends OpsCommand<C, BookRun> {
  protected get by(): string {
    return process.env.SUDO_USER ?? userInfo().username;
  }

  /** Marks the step that is next. */
  protected async mark(
    named: string | undefined,
    state: 'done' | 'skipped' | 'failed',
    note: string | undefined,
  ): Promise<BookRun> {
    await this.lock('runbook');
    const run = runNamed(this.site.state, named, true);
    const step = nextStep(run);
    if (step !== undefined)
      Object.assign(step, {
        state,
        at: isoWithOffset(new Date()),
        by: this.by,
        note: note === undefined ? null : this.operation.redactor.foreign(note),
      });
    await keepRun(this.site.state, settled(run));
    this.operation.touch(`${run.run}: step ${step?.number} ${state}`);
    return run;
  }

  protected override text(run: BookRun): string {
    return runText(run);
  }
}
