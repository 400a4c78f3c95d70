import { Args, Flags, OpsCommand, wholeNumber } from '@om-ops/kit';
import { historyOf, type PastRun, successPercent } from '../../history.ts';
import { jobNamed, jobsOf, jobsSection } from '../../site.ts';
import { runsText, successText } from '../../view/runs.ts';

interface HistoryResult {
  runs: PastRun[];
  /** Of all that are kept; null: there are none. */
  successPercent: number | null;
}

export default class JobHistory extends OpsCommand<typeof JobHistory, HistoryResult> {
  static override summary = 'List the runs of a job, or of all.';
  static override description =
    'The runs that are kept, the newest first, with exit code, what it meant, and how long each took.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> sync-test',
    '<%= config.bin %> <%= command.id %> --failed',
  ];
  static override args = { name: Args.string({ description: 'The job; without it all of them.' }) };
  static override flags = {
    failed: Flags.boolean({ summary: 'Only those that failed.', default: false }),
    limit: wholeNumber({ summary: 'How many.', default: 30, min: 1 }),
  };

  protected override async perform(): Promise<HistoryResult> {
    const section = await this.site.section(jobsSection);
    const { name } = this.args;
    const names =
      name === undefined ? jobsOf(section).map((job) => job.name) : [jobNamed(section, name).name];
    const all = (await Promise.all(names.map((one) => historyOf(this.site.state, one)))).flat();
    const newest = all.toSorted((one, other) => (one.run < other.run ? 1 : -1));
    const wanted = this.flags.failed
      ? newest.filter(({ state }) => state === 'failed' || state === 'cut-off')
      : newest;
    return { runs: wanted.slice(0, this.flags.limit), successPercent: successPercent(all) };
  }

  protected override text({ runs, successPercent: percent }: HistoryResult): string {
    return [runsText(runs), successText(percent, runs.length)]
      .filter((part) => part !== '')
      .join('\n\n');
  }
}
