import {
  Args,
  type Change,
  confirmFlag,
  dryRunFlag,
  Flags,
  type GuardedResult,
  OpsCommand,
} from '@om-ops/kit';
import {
  type AdoptPlan,
  adopt,
  adoptionChanges,
  giveBack,
  planAdoption,
} from '../../adopt/adopt.ts';
import type { Keeper } from '../../adopt/keepers.ts';
import { lookAtService } from '../../look/managers.ts';
import { secondsOrTime } from '../../site.ts';
import { chosenOne, siteServices } from '../../site-services.ts';

interface AdoptResult {
  outcome: GuardedResult['outcome'];
  changes: readonly Change[];
  problem?: string;
  name: string;
  unit: string;
  path: string;
  pids: { before: number | null; after: number | null };
  /** What starts it as well, and was left alone. */
  keepers: Keeper[];
  /** Variables that it was started with and the unit does not give it. */
  lostKeys: string[];
  /** What has to stand in the profile from now on. */
  profile: string;
}

export default class ServiceAdopt extends OpsCommand<typeof ServiceAdopt, AdoptResult> {
  static override summary = 'Let systemd keep a process running that nohup, screen or cron did.';
  static override description =
    'Writes a unit for a plain process of the profile, ends the process, starts the unit and waits until it is up; what does not come up is taken back, and the process started again as it was, with the environment that it had. Names what else starts it, and variables that the unit does not give it; both are yours to see to. The profile is not changed: what has to stand there is said.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> scheduler --dry-run',
    '<%= config.bin %> <%= command.id %> scheduler --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override args = {
    name: Args.string({ required: true, description: 'A plain process of the profile.' }),
  };
  static override flags = {
    ...dryRunFlag,
    ...confirmFlag,
    settle: Flags.string({
      summary: 'How long its main process has to stay before it counts as up.',
      helpValue: 'TIME',
      default: '5s',
    }),
    timeout: Flags.string({
      summary: 'How long to wait until it is up.',
      helpValue: 'TIME',
      default: '60s',
    }),
  };

  protected override async perform(): Promise<AdoptResult> {
    const { signal } = this.operation;
    const settleMs = secondsOrTime(this.flags.settle);
    const timeoutMs = secondsOrTime(this.flags.timeout);
    const { all, managers } = await siteServices(this.site, this.abilities, signal);
    const service = chosenOne(all, this.args.name);
    const context = { site: this.site.site, all, managers, settleMs, timeoutMs };
    return this.guarded(
      `service-unit-${service.name}`,
      {
        plan: () => planAdoption(service, context, signal),
        changes: adoptionChanges,
        question: ({ path, before }) =>
          `${path} will be written${before.pid === null ? '' : `, pid ${before.pid} ended`}, and the unit started.`,
        stillHolds: async ({ before }) =>
          (await lookAtService(service, managers, signal)).key === before.key,
        apply: async (plan, progress) => {
          for (const warning of warningsOf(plan)) this.operation.warn(warning);
          await adopt(plan, context, progress);
        },
        undo: giveBack,
        touched: ({ path, adopted }) => [path, `systemd:${adopted.target}`],
      },
      (done, plan) => resultOf(done, plan),
    );
  }

  protected override text({
    outcome,
    changes,
    unit,
    pids,
    profile,
    keepers,
    lostKeys,
  }: AdoptResult): string {
    const notes = [
      ...lostKeys.map((key) => `Its process has ${key}, and the unit does not give it that.`),
      ...keepers.map(({ kind, where }) => `Take away what starts it too: ${kind}, ${where}`),
    ];
    if (outcome === 'planned')
      return [...changes.map(({ what, diff }) => diff ?? `Would run: ${what}`), ...notes].join(
        '\n',
      );
    if (outcome !== 'applied') return '';
    return [
      `${unit} is up as pid ${pids.after}, and starts at boot.`,
      `Say so in the site profile: ${profile}`,
      ...notes,
    ].join('\n');
  }
}

function warningsOf({ keepers, lostKeys }: AdoptPlan): string[] {
  return [
    ...keepers.map(({ kind, where }) => `${where} (${kind}) starts it too, and was left as it is.`),
    ...(lostKeys.length === 0
      ? []
      : [`The unit does not give it what its process had: ${lostKeys.join(', ')}.`]),
  ];
}

function resultOf({ outcome, changes, problem }: GuardedResult, plan: AdoptPlan): AdoptResult {
  const { service, adopted, path, before, after, keepers, lostKeys } = plan;
  return {
    outcome,
    changes,
    ...(problem === undefined ? {} : { problem }),
    name: service.name,
    unit: adopted.target,
    path,
    pids: { before: before.pid, after: after?.pid ?? null },
    keepers,
    lostKeys,
    profile: `services: {${service.name}: {unit: ${adopted.target.replace(/\.service$/, '')}}}`,
  };
}
