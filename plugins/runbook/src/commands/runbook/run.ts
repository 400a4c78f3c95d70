import { confirmFlag, confirmPhrase, Flags, isoWithOffset, OpsError } from '@om-ops/kit';
import { bookNamed, shelf } from '../../book/shelf.ts';
import {
  allRuns,
  type BookRun,
  keepRun,
  nextStep,
  runNamed,
  settled,
  startRun,
} from '../../run/book-run.ts';
import { followStep, saidOf, touchOf } from '../../run/follow.ts';
import { RunCommand, runArgument } from '../../run/run-command.ts';

export default class RunbookRun extends RunCommand<typeof RunbookRun> {
  static override summary = 'Follow a runbook, step by step.';
  static override description =
    'Steps that only look are run, one after the other, with their proof. A step that changes something is asked for on a terminal, each by itself; elsewhere it stops there and says so (exit 7), unless --confirm. What is done by hand is for runbook next. Can be gone on with at any time; everything is kept.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> unresponsive',
    '<%= config.bin %> <%= command.id %>',
  ];
  static override record = 'audit' as const;
  static override args = { run: runArgument };
  static override flags = {
    alert: Flags.string({ summary: 'The alert it is for, when it begins.', helpValue: 'ID' }),
    ...confirmFlag,
  };

  protected override async perform(): Promise<BookRun> {
    await this.lock('runbook');
    const run = await this.#opened();
    this.keep(run);
    for (let step = nextStep(run); step !== undefined; step = nextStep(run)) {
      this.operation.signal.throwIfAborted();
      const touch = touchOf(step.command, this.config);
      if (touch === 'absent') {
        Object.assign(step, {
          state: 'skipped',
          at: isoWithOffset(new Date()),
          by: this.by,
          note: 'This installation has no such command.',
        });
        await keepRun(this.site.state, settled(run));
        continue;
      }
      if (touch === 'by-hand') {
        this.incomplete(`Step ${step.number} is done by hand: ${step.text}`);
        break;
      }
      const changes = touch !== 'looks';
      if (changes && !(await this.#mayChange(step.text, step.command ?? ''))) {
        this.incomplete(
          `Step ${step.number} changes something, and was not confirmed: ${step.command}`,
        );
        break;
      }
      const current = step;
      await this.runTask({
        title: `${step.number}. ${step.text}`,
        run: (progress) =>
          followStep(current, this.by, async (args) =>
            saidOf(
              await this.omOps(args, {
                progress,
                confirm: touch === 'guarded',
                accept: [0, 1, 2, 3, 4, 5, 6, 7],
              }),
            ),
          ),
        summary: () => (current.exit === null ? current.state : `exit ${current.exit}`),
      });
      await keepRun(this.site.state, settled(run));
      this.operation.touch(`${run.run}: step ${step.number} ${step.state}`);
      if (step.state === 'failed')
        this.fail(
          new OpsError(
            'E_STEP_FAILED',
            `Step ${step.number} failed: ${step.said ?? `exit code ${step.exit}`}`,
            {
              suggestions: [
                `Go on after it: om-ops runbook run ${run.run}`,
                `Stop: om-ops runbook abort ${run.run} --reason "…"`,
              ],
            },
          ),
          run,
        );
    }
    return run;
  }

  async #opened(): Promise<BookRun> {
    const { run: named } = this.args;
    const { state } = this.site;
    const isBook =
      named !== undefined && (await shelf(this.site)).some(({ name }) => name === named);
    if (!isBook) return runNamed(state, named, true);
    const open = allRuns(state).find(({ book, state: of }) => book === named && of === 'open');
    return open ?? startRun(state, await bookNamed(this.site, named), this.flags.alert ?? null);
  }

  /** Each step by itself: on a terminal it is asked, elsewhere --confirm is for all that come. */
  async #mayChange(text: string, command: string): Promise<boolean> {
    if (this.flags.confirm === confirmPhrase) return true;
    if (process.stdin.isTTY !== true || process.stderr.isTTY !== true || this.jsonEnabled())
      return false;
    try {
      await this.confirm(`${text}\n  ${command}`);
      return true;
    } catch (error) {
      if (error instanceof OpsError && error.code === 'E_UNCONFIRMED') return false;
      throw error;
    }
  }
}
