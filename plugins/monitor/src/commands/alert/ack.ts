import { dryRunFlag, Flags } from '@om-ops/kit';
import { formatTime, printableName } from '@om-ops/kit/text';
import { acknowledged, wantedAlerts } from '../../alerts/change.ts';
import { alertsArgument } from '../../alerts/ids.ts';
import { keptAlerts } from '../../alerts/kept-alerts.ts';
import { type ListedAlert, listedAlerts } from '../../alerts/open-alerts.ts';
import { WatchCommand } from '../../watch-command.ts';

interface AckResult {
  dryRun: boolean;
  /** As they are now. */
  alerts: ListedAlert[];
  /** ISO 8601; null: until they are resolved. */
  until: string | null;
}

export default class AlertAck extends WatchCommand<typeof AlertAck, AckResult> {
  static override summary = 'Say that you are at it, so that nobody is reminded.';
  static override description =
    'No reminder of it is sent until it is resolved, or for as long as --for says. When it becomes worse, the acknowledgement falls and everybody is told. Who did it stands in the list and in the history of the alert.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> k3f9ab --for 4h --note "ordered a disk"',
    '<%= config.bin %> <%= command.id %> disk:/',
  ];
  static override record = 'audit' as const;
  static override args = { alert: alertsArgument };
  static override flags = {
    for: Flags.string({
      summary: 'For so long: 30m, 4h, 2d. Default: until it is resolved.',
      helpValue: '4h',
    }),
    note: Flags.string({ summary: 'What is being done.', helpValue: 'T' }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<AckResult> {
    const { flags, dryRun } = this;
    const given = this.args.alert;
    const end = flags.for === undefined ? null : this.endOf(flags.for);
    const until = end?.at ?? null;
    const { state } = this.site;
    const before = await keptAlerts(state, (message) => this.operation.warn(message));
    const wanted = wantedAlerts(before.snapshot.state, given);
    const ids = new Set(wanted.map(({ alert }) => alert.id));
    if (!dryRun) {
      const { store } = await this.watch;
      await store.change(this.clock, (watched, now) =>
        acknowledged(
          wantedAlerts(watched, given),
          end === null ? null : { at: end.at, tick: now.tick + end.ms },
          this.actor(flags.note, now),
        ),
      );
      this.operation.touch(...wanted.map(({ state: { key } }) => key));
    }
    const after = await keptAlerts(state, () => undefined);
    const alerts = listedAlerts(after.snapshot.state).filter(({ id }) => ids.has(id));
    return { dryRun, alerts, until };
  }

  protected override text({ dryRun, alerts, until }: AckResult): string {
    const end = until === null ? 'until it is resolved' : `until ${formatTime(until)}`;
    const head = dryRun ? 'Would acknowledge' : 'Acknowledged';
    const lines = alerts.map(({ id, text }) => `${head} ${id}, ${end}: ${printableName(text)}`);
    return [...lines, ...(dryRun ? ['Nothing was changed: this was a dry run.'] : [])].join('\n');
  }
}
