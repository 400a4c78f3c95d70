import { confirmFlag, dryRunFlag, Flags } from '@om-ops/kit';
import { assertMessage } from '../../commit/message.ts';
import type { CommitResult } from '../../commit/result.ts';
import { GitCommand } from '../../git-command.ts';
import { openRepository } from '../../repository/open.ts';
import { commitText } from '../../view/commit.ts';

export default class GitCommit extends GitCommand<typeof GitCommit, CommitResult> {
  static override summary = 'Commit everything, once it was looked at.';
  static override description =
    'Looks at each file that would be committed before anything is staged: files above git.largeFileMb (not those under git LFS, nor old ones that only moved), what builds and installations make (node_modules, dist, .venv, *.so), env files, private keys, tokens, passwords, and values of the env files of the site. What it finds is named with its size and the line for .gitignore, and has to be confirmed. Until the commit is there, the index stays as it is. Hooks run as they do with git. In an unfinished merge, rebase or bisect nothing is committed, with exit code 6.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --message "Correct the prices"',
    '<%= config.bin %> <%= command.id %> --dry-run',
  ];
  static override record = 'audit' as const;
  static override flags = {
    message: Flags.string({
      char: 'm',
      summary: 'The message of the commit. Default: WIP: OM-Ops checkpoint DATE.',
    }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<CommitResult> {
    const { message } = this.flags;
    assertMessage(message);
    const repository = openRepository(this.site.root);
    if (!this.dryRun) await this.lock('git');
    return this.commitEverything(repository, message, (result) => this.keep(result));
  }

  protected override text(result: CommitResult): string {
    return commitText(result, ['Push it: om-ops git push']);
  }
}
