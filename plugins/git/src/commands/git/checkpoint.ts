import { confirmFlag, dryRunFlag, Flags, OpsCommand, wholeNumber } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import {
  type Checkpoint,
  type CheckpointRequest,
  makeCheckpoint,
  planCheckpoint,
} from '../../checkpoint/checkpoint.ts';
import { isLack } from '../../checkpoint/left-out.ts';
import {
  bringBackCheckpoint,
  dropCheckpoint,
  type KeptCheckpoint,
  listCheckpoints,
} from '../../checkpoint/list.ts';
import { assertMessage } from '../../commit/message.ts';
import { openRepository } from '../../repository/open.ts';
import type { Repository } from '../../repository/repository.ts';
import { checkpointTable, checkpointText, prunedText } from '../../view/checkpoint.ts';

interface Listed {
  /** Newest first. */
  checkpoints: KeptCheckpoint[];
}

export interface Pruned {
  outcome: 'planned' | 'unchanged' | 'applied' | 'undone' | 'partial';
  deleted: KeptCheckpoint[];
  kept: KeptCheckpoint[];
}

export default class GitCheckpoint extends OpsCommand<
  typeof GitCheckpoint,
  Checkpoint | Listed | Pruned
> {
  static override summary = 'Keep everything as it stands now on a branch of its own.';
  static override description =
    'Makes a branch checkpoint-DATE_TIME that holds every file that is not ignored, those that are not tracked too. HEAD, the index and the work tree stay as they are; no hook runs and nothing is signed. Works in an empty repository, with a detached HEAD, and in the middle of a merge or rebase. Names what it does not hold: ignored files, env files first, repositories within this one, changes inside submodules, files that cannot be read; with any of the last three it ends with exit code 7. Nothing is pushed. With --prune it deletes old checkpoints, and asks before.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --message "Before the upgrade"',
    '<%= config.bin %> <%= command.id %> --list',
    '<%= config.bin %> <%= command.id %> --prune --keep 14 --dry-run',
  ];
  static override record = 'audit' as const;
  static override flags = {
    message: Flags.string({
      char: 'm',
      summary: 'What it is for. Default: WIP: OM-Ops checkpoint DATE.',
      exclusive: ['list', 'prune'],
    }),
    list: Flags.boolean({
      summary: 'Show the checkpoints there are, and make none.',
      default: false,
      exclusive: ['prune', 'dry-run'],
    }),
    prune: Flags.boolean({
      summary: 'Delete old checkpoints, and make none.',
      default: false,
    }),
    keep: wholeNumber({
      summary: 'With --prune: how many of the newest stay. Default: 14.',
      min: 1,
      dependsOn: ['prune'],
    }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<Checkpoint | Listed | Pruned> {
    const { list, prune, message } = this.flags;
    assertMessage(message);
    const repository = openRepository(this.site.root);
    const { signal } = this.operation;
    if (list) {
      this.operation.record = 'log';
      const all = await listCheckpoints(repository, signal);
      return { checkpoints: all.map(shown) };
    }
    if (prune) return this.#prune(repository, this.flags.keep ?? 14);
    const request: CheckpointRequest = {
      message,
      now: new Date(),
      envFiles: this.site.envFiles.map((file) => this.site.below(file)),
      signal,
    };
    if (this.dryRun) return planCheckpoint(repository, request);
    const checkpoint = await this.runTask({
      title: 'Keep the work tree',
      run: () => makeCheckpoint(repository, request),
      summary: ({ files }) => plural(files ?? 0, 'file'),
    });
    this.operation.touch(checkpoint.branch);
    const lacks = checkpoint.leftOut.filter(isLack);
    if (lacks.length > 0) {
      this.incomplete(
        `The checkpoint lacks ${lacks.map(({ path, why }) => `${path} (${why})`).join(', ')}.`,
      );
    }
    return checkpoint;
  }

  async #prune(repository: Repository, keep: number): Promise<Checkpoint | Listed | Pruned> {
    const deleted: KeptCheckpoint[] = [];
    return this.guarded(
      'git-checkpoints',
      {
        plan: async () => {
          const all = await listCheckpoints(repository, this.operation.signal);
          // One that is checked out is somebody's work.
          const old = all.slice(keep).filter(({ isCheckedOut }) => !isCheckedOut);
          return { old: old.map(shown), kept: all.filter((one) => !old.includes(one)).map(shown) };
        },
        changes: ({ old }) =>
          old.map(({ branch, commit, message }) => ({
            kind: 'remove',
            what: `the branch ${branch}`,
            detail: `${commit.slice(0, 10)}, ${message}`,
          })),
        question: ({ old }) => `${plural(old.length, 'checkpoint')} will be deleted.`,
        apply: async ({ old }, { signal }) => {
          for (const checkpoint of old) {
            signal.throwIfAborted();
            await dropCheckpoint(repository, checkpoint);
            deleted.push(checkpoint);
          }
        },
        undo: async () => {
          for (let one = deleted.pop(); one !== undefined; one = deleted.pop())
            await bringBackCheckpoint(repository, one);
        },
        touched: () => deleted.map(({ branch }) => branch),
      },
      ({ outcome }, { old, kept }) => ({
        outcome,
        deleted: outcome === 'planned' ? old : deleted,
        kept,
      }),
    );
  }

  protected override text(result: Checkpoint | Listed | Pruned): string {
    if ('checkpoints' in result) return checkpointTable(result.checkpoints);
    return 'branch' in result ? checkpointText(result) : prunedText(result);
  }
}

function shown({ branch, commit, time, message, restore }: KeptCheckpoint): KeptCheckpoint {
  return { branch, commit, time, message, restore };
}
