import {
  backendLock,
  type Command,
  confirmFlag,
  dryRunFlag,
  Flags,
  type GuardedResult,
  messageOf,
  OpsCommand,
} from '@om-ops/kit';
import { appNode } from './environment/app-node.ts';
import type { Part } from './parts/part.ts';
import { changesOf, planRebuild, questionOf, type RebuildPlan } from './rebuild/plan.ts';
import { Rebuild } from './rebuild/rebuild.ts';
import { buildSection } from './site.ts';
import { type RebuildResult, rebuildResult, rebuildText } from './view/rebuild.ts';

export const rebuildFlags = {
  ...dryRunFlag,
  ...confirmFlag,
  'if-changed': Flags.boolean({
    summary:
      'Build only when the sources, the lock file, the script or an env file differ from the last good build.',
    default: false,
  }),
  'put-back': Flags.boolean({
    summary: 'Build nothing: put back what a rebuild has left that was cut off.',
    default: false,
    exclusive: ['if-changed'],
  }),
};

interface RebuildFlags {
  'if-changed': boolean;
  'put-back': boolean;
}

interface Planned {
  plan: RebuildPlan;
  rebuild: Rebuild;
}

/** What the rebuilds of both parts have in common. */
export abstract class RebuildCommand<C extends typeof Command> extends OpsCommand<
  C,
  RebuildResult
> {
  static override record = 'audit' as const;

  protected abstract readonly part: Part['name'];
  /** Whether the app is restarted. */
  protected abstract get restarts(): boolean;

  protected override async perform(): Promise<RebuildResult> {
    const { operation, site } = this;
    const section = await site.section(buildSection);
    const flags = this.flags as unknown as RebuildFlags;
    const warn = (message: string) => operation.warn(message);
    let rebuild: Rebuild | undefined;
    let done: GuardedResult | undefined;
    const result = (guarded: GuardedResult, planned: Planned): RebuildResult => {
      done = guarded;
      return rebuildResult(guarded, planned.plan, planned.rebuild.state);
    };
    try {
      const made = await this.guarded<Planned>(
        this.part === 'backend' ? backendLock : `build-${this.part}`,
        {
          plan: async (progress) => {
            const plan = await planRebuild({
              site,
              section,
              part: this.part,
              abilities: this.abilities,
              ifChanged: flags['if-changed'],
              restart: this.restarts,
              putBack: flags['put-back'],
              progress,
            });
            rebuild = new Rebuild(plan, {
              site,
              argv: this.argv,
              redact: operation.redactor,
              warn,
              appNode: () => appNode(this.abilities, { signal: operation.signal, warn }),
            });
            return { plan, rebuild };
          },
          changes: ({ plan }) => changesOf(plan),
          question: ({ plan }) => questionOf(plan),
          stillHolds: ({ rebuild: own }) => own.stillHolds(operation.signal),
          apply: ({ rebuild: own }, progress) => own.apply(progress),
          verify: async ({ rebuild: own }, progress) => {
            await own.verify(progress);
            return undefined;
          },
          undo: ({ rebuild: own }, signal) => own.undo(signal),
          undoMs: 10 * 60_000,
          standing: ({ rebuild: own }) => own.standing(),
          touched: ({ plan, rebuild: own }) => [
            plan.part.dist,
            ...(own.state.run === null ? [] : [own.state.run.path]),
          ],
        },
        result,
      );
      if (made.outcome === 'applied' && this.part === 'backend' && !this.restarts)
        warn(
          'The app was not restarted, as asked: it runs the old code until it is, and what it loads from dist only now is of the new one.',
        );
      return made;
    } finally {
      const outcome =
        done?.outcome === 'applied' ? 'done' : done?.outcome === 'undone' ? 'undone' : 'failed';
      await rebuild?.close(outcome, done?.problem).catch((error) => warn(messageOf(error)));
    }
  }

  protected override text(result: RebuildResult): string {
    return rebuildText(result);
  }
}
