import { OpsCommand, wholeNumber } from '@om-ops/kit';
import { openChangelog, type Session } from '@om-ops/kit/journal';
import { plural } from '@om-ops/kit/text';
import { healIndex } from '../../heal.ts';
import { sessionTable } from '../../view/session.ts';

interface ListResult {
  /** Newest first. */
  sessions: Session[];
  /** The id of the active session. */
  active: string | null;
}

export default class ChangelogList extends OpsCommand<typeof ChangelogList, ListResult> {
  static override summary = 'List sessions, newest first.';
  static override description =
    'Reads the sessions themselves, and makes index.json anew when it says something else.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --days 7 --json',
  ];
  static override flags = {
    days: wholeNumber({ summary: 'Only those started in the last N × 24 hours.', min: 1 }),
  };

  protected override async perform(): Promise<ListResult> {
    const { days } = this.flags;
    const changelog = openChangelog(this.site.state);
    await healIndex(changelog, (warning) => this.operation.warn(warning));
    const sessions = changelog.sessions(days === undefined ? undefined : { days });
    return { sessions, active: changelog.activeSession()?.session_id ?? null };
  }

  protected override text({ sessions }: ListResult): string {
    if (sessions.length > 0) return sessionTable(sessions);
    const { days } = this.flags;
    return days === undefined
      ? 'There are no sessions yet. Start one: om-ops changelog start --title "…"'
      : `No session was started in the last ${plural(days, 'day')}.`;
  }
}
