import { Args, confirmFlag, dryRunFlag, Flags, OpsCommand, shellWord } from '@om-ops/kit';
import { type JobRecord, RawExit, runJob, whySkipped } from '../../run/run.ts';
import { jobNamed, jobsSection } from '../../site.ts';
import { runText } from '../../view/runs.ts';

type RunResult = JobRecord & {
  /** What is, or would be, run. */
  command: string[];
  cwd: string;
  user: string | null;
};

export default class JobRun extends OpsCommand<typeof JobRun, RunResult> {
  static override summary = 'Run a script of the application, as its entry in the profile says.';
  static override description =
    'With its folder, user, variables and time limit, never beside another run of itself. What it prints is kept, without secrets, in STATE/jobs/runs; its exit codes mean what the profile says. It gets nothing of the environment of whoever runs it. Exit 1 when it fails, unless the profile says otherwise; 4 when it runs already.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> sync-test',
    '<%= config.bin %> <%= command.id %> import -- --since 2026-01-01',
    '<%= config.bin %> <%= command.id %> sync-test --exit raw',
  ];
  static override record = 'audit' as const;
  static override args = {
    name: Args.string({ description: 'The job, as the profile names it.', required: true }),
    args: Args.string({ description: 'More arguments for the script, after --.', multiple: true }),
  };
  static override flags = {
    exit: Flags.string({
      summary: 'raw: end with the exit code of the script itself, for scripts that know it.',
      options: ['om-ops', 'raw'],
      default: 'om-ops',
    }),
    once: Flags.boolean({ summary: 'Now, whatever its cadence: as without it.', default: false }),
    force: Flags.boolean({ summary: 'Also when its condition (when) says no.', default: false }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<RunResult> {
    const job = jobNamed(await this.site.section(jobsSection), this.args.name);
    const args = (this.args.args as string[] | undefined) ?? [];
    const cwd = this.site.below(job.cwd);
    const head = { command: [...job.argv, ...args], cwd, user: job.user };
    const { signal, redactor } = this.operation;
    if (this.dryRun) {
      const skip = this.flags.force ? undefined : await whySkipped(job, this.site, cwd, signal);
      return {
        ...head,
        job: job.name,
        run: null,
        state: skip === undefined ? 'planned' : 'skipped',
        exit: null,
        meaning: skip ?? null,
        component: null,
        seconds: null,
        log: null,
        lastLines: [],
      };
    }
    if (job.confirm)
      await this.confirm(`${job.title ?? job.name} will be run: ${commandText(head)}.`);
    await this.lock(`job-${job.lock ?? job.name}`);
    const { run, failure } = await this.runTask({
      title: job.title ?? job.name,
      run: (progress) =>
        runJob(job, {
          site: this.site,
          args,
          argv: this.argv,
          always: this.flags.force,
          redactor,
          progress,
          begun: (begun) => this.keep({ ...begun, ...head }),
        }),
      summary: ({ run }) =>
        run.state === 'skipped' ? `skipped: ${run.meaning}` : `exit code ${run.exit}`,
    });
    const result = { ...run, ...head };
    if (failure !== undefined)
      this.fail(
        this.flags.exit === 'raw' && run.exit !== null ? new RawExit(failure, run.exit) : failure,
        result,
      );
    return result;
  }

  protected override text(result: RunResult): string {
    if (!this.dryRun) return runText(result);
    return result.state === 'skipped'
      ? `Would skip ${result.job}: ${result.meaning}.`
      : `Would run in ${result.cwd}${result.user === null ? '' : ` as ${result.user}`}: ${commandText(result)}. Nothing was run.`;
  }
}

function commandText({ command }: Pick<RunResult, 'command'>): string {
  return command.map(shellWord).join(' ');
}
