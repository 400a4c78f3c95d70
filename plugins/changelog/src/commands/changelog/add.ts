import { dryRunFlag, Flags, OpsCommand } from '@om-ops/kit';
import {
  type Entry,
  entryActors,
  entryOutcomes,
  entryTypes,
  type NewEntry,
  noActiveSession,
  openChangelog,
  RecordedError,
  type Session,
} from '@om-ops/kit/journal';
import { checkedAttachments } from '../../attachments.ts';
import { entryText } from '../../entry-text.ts';

interface AddResult {
  session: Session;
  /** In a dry run the entry without `prev` and `hash`. */
  entry: Entry | NewEntry;
}

export default class ChangelogAdd extends OpsCommand<typeof ChangelogAdd, AddResult> {
  static override summary = 'Add an entry to the active session.';
  static override description =
    'Entries are appended, never changed; each carries the hash of the one before. What looks like a secret is replaced by <REDACTED>.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --type prompt --actor user --text "Validate the record tables"',
    'git diff | <%= config.bin %> <%= command.id %> --type result --actor assistant --text - --outcome success',
    '<%= config.bin %> <%= command.id %> --type note --actor user --text "As sketched" --attach ./sketch.png',
  ];
  static override flags = {
    type: Flags.option({
      summary: 'What kind of entry it is.',
      options: entryTypes,
      required: true,
    })(),
    actor: Flags.option({ summary: 'Who says it.', options: entryActors, required: true })(),
    text: Flags.string({
      summary: 'The text; - reads it from stdin, which long ones need.',
      required: true,
    }),
    attach: Flags.string({
      summary: 'Files to point to; they must exist.',
      helpValue: 'PATH',
      multiple: true,
    }),
    outcome: Flags.option({ summary: 'How it went.', options: entryOutcomes })(),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<AddResult> {
    const { type, actor, outcome } = this.flags;
    const { attach = [] } = this.flags;
    // The working folder may be gone: it is asked for only where it counts.
    const attachments = attach.length === 0 ? [] : checkedAttachments(attach, process.cwd());
    const text = await entryText(this.flags.text, process.stdin, this.operation.signal);
    const content = this.operation.redactor.foreign(text);
    if (content !== text) {
      this.operation.warn('What looked like a secret in the text was replaced by <REDACTED>.');
    }
    const entry: NewEntry = { type, actor, content, attachments, outcome: outcome ?? null };
    const changelog = openChangelog(this.site.state);
    if (this.dryRun) {
      const session = changelog.activeSession();
      if (session === null) throw noActiveSession();
      return { session, entry };
    }
    const appended = await changelog.append(entry).catch((error: unknown) => {
      if (!(error instanceof RecordedError)) throw error;
      const { session, entry } = error.appended;
      return this.fail(error, { session, entry });
    });
    for (const warning of appended.warnings) this.operation.warn(warning);
    this.operation.touch(appended.session.path);
    return { session: appended.session, entry: appended.entry };
  }

  // Says little and loads nothing for it: an entry is to cost hardly more than starting om-ops.
  protected override text({ session, entry }: AddResult): string {
    const id = session.session_id.replace(/[^\w.-]/g, '?');
    return 'hash' in entry
      ? `Entry ${session.entry_count} of session ${id}.`
      : `Would add a ${entry.type} to session ${id}. Nothing was changed: this was a dry run.`;
  }
}
