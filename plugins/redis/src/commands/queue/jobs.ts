import { Flags, OpsError, wholeNumber } from '@om-ops/kit';
import { formatTable, formatTime, printable } from '@om-ops/kit/text';
import { RedisCommand } from '../../server/redis-command.ts';
import { queuesSection } from '../../site.ts';
import { jobStates, type QueuedJob, queuedJobs } from '../../topics/jobs.ts';

interface JobsResult {
  queue: string;
  state: string;
  jobs: QueuedJob[];
}

export default class QueueJobs extends RedisCommand<typeof QueueJobs, JobsResult> {
  static override summary = 'List jobs of a queue: what they are, never what they carry.';
  static override description =
    'Name, age, tries and, for failed ones, why. Arguments and data are not shown: they hold secrets as often as not.';
  static override examples = ['<%= config.bin %> <%= command.id %> --state failed --queue mail'];
  static override flags = {
    state: Flags.string({ summary: 'Which.', options: [...jobStates], default: 'waiting' }),
    queue: Flags.string({
      summary: 'Of which queue. Default: the first of the profile.',
      helpValue: 'NAME',
    }),
    top: wholeNumber({ summary: 'How many.', default: 20, min: 1 }),
  };

  protected override async perform(): Promise<JobsResult> {
    const entries = Object.values(await this.site.section(queuesSection));
    const { state, top } = this.flags;
    const wanted = this.flags.queue ?? entries[0]?.queues[0];
    const entry = entries.find(({ queues }) => wanted !== undefined && queues.includes(wanted));
    if (entry === undefined || wanted === undefined)
      throw new OpsError(
        'E_NO_QUEUE',
        wanted === undefined
          ? 'The profile names no queues.'
          : `The profile has no queue ${wanted}.`,
        {
          exit: 'usage',
          suggestions: [
            entries.length === 0
              ? 'Name them there: queues: {…}'
              : `There are: ${entries.flatMap(({ queues }) => queues).join(', ')}`,
          ],
        },
      );
    const jobs = await this.withRedis(
      (client) =>
        queuedJobs(client, entry, wanted, state as (typeof jobStates)[number], top, (text) =>
          this.operation.redactor.foreign(text),
        ),
      entry.db,
    );
    return { queue: wanted, state, jobs };
  }

  protected override text({ jobs, queue, state }: JobsResult): string {
    if (jobs.length === 0) return `No job of ${queue} is ${state}.`;
    return formatTable<QueuedJob>(
      [
        { head: 'ID', cell: ({ id }) => printable(id) },
        { head: 'NAME', cell: ({ name }) => printable(name ?? '') },
        { head: 'SINCE', cell: ({ at }) => (at === null ? '' : formatTime(at)) },
        { head: 'TRIES', cell: ({ tries }) => (tries === null ? '' : `${tries}`), align: 'right' },
        { head: 'WHY', cell: ({ reason }) => printable((reason ?? '').slice(0, 100)) },
      ],
      jobs,
    );
  }
}
