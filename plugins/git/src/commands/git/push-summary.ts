import { dayStamp, dryRunFlag, OpsError, readEnvFiles } from '@om-ops/kit';
import { indexPath } from '@om-ops/kit/report';
import { plural } from '@om-ops/kit/text';
import { assertIdentity } from '../../commit/commit.ts';
import { knownSecrets } from '../../commit/guard.ts';
import { obstacleOf } from '../../commit/whole-commit.ts';
import { GitCommand } from '../../git-command.ts';
import { outgoing, pushTarget } from '../../push/remote.ts';
import { pushPlan } from '../../push/result.ts';
import { openRepository } from '../../repository/open.ts';
import { readWorkTree } from '../../repository/work-tree.ts';
import { gitSection } from '../../site.ts';
import { copySummary, filesWithSecrets, summaryFiles, summaryFolder } from '../../summary/pages.ts';
import type { SummaryResult } from '../../summary/result.ts';
import { commitSummary, unpushedSummaries } from '../../summary/summary-commit.ts';
import { summaryText } from '../../view/summary.ts';

export default class GitPushSummary extends GitCommand<typeof GitPushSummary, SummaryResult> {
  static override summary = 'Commit and push the pages of om-ops, and nothing else.';
  static override description =
    'Copies the pages that the plugins have written (up to 5 MiB each) to git.summaryDir below root, commits that folder alone as "Daily summary artifacts DATE", and pushes the branch. What else is staged or changed stays as it is. No hook runs for the commit. A page in which a secret is found is not committed, nor is anything else. Commits of the branch that were not pushed yet go along, and are counted.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dry-run',
  ];
  static override record = 'audit' as const;
  static override flags = { ...dryRunFlag };

  protected override async perform(): Promise<SummaryResult> {
    const { operation, site, dryRun } = this;
    const { signal } = operation;
    const repository = openRepository(site.root);
    const { remote, summaryDir } = await site.section(gitSection);
    if (!dryRun) await this.lock('git');
    const folder = summaryFolder(site.root, summaryDir);
    const tree = await readWorkTree(repository, { signal });
    const target = await pushTarget(
      repository,
      { ...tree, head: tree.head ?? 'the commit to come' },
      { remote, upstream: undefined, signal },
    );
    await assertIdentity(repository, signal);
    const known = knownSecrets(readEnvFiles(site).values);
    const pages = await this.abilities.pages();
    for (const { topic, reason } of pages.failures)
      this.incomplete(`The pages of ${topic} are left out: ${reason}.`);
    const { files, leftOut } = summaryFiles(site.state, [
      indexPath,
      ...pages.values.map(({ value }) => value.path),
    ]);
    const { commit: _none, ...plan } = pushPlan(target, undefined, dryRun);
    const planned: SummaryResult = {
      ...plan,
      committed: false,
      commit: null,
      folder,
      message: `Daily summary artifacts ${dayStamp(operation.startedAt)}`,
      copied: files.map(({ path }) => path),
      files: 0,
      leftOut,
      refused: [],
      state: null,
    };
    const obstacle = obstacleOf(repository, tree);
    if (obstacle !== undefined) {
      const { state, message, suggestions } = obstacle;
      if (!dryRun) this.unhealthy('E_UNDER_WAY', message, suggestions);
      return { ...planned, state, copied: [], reason: 'something is under way' };
    }
    if (files.length === 0) {
      throw new OpsError('E_NO_PAGES', `There are no pages in ${site.state} yet.`, {
        exit: 'requirement',
        suggestions: ['Make one: om-ops changelog report', 'Or: om-ops analysis run prod'],
      });
    }
    if (leftOut.length > 0)
      this.incomplete(
        `Left out: ${leftOut.map(({ path, why }) => `${path} (${why})`).join(', ')}.`,
      );
    const refused = await this.runTask({
      title: 'Look for secrets',
      run: (progress) => filesWithSecrets(site.state, files, known, progress),
    });
    if (refused.length > 0 && !dryRun)
      this.fail(secretsFound(refused), { ...planned, refused, copied: [] });
    if (dryRun) return { ...planned, refused };
    const committed = await this.runTask({
      title: `Commit ${summaryDir}`,
      run: async (progress) => {
        const copied = await copySummary(site.state, folder, files, progress);
        const done = await commitSummary(repository, {
          folder,
          files,
          head: tree.head,
          message: planned.message,
          known,
          warn: (message) => operation.warn(message),
          progress,
        });
        return { ...done, copied };
      },
    });
    const result: SummaryResult = {
      ...planned,
      ...committed,
      committed: committed.commit !== null,
    };
    this.keep(result);
    if (committed.refused.length > 0) this.fail(secretsFound(committed.refused), result);
    if (committed.commit !== null) operation.touch(`commit ${committed.commit}`);
    const { commits, bytes } = await outgoing(repository, remote, signal);
    if ((await unpushedSummaries(repository, remote, folder, signal)) === 0)
      return { ...result, reason: 'the server has it already' };
    if (commits > 1)
      operation.warn(
        `${plural(commits - 1, 'commit')} of ${target.branch} that ${commits === 2 ? 'was' : 'were'} not pushed yet ${commits === 2 ? 'goes' : 'go'} along.`,
      );
    return this.pushOut(repository, {
      target,
      lease: undefined,
      result: { ...result, commits, bytes },
      keep: (kept) => this.keep(kept),
    });
  }

  protected override text(result: SummaryResult): string {
    return summaryText(result);
  }
}

function secretsFound(refused: SummaryResult['refused']): OpsError {
  const named = refused.map(({ path, why }) => `${path} (${why})`).join(', ');
  return new OpsError('E_SECRET_FOUND', `There is a secret in ${named}; nothing was committed.`, {
    suggestions: [
      'Take it out where it comes from, make the page anew, and give the secret a new value.',
    ],
  });
}
