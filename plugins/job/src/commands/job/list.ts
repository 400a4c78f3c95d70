import { OpsCommand } from '@om-ops/kit';
import { formatTable, formatTime, printableName } from '@om-ops/kit/text';
import { failuresInARow, historyOf, type PastRun, successPercent } from '../../history.ts';
import { jobsOf, jobsSection } from '../../site.ts';

interface ListedJob {
  name: string;
  title: string | null;
  command: string[];
  user: string | null;
  every: string | null;
  at: string | null;
  guarded: boolean;
  last: PastRun | null;
  failuresInARow: number;
  /** Of the runs that are kept; null: there are none. */
  successPercent: number | null;
}

export default class JobList extends OpsCommand<typeof JobList, { jobs: ListedJob[] }> {
  static override summary = 'List the jobs of the profile and how they last went.';
  static override description =
    'The scripts that jobs of the site profile names, when the schedule runs them, how the last run ended, and how many failed in a row.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<{ jobs: ListedJob[] }> {
    const jobs = jobsOf(await this.site.section(jobsSection));
    return {
      jobs: await Promise.all(
        jobs.map(async ({ name, title, argv, user, every, at, confirm }) => {
          const runs = await historyOf(this.site.state, name);
          return {
            name,
            title,
            command: argv,
            user,
            every,
            at,
            guarded: confirm,
            last: runs[0] ?? null,
            failuresInARow: failuresInARow(runs),
            successPercent: successPercent(runs),
          };
        }),
      ),
    };
  }

  protected override text({ jobs }: { jobs: ListedJob[] }): string {
    if (jobs.length === 0) return 'The profile names no jobs (jobs: {…}).';
    return formatTable<ListedJob>(
      [
        { head: 'JOB', cell: ({ name }) => name },
        { head: 'WHAT', cell: ({ title, command }) => printableName(title ?? command.join(' ')) },
        {
          head: 'WHEN',
          cell: ({ every, at }) =>
            every === null ? 'on request' : `${every}${at === null ? '' : ` ${at}`}`,
        },
        {
          head: 'LAST',
          cell: ({ last }) => (last === null ? 'never' : formatTime(last.startedAt)),
        },
        {
          head: 'STATE',
          cell: ({ last, failuresInARow: failed }) =>
            last === null
              ? ''
              : failed > 1
                ? `${last.state}, ${failed} times in a row`
                : last.state,
        },
        {
          head: 'OF ALL',
          cell: ({ successPercent: percent }) => (percent === null ? '' : `${percent} %`),
          align: 'right',
        },
      ],
      jobs,
    );
  }
}
