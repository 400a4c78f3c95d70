import { type Command, clauseOf, messageOf, OpsCommand, readEnvFiles } from '@om-ops/kit';
import { formatBytes, plural, printableName } from '@om-ops/kit/text';
import { commitAll, commitMessage } from './commit/commit.ts';
import { knownSecrets, type Refused } from './commit/guard.ts';
import type { CommitResult } from './commit/result.ts';
import { type PlannedCommit, planCommit } from './commit/whole-commit.ts';
import { pushBranch } from './push/push.ts';
import type { Outgoing, PushTarget } from './push/remote.ts';
import { shownPath } from './repository/byte-path.ts';
import type { Repository } from './repository/repository.ts';
import { gitSection } from './site.ts';
import { refusedText } from './view/refused.ts';

interface PushOut<P extends Outgoing> {
  target: PushTarget;
  lease: string | undefined;
  result: P;
  keep(result: P & { pushed: boolean; reason: string | null; said: string[] }): void;
}

/** The commands that commit and push. */
export abstract class GitCommand<C extends typeof Command, R extends object> extends OpsCommand<
  C,
  R
> {
  /**
   * Commits all of the work tree once it was looked at. Ends with exit 6 when something is under way.
   *
   * @param keep holds the result in the envelope, whatever is thrown next
   * @throws OpsError E_UNCONFIRMED (exit 3) for what is hardly meant to be committed; as `planCommit`, `commitAll`
   */
  protected async commitEverything(
    repository: Repository,
    given: string | undefined,
    keep: (result: CommitResult) => void,
  ): Promise<CommitResult> {
    const { operation } = this;
    const message = given ?? commitMessage(operation.startedAt);
    const { largeFileMb } = await this.site.section(gitSection);
    const known = knownSecrets(readEnvFiles(this.site).values);
    const plan = await this.runTask({
      title: 'Look at what would be committed',
      run: (progress) => planCommit(repository, { largeFileMb, known, progress }),
      summary: ({ guarding: { looked } }) =>
        `${plural(looked.files, 'file')}, ${formatBytes(looked.bytes)}`,
    });
    const result = { ...about(plan, message), dryRun: this.dryRun };
    if (plan.obstacle !== undefined && !this.dryRun) {
      const { state, message, suggestions } = plan.obstacle;
      this.unhealthy(`E_${state.toUpperCase().replace('-', '_')}_UNDER_WAY`, message, suggestions);
    }
    if (this.dryRun || plan.obstacle !== undefined || plan.files === 0) return result;
    const { refused } = result;
    if (refused.length > 0) {
      keep(result);
      await this.confirm(question(refused));
    }
    const committed = await this.runTask({
      title: 'Commit',
      run: (progress) =>
        commitAll(repository, {
          message,
          tree: plan.tree,
          guarding: plan.guarding,
          redact: (text) => operation.redactor.foreign(text),
          warn: (text) => operation.warn(text),
          progress,
        }),
    });
    const inside = plan.tree.entries.filter(({ submodule }) => submodule?.isDirty);
    if (inside.length > 0)
      this.incomplete(
        `Changes inside submodules are not committed: ${inside.map(({ path }) => printableName(shownPath(path))).join(', ')}.`,
      );
    if (committed === undefined) return { ...result, files: 0 };
    operation.touch(`commit ${committed.commit}`);
    if (plan.tree.branch === null)
      operation.warn(
        'HEAD is detached, so the commit is on no branch. Keep it on one: git branch NAME',
      );
    return { ...result, ...committed, committed: true, refused: [], accepted: refused };
  }

  /**
   * Pushes, having said how much that is.
   *
   * @param keep holds the result in the envelope when it fails
   * @throws OpsError as `pushBranch`
   */
  protected async pushOut<P extends Outgoing>(
    repository: Repository,
    { target, lease, result, keep }: PushOut<P>,
  ): Promise<P & { pushed: boolean; reason: string | null; said: string[] }> {
    const { operation } = this;
    const { commits, bytes } = result;
    const size = `${plural(commits, 'commit')}, about ${formatBytes(bytes)}`;
    const redact = (text: string) => operation.redactor.foreign(text);
    try {
      const { pushed, said } = await this.runTask({
        title: `Push ${size} to ${target.remote}/${printableName(target.remoteBranch)}`,
        run: ({ signal }) => pushBranch(repository, { target, lease, redact, signal }),
      });
      if (pushed) operation.touch(`${target.remote}/${target.remoteBranch}`);
      if (target.otherUpstream !== null)
        operation.warn(
          `The upstream of ${target.branch} stays ${target.otherUpstream}; --set-upstream makes it this one.`,
        );
      return pushed
        ? { ...result, pushed, said, reason: null }
        : { ...result, commits: 0, bytes: 0, pushed, said, reason: 'the server has it already' };
    } catch (error) {
      keep({ ...result, pushed: false, said: [], reason: redact(clauseOf(messageOf(error))) });
      throw error;
    }
  }
}

function about({ tree, files, guarding, obstacle }: PlannedCommit, message: string) {
  return {
    committed: false,
    commit: null,
    branch: tree.branch,
    message,
    files,
    refused: guarding.refused,
    accepted: [],
    looked: guarding.looked,
    state: obstacle?.state ?? null,
  };
}

function question(refused: readonly Refused[]): string {
  const heading = `${plural(refused.length, 'file')} ${refused.length === 1 ? 'is' : 'are'} hardly meant to be committed:`;
  return `${refusedText(heading, refused)}\nAll of it would be committed.`;
}
