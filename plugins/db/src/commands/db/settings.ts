import { Flags } from '@om-ops/kit';
import { formatTable, printable } from '@om-ops/kit/text';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { advice } from '../../topics/advice.ts';
import { type Setting, settings } from '../../topics/settings.ts';
import { findingsText, paragraphs } from '../../view/text.ts';

type SettingsResult = Looked & { settings: Setting[]; advice: string[] };

export default class DbSettings extends DbCommand<typeof DbSettings, SettingsResult> {
  static override summary = 'Show which settings differ from what the server comes with.';
  static override description =
    'What differs, where it was set, what waits for a restart, and what is dangerous (fsync off, autovacuum off, and the like: exit 6). --advice says what else is worth a thought.';
  static override examples = ['<%= config.bin %> <%= command.id %> --advice'];
  static override flags = {
    ...databaseFlag,
    advice: Flags.boolean({ summary: 'What is worth a thought.', default: false }),
  };

  protected override perform(): Promise<SettingsResult> {
    return this.look(async (look) => ({
      settings: await settings(look),
      advice: this.flags.advice ? await advice(look) : [],
    }));
  }

  protected override text({ settings: found, advice: said, findings }: SettingsResult): string {
    const table = formatTable<Setting>(
      [
        { head: 'SETTING', cell: ({ name }) => name },
        {
          head: 'VALUE',
          cell: ({ value, unit }) =>
            printable(`${value}${unit === null ? '' : ` ${unit}`}`.slice(0, 60)),
        },
        { head: 'COMES WITH', cell: (one) => printable((one.default ?? '').slice(0, 40)) },
        {
          head: 'SET IN',
          cell: ({ source, pendingRestart }) =>
            `${source}${pendingRestart ? ', waits for a restart' : ''}`,
        },
      ],
      found,
    );
    return paragraphs(
      found.length === 0 ? 'Everything is as it comes.' : table,
      said.map((line) => `- ${line}`).join('\n'),
      findingsText(findings),
    );
  }
}
