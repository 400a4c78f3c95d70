import { Args, lastLines, OpsCommand, OpsError, wholeNumber } from '@om-ops/kit';
import { formatFacts, formatTime, printable } from '@om-ops/kit/text';
import { historyOf, type PastRun } from '../../history.ts';
import { jobsOf, jobsSection } from '../../site.ts';

type ShowResult = PastRun & {
  /** The last lines it printed, without secrets. */
  lines: string[];
};

export default class JobShow extends OpsCommand<typeof JobShow, ShowResult> {
  static override summary = 'Show one run of a job and what it printed.';
  static override description =
    'A run by its name, as job history lists it, or the newest run of a job by the name of the job.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 2026-11-25_020001',
    '<%= config.bin %> <%= command.id %> sync-test',
  ];
  static override args = {
    run: Args.string({ description: 'A run, or a job: its newest run.', required: true }),
  };
  static override flags = {
    lines: wholeNumber({ summary: 'How many of the last lines.', default: 50, min: 0 }),
  };

  protected override async perform(): Promise<ShowResult> {
    const { run: wanted } = this.args;
    const names = jobsOf(await this.site.section(jobsSection)).map(({ name }) => name);
    const runs = (await Promise.all(names.map((name) => historyOf(this.site.state, name)))).flat();
    const found = names.includes(wanted)
      ? runs.find(({ job }) => job === wanted)
      : runs.find(({ run }) => run === wanted);
    if (found === undefined)
      throw new OpsError('E_NO_RUN', `There is no run ${wanted}.`, {
        exit: 'usage',
        suggestions: ['See those there are: om-ops job history'],
      });
    const { redactor: redact, signal } = this.operation;
    const lines =
      found.log === null || this.flags.lines === 0
        ? []
        : await lastLines(found.log, this.flags.lines, { redact, signal });
    return { ...found, lines };
  }

  protected override text({ lines, ...run }: ShowResult): string {
    const facts = formatFacts([
      ['Job', run.job],
      ['Run', run.run],
      ['Began', run.startedAt === '' ? 'not known' : formatTime(run.startedAt)],
      ['State', run.state],
      ...(run.exit === null ? [] : [['Exit code', `${run.exit}`] as [string, string]]),
      ...(run.meaning === null ? [] : [['Meaning', printable(run.meaning)] as [string, string]]),
      ...(run.log === null ? [] : [['Output', run.log] as [string, string]]),
    ]);
    return [facts, ...(lines.length === 0 ? [] : ['', ...lines.map(printable)])].join('\n');
  }
}
