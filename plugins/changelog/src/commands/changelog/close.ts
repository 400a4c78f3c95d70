import { dryRunFlag, Flags, OpsCommand } from '@om-ops/kit';
import { entryOutcomes, noActiveSession, openChangelog, type Session } from '@om-ops/kit/journal';
import { printableName } from '@om-ops/kit/text';
import { sessionFacts } from '../../view/session.ts';

interface CloseResult {
  session: Session;
}

export default class ChangelogClose extends OpsCommand<typeof ChangelogClose, CloseResult> {
  static override summary = 'Close the active session.';
  static override description = 'Nothing is added to a closed session any more.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --summary "Record tables are stable" --outcome success',
  ];
  static override flags = {
    summary: Flags.string({ summary: 'What came of it.' }),
    outcome: Flags.option({ summary: 'How it went.', options: entryOutcomes })(),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<CloseResult> {
    const changelog = openChangelog(this.site.state);
    if (this.dryRun) {
      const session = changelog.activeSession();
      if (session === null) throw noActiveSession();
      return { session };
    }
    const { outcome } = this.flags;
    const given = this.flags.summary;
    const summary = given === undefined ? undefined : this.operation.redactor.text(given);
    const session = await changelog.closeSession({ summary, outcome });
    this.operation.touch(session.path);
    return { session };
  }

  protected override text({ session }: CloseResult): string {
    return this.dryRun
      ? `Would close the session ${session.session_id} ${printableName(session.title)}. Nothing was changed: this was a dry run.`
      : sessionFacts(session);
  }
}
