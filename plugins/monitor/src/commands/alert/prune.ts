import { confirmFlag, dryRunFlag, Flags, type GuardedResult, parseAge } from '@om-ops/kit';
import { formatTime, plural } from '@om-ops/kit/text';
import { alertFiles } from '../../alerts/files.ts';
import { type PrunableAlerts, prunableAlerts, pruneAlerts } from '../../alerts/prune.ts';
import { WatchCommand } from '../../watch-command.ts';

interface PruneResult extends PrunableAlerts {
  dryRun: boolean;
  outcome: GuardedResult['outcome'];
  /** Those that were over before this are meant. */
  before: string;
}

export default class AlertPrune extends WatchCommand<typeof AlertPrune, PruneResult> {
  static override summary = 'Delete alerts that have been over for long.';
  static override description =
    'With all that happened to them. What is open stays, however old it is, and what was acknowledged or silenced with it. Asks first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --older-than 400d --dry-run',
    '<%= config.bin %> <%= command.id %> --older-than 2y --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = {
    'older-than': Flags.string({
      summary: 'Resolved before so long: 400d, 6mo, 2y.',
      required: true,
      helpValue: '400d',
    }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<PruneResult> {
    const { state } = this.site;
    const before = new Date(this.clock.wallMs - parseAge(this.flags['older-than']));
    return this.guarded<PrunableAlerts>(
      [],
      {
        plan: () => prunableAlerts(state, before, (message) => this.operation.warn(message)),
        changes: ({ alerts, lines }) =>
          lines === 0
            ? []
            : [
                ...alerts.map(({ id, key, resolvedAt }) => ({
                  kind: 'remove' as const,
                  what: `${id} ${key}`,
                  detail: `over since ${formatTime(resolvedAt)}`,
                })),
                ...(alerts.length === 0
                  ? [
                      {
                        kind: 'remove' as const,
                        what: plural(lines, 'line'),
                        detail: 'of the watching itself',
                      },
                    ]
                  : []),
              ],
        question: ({ alerts }) => `${plural(alerts.length, 'alert')} will be deleted for good.`,
        apply: async (plan) => {
          const { store } = await this.watch;
          await store.rewrite((watched) => pruneAlerts(state, watched, plan, before));
        },
        standing: () => 'The journal is as it was, or without all of them.',
        touched: () => [alertFiles(state).journal],
      },
      ({ outcome }, plan) => ({
        ...plan,
        dryRun: this.dryRun,
        outcome,
        before: before.toISOString(),
      }),
    );
  }

  protected override text({ dryRun, outcome, alerts, lines }: PruneResult): string {
    if (lines === 0) return 'No alert has been over for so long.';
    if (dryRun)
      return `Would delete ${plural(alerts.length, 'alert')}.\nNothing was changed: this was a dry run.`;
    return outcome === 'applied'
      ? `Deleted ${plural(alerts.length, 'alert')}.`
      : 'Nothing was deleted.';
  }
}
