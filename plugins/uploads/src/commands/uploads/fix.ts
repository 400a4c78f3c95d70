import { confirmFlag, dryRunFlag, type GuardedResult, OpsCommand } from '@om-ops/kit';
import { type Access, accessOf } from '../../access.ts';
import { userName } from '../../account.ts';
import { checkFolders } from '../../check.ts';
import {
  applyRepair,
  planRepairs,
  type RepairPlan,
  repairChanges,
  repairsHold,
  undoRepairs,
} from '../../fix.ts';
import { standingFolder } from '../../folder.ts';
import { nginxFiles } from '../../nginx-files.ts';
import { accountOfProfile, findServiceUser, type ServiceUser } from '../../service-user.ts';
import { modeOf, type UploadsSection, uploadsSection } from '../../site.ts';
import { fixText } from '../../view/fix.ts';

export interface FixResult extends GuardedResult {
  user: { name: string; from: string };
  /** Whose new folders are. */
  owner: string;
  /** Folders that were left alone. */
  refused: { path: string; why: string }[];
}

export default class UploadsFix extends OpsCommand<typeof UploadsFix, FixResult> {
  static override summary = 'Make missing upload folders, and put owner and mode right.';
  static override description =
    "Makes the folders of the profile that are missing, with the application's user as their owner, and repairs owner and mode of those there are. Never follows a link, never goes into a folder's content. What does not help is taken back.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    'sudo <%= config.bin %> <%= command.id %> --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = { ...dryRunFlag, ...confirmFlag };

  protected override async perform(): Promise<FixResult> {
    const section = await this.site.section(uploadsSection);
    const { signal } = this.operation;
    const user = await findServiceUser({
      site: this.site,
      section,
      signal,
      service: () => this.abilities.service('backend'),
      nginxFiles: await nginxFiles(this.abilities),
    });
    const owner = section.owner === 'auto' ? user : await accountOfProfile(section.owner, signal);
    const result = await this.guarded<RepairPlan>(
      'uploads',
      {
        plan: (progress) => this.#plan(section, user, owner, progress.signal),
        changes: repairChanges,
        question: ({ repairs }) =>
          `${repairs.length === 1 ? 'One folder' : `${repairs.length} folders`} will be made or get another owner or mode, for ${owner.name}.`,
        stillHolds: async (plan) => repairsHold(plan),
        apply: async (plan, progress) => {
          for (const repair of plan.repairs) {
            progress.signal.throwIfAborted();
            applyRepair(plan, repair);
          }
        },
        verify: async (plan, progress) => {
          const repaired = new Set(plan.repairs.map(({ path }) => path));
          const dirs = section.dirs.filter((dir) => repaired.has(this.site.below(dir)));
          const canTry = [0, user.uid].includes(process.geteuid?.() ?? -1);
          const checked = await checkFolders({
            site: this.site,
            section: { ...section, dirs },
            user: canTry ? user : undefined,
            signal: progress.signal,
          });
          const closed = checked.find(({ exists, writable }) => !exists || writable === false);
          return closed && `${closed.path} is still not writable: ${closed.problems.join(' ')}`;
        },
        undo: async (plan) => undoRepairs(plan),
        standing: ({ done }) => done.map(({ path }) => `${path} is as it was changed.`).join(' '),
        touched: ({ done }) => done.map(({ path }) => path),
      },
      (done, plan) => ({
        ...done,
        user: { name: user.name, from: user.from },
        owner: owner.name,
        refused: plan.refused,
      }),
    );
    for (const { path, why } of result.refused) {
      const sentence = `${path} is left alone: ${why}.`;
      if (this.dryRun) this.operation.warn(sentence);
      else this.incomplete(sentence);
    }
    return result;
  }

  async #plan(
    section: UploadsSection,
    user: ServiceUser,
    owner: { uid: number; gid: number; name: string; group: string },
    signal: AbortSignal,
  ): Promise<RepairPlan> {
    const canTry = [0, user.uid].includes(process.geteuid?.() ?? -1);
    const checked = await checkFolders({
      site: this.site,
      section,
      user: canTry ? user : undefined,
      signal,
    });
    const folders = section.dirs.map((dir) => this.site.below(dir));
    const standing = new Map(folders.map((path) => [path, standingFolder(path)]));
    const access = canTry
      ? await accessOf(user, [...new Set(standing.values())], signal)
      : new Map<string, Access>();
    const writable = new Set(checked.filter((one) => one.writable).map(({ path }) => path));
    return planRepairs({
      folders,
      root: this.site.root,
      owner,
      mode: modeOf(section),
      keepsOwner: (path) => section.owner === 'auto' && writable.has(path),
      isRight: (path) => writable.has(path),
      blockedAt: (path) => {
        const nearest = standing.get(path) ?? path;
        const there = access.get(nearest);
        if (there?.blockedAt !== undefined) return there.blockedAt;
        // A folder of the list gets its permissions here; one above it is not ours to open.
        return there?.passable === false && !folders.includes(nearest) ? nearest : undefined;
      },
      nameOf: (uid) => userName(uid, signal),
    });
  }

  protected override text(result: FixResult): string {
    return fixText(result);
  }
}
