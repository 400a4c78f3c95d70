import { backendLock, dryRunFlag, type GuardedResult, OpsCommand } from '@om-ops/kit';
import { lookAtApp, pm2Setting } from '../../app/look.ts';
import { carryOutSetup, takeBack, whatIsLeft } from '../../setup/carry-out.ts';
import type { Difference } from '../../setup/differences.ts';
import { type How, planSetup, type SetupPlan, setupChanges } from '../../setup/plan.ts';
import { setupText } from '../../view/setup.ts';
import { waitFlag, waitMs } from '../../wait-flag.ts';

export interface SetupResult extends GuardedResult {
  app: string;
  /** What differs, or differed, without secrets. */
  changed: { what: string; from: string | null; to: string | null }[];
  /** Whether the next boot brings back what runs. */
  saved: boolean;
  how: How;
  /** The ecosystem file; null: `npm start`. */
  file: string | null;
  user: string;
  home: string;
  /** What an app that did not come up has said last; without secrets. */
  errorLines: readonly string[];
}

export default class Pm2Setup extends OpsCommand<typeof Pm2Setup, SetupResult> {
  static override summary = 'Bring the backend into PM2 as the ecosystem file has it, and save it.';
  static override description =
    'Does nothing where it is so already. Else it says what differs first: new values and arguments PM2 takes over by a reload; for the folder, the script, the number of instances, their mode and removed variables the app is deleted and started. One that does not come up is exit 1, and what ran before runs again. Without an ecosystem file it is npm start in the folder of the backend. Only the app of the profile is touched, also in what is saved for the next boot, and PM2 gets nothing of your environment.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %>',
  ];
  static override record = 'audit' as const;
  static override flags = {
    ...dryRunFlag,
    ...waitFlag,
  };

  protected override async perform(): Promise<SetupResult> {
    const { site, operation } = this;
    const { redactor, signal } = operation;
    const timeoutMs = waitMs(this.flags.timeout);
    const setting = await pm2Setting(site);
    const options = { site, setting, redactor, timeoutMs };
    const { app } = setting.section;
    return this.guarded(
      backendLock,
      {
        plan: (progress) => planSetup({ site, setting, redactor, signal: progress.signal }),
        changes: (plan) => setupChanges(plan, setting),
        stillHolds: async ({ before }) => {
          const { processes } = await lookAtApp(setting, signal);
          const told = (list: typeof before) =>
            JSON.stringify(list.map(({ id, env, cwd, script }) => ({ id, env, cwd, script })));
          return told(processes) === told(before);
        },
        apply: async (plan, progress) => {
          const warning = await carryOutSetup(plan, options, progress);
          if (warning !== undefined) operation.warn(warning);
        },
        verify: (plan, progress) => whatIsLeft(plan, options, progress.signal),
        undo: (plan, undoSignal) => takeBack(plan, setting, undoSignal),
        touched: () => [`pm2:${app}`],
      },
      (done, plan) => resultOf(done, plan, setting),
    );
  }

  protected override text(result: SetupResult): string {
    return setupText(result);
  }
}

function resultOf(
  done: GuardedResult,
  plan: SetupPlan,
  { section, place }: Awaited<ReturnType<typeof pm2Setting>>,
): SetupResult {
  const { source, how, differences } = plan;
  const started = how === 'start' ? [{ what: 'app', from: null, to: plan.wanted.script }] : [];
  const stopped =
    how === 'restart'
      ? [{ what: 'status', from: plan.before[0]?.status ?? null, to: 'online' }]
      : [];
  const modes = plan.open.map(({ path, mode }) => ({
    what: `mode of ${path}`,
    from: mode,
    to: '0600',
  }));
  return {
    ...done,
    app: section.app,
    changed: [...started, ...stopped, ...differences.map(withoutWay), ...modes],
    saved:
      done.outcome === 'unchanged' ||
      (done.outcome === 'applied' && (plan.done.saved || !plan.mustSave)),
    how,
    file: source.kind === 'npm' ? null : source.file,
    user: place.owner.name,
    home: place.home,
    errorLines: plan.done.errorLines,
  };
}

function withoutWay({ what, from, to }: Difference): SetupResult['changed'][number] {
  return { what, from, to };
}
