import { dryRunFlag, Flags, OpsCommand } from '@om-ops/kit';
import { openChangelog, type Session, type SessionScope, sessionScopes } from '@om-ops/kit/journal';
import { printableName } from '@om-ops/kit/text';
import { sessionFacts } from '../../view/session.ts';

interface StartResult {
  /** Null in a dry run. */
  session: Session | null;
  /** Sessions that were, or would be, closed because a new one starts. */
  closed: Session[];
}

export default class ChangelogStart extends OpsCommand<typeof ChangelogStart, StartResult> {
  static override summary = 'Start a work session.';
  static override description =
    'From now on every audited command adds an entry to it by itself. One session is active at a time: the one before is closed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --title "Stabilise record tables" --scope server --tags records,config',
  ];
  static override flags = {
    title: Flags.string({ summary: 'What the session is about.', required: true }),
    tags: Flags.string({ summary: 'Labels, with commas between them.', helpValue: 'a,b' }),
    scope: Flags.option({
      summary: 'The part of the site it is about.',
      options: sessionScopes,
      default: 'mixed' satisfies SessionScope,
    })(),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<StartResult> {
    const { redactor } = this.operation;
    const { scope } = this.flags;
    const title = redactor.text(this.flags.title);
    const tags = redactor.text(this.flags.tags ?? '').split(',');
    const changelog = openChangelog(this.site.state);
    if (this.dryRun) {
      const active = changelog.activeSession();
      return { session: null, closed: active === null ? [] : [active] };
    }
    const { session, closed } = await changelog.startSession({ title, tags, scope });
    this.operation.touch(session.path);
    return { session, closed };
  }

  protected override text({ session, closed }: StartResult): string {
    const names = closed.map(({ session_id, title }) => `${session_id} ${printableName(title)}`);
    if (session === null) {
      const closing = names.map((name) => `Would close the session ${name}.\n`).join('');
      return `${closing}Would start the session ${printableName(this.flags.title)}. Nothing was changed: this was a dry run.`;
    }
    const closing = names.map((name) => `Closed the session ${name}.\n\n`).join('');
    return `${closing}${sessionFacts(session)}`;
  }
}
