import { confirmFlag, dryRunFlag, type GuardedResult, OpsCommand } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';
import {
  applyRepair,
  type FixPlan,
  fixChanges,
  fixHolds,
  planFix,
  undoFix,
} from '../../change/fix.ts';
import { readEnvFilesOf } from '../../read/env-file.ts';
import { serviceUser } from '../../service-user.ts';
import { envSection, modeOf } from '../../site.ts';

interface FixResult extends GuardedResult {
  /** Files that were left alone. */
  refused: { path: string; why: string }[];
}

export default class EnvFix extends OpsCommand<typeof EnvFix, FixResult> {
  static override summary = 'Take from others what they may do with the env files.';
  static override description =
    'Sets the permissions of the env files, and of copies beside them, to what env.mode allows, and their owner where the application could not read them any more. Never takes away what the application needs; never follows a link. What fails is put back.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    'sudo <%= config.bin %> <%= command.id %> --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = { ...dryRunFlag, ...confirmFlag };

  protected override async perform(): Promise<FixResult> {
    const section = await this.site.section(envSection);
    const result = await this.guarded<FixPlan, FixResult>(
      'env',
      {
        plan: async ({ signal }) =>
          planFix(readEnvFilesOf(this.site, section), {
            allowed: modeOf(section),
            user: await serviceUser(() => this.abilities.service('backend'), signal),
            mayGive: process.geteuid?.() === 0,
          }),
        changes: fixChanges,
        question: ({ repairs }) =>
          `${repairs.length === 1 ? 'One file gets' : `${repairs.length} files get`} other permissions.`,
        stillHolds: async (plan) => fixHolds(plan),
        apply: async (plan, { signal }) => {
          for (const repair of plan.repairs) {
            signal.throwIfAborted();
            applyRepair(plan, repair);
          }
        },
        undo: async (plan) => undoFix(plan),
        standing: ({ done }) => done.map(({ path }) => `${path} is as it was changed.`).join(' '),
        touched: ({ done }) => done.map(({ path }) => path),
      },
      (done, { refused }) => ({ ...done, refused }),
    );
    for (const { path, why } of result.refused) {
      const sentence = `${path} is left alone: ${why}.`;
      if (this.dryRun) this.operation.warn(sentence);
      else this.incomplete(sentence);
    }
    return result;
  }

  protected override text({ outcome, changes, refused }: FixResult): string {
    if (changes.length === 0)
      return refused.length === 0 ? 'The permissions are right already.' : 'Nothing was changed.';
    const lines = changes.map(({ what, detail }) => `  ${printableName(what)}  ${detail}`);
    return [outcome === 'planned' ? 'Would change:' : 'Changed:', ...lines].join('\n');
  }
}
