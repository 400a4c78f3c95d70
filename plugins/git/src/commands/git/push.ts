import { confirmFlag, dryRunFlag, Flags } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { assertMessage } from '../../commit/message.ts';
import type { CommitResult } from '../../commit/result.ts';
import { GitCommand } from '../../git-command.ts';
import { leaseOf } from '../../push/push.ts';
import { outgoing, type PushTarget, pushTarget } from '../../push/remote.ts';
import { type PushResult, pushPlan } from '../../push/result.ts';
import { openRepository } from '../../repository/open.ts';
import type { Repository } from '../../repository/repository.ts';
import { readWorkTree, type WorkTree } from '../../repository/work-tree.ts';
import { gitSection } from '../../site.ts';
import { pushText } from '../../view/push.ts';

export default class GitPush extends GitCommand<typeof GitPush, PushResult> {
  static override summary = 'Push the branch that is checked out.';
  static override description =
    'Pushes to git.remote, and makes that the upstream of a branch that has none. Never forces: a server that has commits of its own is left as it is, and both sides are counted. What the server or its hooks say is shown. Nothing asks for a password: what git cannot get by itself is missing, with exit code 5. With --commit everything is committed first, as `git commit` does it. --force-with-lease wants the commit that you expect on the server, and has to be confirmed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --commit --message "Correct the prices"',
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --force-with-lease 1a2b3c4d --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = {
    'set-upstream': Flags.boolean({
      summary:
        'Make it the upstream of the branch, also in the place of another one. Default: of a branch that has none.',
      allowNo: true,
    }),
    commit: Flags.boolean({ summary: 'Commit everything first.', default: false }),
    message: Flags.string({
      char: 'm',
      summary: 'With --commit: the message of the commit.',
      dependsOn: ['commit'],
    }),
    'force-with-lease': Flags.string({
      summary: 'Replace what the server has, if it is this commit.',
      helpValue: 'COMMIT',
    }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<PushResult> {
    const { message, commit, 'force-with-lease': expected } = this.flags;
    assertMessage(message);
    const repository = openRepository(this.site.root);
    const { signal } = this.operation;
    const { remote } = await this.site.section(gitSection);
    const upstream = this.flags['set-upstream'];
    const lease = expected === undefined ? undefined : await leaseOf(repository, expected);
    if (!this.dryRun) await this.lock('git');
    const before = await readWorkTree(repository, { signal });
    // Before anything is committed: what cannot be pushed is said first.
    const willCommit = commit && before.entries.length > 0;
    const head = before.head ?? (willCommit ? 'the commit to come' : null);
    const target = await pushTarget(repository, { ...before, head }, { remote, upstream, signal });
    const planned = pushPlan(target, lease, this.dryRun);
    let committed: CommitResult | null = null;
    if (commit) {
      committed = await this.commitEverything(repository, message, (result) =>
        this.keep({
          ...planned,
          commit: result,
          reason: 'what would be committed is to be confirmed',
        }),
      );
      if (committed.state !== null)
        return { ...planned, commit: committed, reason: 'something is under way' };
    } else this.#warnOfChanges(before);
    if (this.dryRun && before.head === null) return { ...planned, commits: 1, commit: committed };
    const { commits, bytes } = await outgoing(repository, remote, signal);
    const result: PushResult = { ...planned, commits, bytes, commit: committed };
    const toCome = committed !== null && committed.files > 0 ? 1 : 0;
    if (this.dryRun) return { ...result, commits: commits + toCome };
    this.keep({ ...result, reason: 'it was not confirmed, or failed' });
    if (lease !== undefined) await this.confirm(await this.#question(repository, target, lease));
    return this.pushOut(repository, { target, lease, result, keep: (kept) => this.keep(kept) });
  }

  async #question(repository: Repository, target: PushTarget, lease: string): Promise<string> {
    const counted = await repository.look(['rev-list', '--count', `HEAD..${lease}`], {
      accept: 'any',
    });
    const lost = counted.exitCode === 0 ? plural(Number(counted.text()), 'commit') : 'commits';
    return `${lost} of ${target.remote}/${target.remoteBranch} that are not here will be gone from it.`;
  }

  #warnOfChanges({ entries }: WorkTree): void {
    if (entries.length === 0) return;
    this.operation.warn(
      `${plural(entries.length, 'file')} ${entries.length === 1 ? 'is' : 'are'} not committed and not pushed: --commit does both.`,
    );
  }

  protected override text(result: PushResult): string {
    return pushText(result);
  }
}
