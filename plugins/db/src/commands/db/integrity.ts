import { Flags } from '@om-ops/kit';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { type Integrity, integrity } from '../../topics/integrity.ts';
import { findingsText, paragraphs } from '../../view/text.ts';

type IntegrityResult = Looked & Integrity;

export default class DbIntegrity extends DbCommand<typeof DbIntegrity, IntegrityResult> {
  static override summary =
    'Prove that the database is whole, as far as it can be proven from outside.';
  static override description =
    'Failures of checksums, invalid indexes, sequences and numbers near their end; with --deep the structure of every B-tree (extension amcheck), or CHECK TABLE of every table, which takes its time. Exit 6 when something is wrong.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --deep',
  ];
  static override record = 'audit' as const;
  static override flags = {
    ...databaseFlag,
    deep: Flags.boolean({ summary: 'Read every index, or table.', default: false }),
  };

  protected override perform(): Promise<IntegrityResult> {
    const { deep } = this.flags;
    return this.look((look) => integrity(look, deep), deep ? { statementMs: 0 } : {});
  }

  protected override text({ checked, findings }: IntegrityResult): string {
    const what = checked.map(({ what, count }) => `${count} ${what}`).join(', ');
    const bad = findings.some(({ level }) => level === 'critical' || level === 'warning');
    return paragraphs(
      `Looked at ${what}.${bad ? '' : ' Nothing wrong was found.'}`,
      findingsText(findings),
    );
  }
}
