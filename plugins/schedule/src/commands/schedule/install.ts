import { Flags, type GuardedResult, isoWithOffset, OpsError, userName } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { isOn } from '../../due.ts';
import { cronRuns } from '../../install/daemon.ts';
import {
  cronPlace,
  installedAt,
  type Method,
  type Place,
  systemdPlace,
  usualMethod,
} from '../../install/place.ts';
import { lingers, systemctl, systemdRuns } from '../../install/systemd.ts';
import {
  InstallationCommand,
  type InstallationResult,
  installationFlags,
  installationText,
} from '../../installation.ts';
import type { LedgerLine } from '../../ledger/line.ts';

export default class ScheduleInstall extends InstallationCommand<typeof ScheduleInstall> {
  static override summary = 'Have the tick called each minute, by cron or a systemd timer.';
  static override description =
    'Shows the difference first and asks. Puts one marked line into the crontab of this user, or a timer and a service into systemd, with the path of this program, the site profile and the PATH of now; every other line stays as it is. The tasks count from now on. The guarded commands among them (clean-ups that delete) are confirmed with it. Exits 7 when it is installed and nothing seems to call it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --confirm "YES APPLY"',
    '<%= config.bin %> <%= command.id %> --systemd',
  ];
  static override record = 'audit' as const;
  static override flags = {
    cron: Flags.boolean({ summary: "This user's crontab.", exclusive: ['systemd'] }),
    systemd: Flags.boolean({ summary: 'A systemd timer.', exclusive: ['cron'] }),
    ...installationFlags,
  };

  protected override async perform(): Promise<InstallationResult> {
    const { flags, operation, dryRun } = this;
    const { signal } = operation;
    const context = this.placeContext;
    const warn = (message: string) => operation.warn(message);
    const installed = await installedAt(context, signal, warn);
    const method = flags.cron ? 'cron' : flags.systemd ? 'systemd' : usualMethod(installed);
    if (method === 'systemd') needSystemd();
    const { tasks } = await this.tasks();
    const running = tasks.filter(isOn);
    const history = await this.history();
    const guarded = this.guardedLines(tasks);
    const known = new Set(history.installed?.guarded ?? []);
    const fresh = guarded.filter(({ argv }) => !known.has(argv));
    const places = async (): Promise<Place[]> => [
      method === 'cron'
        ? await cronPlace('there', this.cronUser, context, signal)
        : systemdPlace('there', context),
      // Two would call it twice a minute.
      ...(installed.includes('cron') && method !== 'cron'
        ? [await cronPlace('gone', this.cronUser, context, signal)]
        : []),
      ...(installed.includes('systemd') && method !== 'systemd'
        ? [systemdPlace('gone', context)]
        : []),
    ];
    const at = isoWithOffset(this.now);
    const lines: LedgerLine[] = [
      {
        state: 'installed',
        at,
        how: method,
        by: userName(),
        guarded: guarded.map(({ argv }) => argv),
      },
      ...this.fromNowOn(tasks, history),
    ];
    const back: LedgerLine[] = [history.installed ?? { state: 'removed', at, by: userName() }];
    const changes = fresh.map(({ line }) => ({
      kind: 'create' as const,
      what: `a standing confirmation for \`om-ops ${line}\``,
    }));
    const result = await this.change(places, {
      question: () =>
        `${plural(running.length, 'task')} of ${this.site.site} will run by ${running.length === 1 ? 'itself' : 'themselves'}${guarded.length === 0 ? '' : `, and ${guarded.map(({ line }) => `om-ops ${line}`).join(' and ')} without asking`}.`,
      more: async () => ({ changes, lines, back }),
      result: (done: GuardedResult): InstallationResult => ({
        ...done,
        dryRun,
        how: [method],
        tasks: running.map(({ id }) => id),
        confirmed: guarded.map(({ line }) => line),
      }),
    });
    if (!dryRun) this.#judge(method);
    return result;
  }

  #judge(method: Method): void {
    if (method === 'cron' && !cronRuns())
      this.incomplete(
        'No cron daemon is running here, as far as can be seen, so no tick will come: start it, as with sudo systemctl enable --now cron.',
      );
    if (method === 'systemd' && process.geteuid?.() !== 0 && !lingers(this.cronUser))
      this.incomplete(
        `The timers of ${this.cronUser} run only while somebody is logged in as that user: sudo loginctl enable-linger ${this.cronUser}`,
      );
  }

  protected override text(result: InstallationResult): string {
    return installationText(result, 'install');
  }
}

function needSystemd(): void {
  systemctl.need();
  if (!systemdRuns()) {
    throw new OpsError('E_NO_SYSTEMD', 'systemd does not run this machine, so it has no timers.', {
      exit: 'requirement',
      suggestions: ['Use cron: om-ops schedule install --cron'],
    });
  }
}
