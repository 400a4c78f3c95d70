import { Flags, OpsCommand, type State } from '@om-ops/kit';
import type { Command } from '@om-ops/kit/oclif';
import { keptAlerts } from './alerts/kept-alerts.ts';
import { type ListedAlert, listedAlerts } from './alerts/open-alerts.ts';
import { assertOwnAlerts } from './alerts/own-site.ts';
import { readKeptPass } from './pass/kept-pass.ts';
import { statusOf, type WatchStatus } from './pass/status.ts';
import { thisMachine } from './readers/machine.ts';

export const statusFlags = {
  detailed: Flags.boolean({
    summary: 'Every check with its value, and what watching itself takes.',
    default: false,
  }),
};

export interface StatusResult extends WatchStatus {
  /** The open alerts, the worst first. */
  alerts: ListedAlert[];
}

/** `health status`, and `status` by its short name. */
export abstract class StatusCommand<C extends typeof Command> extends OpsCommand<C, StatusResult> {
  protected get isDetailed(): boolean {
    return (this.flags as { detailed?: boolean }).detailed === true;
  }

  protected override async perform(): Promise<StatusResult> {
    assertOwnAlerts(this.site);
    const status = statusOf(
      this.site,
      readKeptPass(this.site.state),
      thisMachine().now(),
      this.isDetailed,
    );
    if (status.level === 'critical')
      this.unhealthy('E_UNHEALTHY', `Critical: ${named(status, 'critical')}.`, [
        'Look anew: om-ops health check',
      ]);
    else if (status.level === 'unknown')
      this.incomplete(
        status.at === null
          ? 'Nobody has looked at this site yet.'
          : status.stale
            ? 'What was seen last is too old to be believed.'
            : `It could not be told: ${named(status, 'unknown')}.`,
      );
    const { snapshot } = await keptAlerts(this.site.state, (message) => this.incomplete(message));
    return { ...status, alerts: listedAlerts(snapshot.state) };
  }

  protected override async text({ alerts, ...status }: StatusResult): Promise<string> {
    const { statusText } = await import('./view/status.ts');
    const { openText } = await import('./view/alerts.ts');
    const text = statusText(status, this.isDetailed);
    return alerts.length === 0 ? text : `${text}\n\n${openText(alerts)}: om-ops alert list`;
  }
}

function named({ checks }: WatchStatus, level: State): string {
  return checks
    .filter((one) => one.level === level)
    .map(({ id }) => id)
    .join(', ');
}
