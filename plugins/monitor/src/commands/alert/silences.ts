import { currentTime, Flags, OpsCommand } from '@om-ops/kit';
import { formatTable, formatTime, printableName } from '@om-ops/kit/text';
import { alertFiles } from '../../alerts/files.ts';
import { isUseless, readSilences, type Silence } from '../../alerts/silences.ts';

interface ListedSilence extends Omit<Silence, 'untilTick'> {
  lasts: boolean;
  /** It has lain over nothing for a week: misspelt, or not needed any more. */
  useless: boolean;
}

interface SilencesResult {
  silences: ListedSilence[];
}

export default class AlertSilences extends OpsCommand<typeof AlertSilences, SilencesResult> {
  static override summary = 'List what nobody is told of, until when and why.';
  static override description =
    'One that has matched nothing for a week is pointed out: it may be misspelt.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --all',
  ];
  static override flags = {
    all: Flags.boolean({
      summary: 'Also those of the last 30 days that have ended.',
      default: false,
    }),
  };

  protected override async perform(): Promise<SilencesResult> {
    const now = currentTime().getTime();
    const silences = readSilences(alertFiles(this.site.state).silences)
      .map(({ untilTick: _tick, ...silence }) => {
        const lasts = Date.parse(silence.until) > now;
        return {
          ...silence,
          lasts,
          useless: lasts && isUseless({ ...silence, untilTick: 0 }, now),
        };
      })
      .filter(({ lasts }) => lasts || this.flags.all);
    return { silences };
  }

  protected override text({ silences }: SilencesResult): string {
    if (silences.length === 0) return 'Nothing is silenced.';
    const table = formatTable(
      [
        { head: 'ID', cell: ({ id }) => id },
        { head: 'CHECKS', cell: ({ match }) => printableName(match) },
        {
          head: 'UNTIL',
          cell: ({ until, lasts }) => `${formatTime(until)}${lasts ? '' : ', over'}`,
        },
        { head: 'BY', cell: ({ by }) => printableName(by) },
        { head: 'WHY', cell: ({ reason }) => printableName(reason) },
      ],
      silences,
    );
    const useless = silences
      .filter((one) => one.useless)
      .map(
        ({ id, match }) =>
          `${printableName(match)} has matched nothing for a week: om-ops alert unsilence ${id}`,
      );
    return [table, ...(useless.length === 0 ? [] : ['', ...useless])].join('\n');
  }
}
