import { Flags, OpsCommand, type State } from '@om-ops/kit';
import type { Command } from '@om-ops/kit/oclif';
import { readKeptPass } from './pass/kept-pass.ts';
import { statusOf, type WatchStatus } from './pass/status.ts';
import { thisMachine } from './readers/machine.ts';

export const statusFlags = {
  detailed: Flags.boolean({
    summary: 'Every check with its value, and what watching itself takes.',
    default: false,
  }),
};

/** `health status`, and `status` by its short name. */
export abstract class StatusCommand<C extends typeof Command> extends OpsCommand<C, WatchStatus> {
  protected get isDetailed(): boolean {
    return (this.flags as { detailed?: boolean }).detailed === true;
  }

  protected override async perform(): Promise<WatchStatus> {
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
    return status;
  }

  protected override async text(status: WatchStatus): Promise<string> {
    const { statusText } = await import('./view/status.ts');
    return statusText(status, this.isDetailed);
  }
}

function named({ checks }: WatchStatus, level: State): string {
  return checks
    .filter((one) => one.level === level)
    .map(({ id }) => id)
    .join(', ');
}
