import { Args, OpsCommand, wholeNumber } from '@om-ops/kit';
import {
  type Changelog,
  type Entry,
  noActiveSession,
  openChangelog,
  type Session,
} from '@om-ops/kit/journal';
import { sessionText } from '../../view/session.ts';

interface ShowResult {
  session: Session;
  /** Oldest first. */
  entries: Entry[];
}

export default class ChangelogShow extends OpsCommand<typeof ChangelogShow, ShowResult> {
  static override summary = 'Show a session and its entries.';
  static override description = 'The active one, or else the newest, unless another is named.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> 3f9a --last 5',
  ];
  static override args = {
    session: Args.string({ description: 'The id of a session, or the beginning of it.' }),
  };
  static override flags = {
    last: wholeNumber({ summary: 'Only the last N entries.', min: 1 }),
  };

  protected override async perform(): Promise<ShowResult> {
    const changelog = openChangelog(this.site.state);
    const session = this.#session(changelog);
    const last = this.flags.last ?? Number.POSITIVE_INFINITY;
    let entries: Entry[] = [];
    for await (const batch of changelog.entryBatches(session)) {
      this.operation.signal.throwIfAborted();
      entries.push(...batch);
      if (entries.length > last) entries = entries.slice(-last);
    }
    return { session, entries };
  }

  #session(changelog: Changelog): Session {
    if (this.args.session !== undefined) return changelog.session(this.args.session);
    const session = changelog.activeSession() ?? changelog.sessions()[0];
    if (session === undefined) throw noActiveSession();
    return session;
  }

  protected override text({ session, entries }: ShowResult): string {
    return sessionText(session, entries);
  }
}
