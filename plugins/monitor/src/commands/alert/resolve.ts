import { dryRunFlag, Flags } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';
import { resolvedByHand, wantedAlerts } from '../../alerts/change.ts';
import { alertsArgument } from '../../alerts/ids.ts';
import { keptAlerts } from '../../alerts/kept-alerts.ts';
import { WatchCommand } from '../../watch-command.ts';

interface ResolveResult {
  dryRun: boolean;
  alerts: { id: string; key: string; title: string; text: string; since: string }[];
}

export default class AlertResolve extends WatchCommand<typeof AlertResolve, ResolveResult> {
  static override summary = 'Say that an alert is over.';
  static override description =
    'Those who were told of it are told that too. What is still bad is opened again under the same ID after as many bad looks as it takes to raise one.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> k3f9ab --note "restarted the queue by hand"',
  ];
  static override record = 'audit' as const;
  static override args = { alert: alertsArgument };
  static override flags = {
    note: Flags.string({ summary: 'What was done.', required: true, helpValue: 'T' }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<ResolveResult> {
    const { flags, dryRun } = this;
    const given = this.args.alert;
    const { snapshot } = await keptAlerts(this.site.state, (message) =>
      this.operation.warn(message),
    );
    const wanted = wantedAlerts(snapshot.state, given);
    const alerts = wanted.map(({ state: { key, title, text }, alert: { id, since } }) => ({
      id,
      key,
      title,
      text,
      since,
    }));
    if (dryRun) return { dryRun, alerts };
    const watch = await this.watch;
    await watch.store.change(this.clock, (watched, now) =>
      resolvedByHand(wantedAlerts(watched, given), this.actor(flags.note, now)),
    );
    this.operation.touch(...alerts.map(({ key }) => key));
    await watch.send();
    return { dryRun, alerts };
  }

  protected override text({ dryRun, alerts }: ResolveResult): string {
    const head = dryRun ? 'Would resolve' : 'Resolved';
    const lines = alerts.map(({ id, text }) => `${head} ${id}: ${printableName(text)}`);
    return [
      ...lines,
      ...(dryRun
        ? ['Nothing was changed: this was a dry run.']
        : ['What is still bad is opened again.']),
    ].join('\n');
  }
}
