import {
  Args,
  currentTime,
  dryRunFlag,
  Flags,
  isoWithOffset,
  OpsError,
  userName,
} from '@om-ops/kit';
import { formatTime, plural, printableName } from '@om-ops/kit/text';
import { openAlerts } from '../../alerts/change.ts';
import { keptAlerts } from '../../alerts/kept-alerts.ts';
import type { Silence } from '../../alerts/silences.ts';
import { newId } from '../../alerts/watch.ts';
import { keyMatcher } from '../../key-pattern.ts';
import { WatchCommand } from '../../watch-command.ts';

interface SilenceResult {
  dryRun: boolean;
  silence: Omit<Silence, 'untilTick'>;
  /** The open alerts that it lies over now. */
  alerts: { id: string; key: string }[];
}

export default class AlertSilence extends WatchCommand<typeof AlertSilence, SilenceResult> {
  static override summary = 'Tell nobody of some checks for a time.';
  static override description =
    'What is silenced is watched, listed and shown all the same; only messages are not sent. It has an end: what is still bad then is told. For work on the site: om-ops maintain window start.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> "http:*" --for 2h --reason "moving to the new host"',
  ];
  static override record = 'audit' as const;
  static override args = {
    match: Args.string({
      description: 'A check, or several with * for any characters.',
      required: true,
    }),
  };
  static override flags = {
    for: Flags.string({ summary: 'For so long: 30m, 4h, 2d.', required: true, helpValue: 'D' }),
    reason: Flags.string({ summary: 'Why.', required: true, helpValue: 'T' }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<SilenceResult> {
    const { flags, dryRun, operation } = this;
    const match = this.args.match.trim();
    const reason = operation.redactor.foreign(flags.reason.trim());
    if (match === '' || reason === '')
      throw new OpsError('E_USAGE', 'A silence needs checks and a reason.', { exit: 'usage' });
    const end = this.endOf(flags.for);
    const { snapshot } = await keptAlerts(this.site.state, (message) => operation.warn(message));
    const matches = keyMatcher(match);
    const alerts = openAlerts(snapshot.state)
      .filter(({ state }) => matches(state.key))
      .map(({ state, alert }) => ({ id: alert.id, key: state.key }));
    const since = isoWithOffset(currentTime());
    const silence = {
      ...{ id: newId(), match, reason, by: userName(), since, until: end.at },
      matchedAt: alerts.length > 0 ? since : null,
    };
    if (!dryRun) {
      const { store } = await this.watch;
      await store.changeSilences(this.clock, (all, tick) => [
        ...all,
        { ...silence, untilTick: tick + end.ms },
      ]);
      operation.touch(match);
    }
    return { dryRun, silence, alerts };
  }

  protected override text({ dryRun, silence, alerts }: SilenceResult): string {
    const head = `${dryRun ? 'Would silence' : 'Silenced'} ${printableName(silence.match)} until ${formatTime(silence.until)}.`;
    const now = `${plural(alerts.length, 'open alert is', 'open alerts are')} under it now.`;
    return dryRun
      ? `${head} ${now}\nNothing was changed: this was a dry run.`
      : `${head} ${now} Take it back: om-ops alert unsilence ${silence.id}`;
  }
}
