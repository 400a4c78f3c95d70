import { confirmFlag, dryRunFlag, OpsCommand, wholeNumber } from '@om-ops/kit';
import { openChangelog, type Prunable } from '@om-ops/kit/journal';
import { plural } from '@om-ops/kit/text';
import { sessionTable } from '../../view/session.ts';

export default class ChangelogPrune extends OpsCommand<typeof ChangelogPrune, Prunable> {
  static override summary = 'Delete old sessions.';
  static override description =
    'Deletes the closed sessions that started more than N × 24 hours ago, with their entries. The active session stays. Asks before it deletes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --days 365 --dry-run',
    '<%= config.bin %> <%= command.id %> --days 365 --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = {
    days: wholeNumber({ summary: 'How many days are kept.', required: true, min: 1 }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<Prunable> {
    const span = { days: this.flags.days, now: this.operation.startedAt };
    const changelog = openChangelog(this.site.state);
    const doomed = changelog.prunable(span);
    const count = doomed.sessions.length;
    if (this.dryRun || count + doomed.missing.length === 0) return doomed;
    const entries = doomed.sessions.reduce((sum, { entry_count }) => sum + entry_count, 0);
    await this.confirm(
      `${plural(count, 'session')} with ${plural(entries, 'entry', 'entries')} will be deleted for good.`,
    );
    const pruned = await changelog.prune(span);
    this.operation.touch(...pruned.sessions.map(({ path }) => path));
    return pruned;
  }

  protected override text({ sessions, missing }: Prunable): string {
    if (sessions.length + missing.length === 0) {
      return `No closed session is older than ${plural(this.flags.days, 'day')}.`;
    }
    const head = this.dryRun ? 'Would delete' : 'Deleted';
    const parts = [`${head} ${plural(sessions.length, 'session')}.`];
    if (sessions.length > 0) parts.push(sessionTable(sessions));
    if (missing.length > 0) {
      const ids = missing.map(({ session_id }) => session_id).join(', ');
      parts.push(
        `${this.dryRun ? 'Would forget' : 'Forgot'} sessions that were gone before: ${ids}.`,
      );
    }
    if (this.dryRun) parts.push('Nothing was changed: this was a dry run.');
    return parts.join('\n\n');
  }
}
