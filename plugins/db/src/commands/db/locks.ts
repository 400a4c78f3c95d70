import { printable } from '@om-ops/kit/text';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { type LockTree, lockFindings, lockTrees, sessions } from '../../topics/sessions.ts';
import { findingsText, ms, paragraphs } from '../../view/text.ts';

type LocksResult = Looked & { trees: LockTree[] };

export default class DbLocks extends DbCommand<typeof DbLocks, LocksResult> {
  static override summary = 'Show who waits for whom, the one that holds all up first.';
  static override description =
    'A tree for each session that others wait for and that waits for nobody itself. Exit 6 when somebody waits.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { ...databaseFlag };

  protected override perform(): Promise<LocksResult> {
    return this.look(async (look) => {
      const trees = lockTrees(await sessions(look));
      lockFindings(look, trees);
      return { trees };
    });
  }

  protected override text({ trees, findings }: LocksResult): string {
    return paragraphs(
      trees.length === 0
        ? 'Nobody waits for anybody.'
        : trees.map((tree) => treeText(tree, 0)).join('\n'),
      findingsText(findings),
    );
  }
}

function treeText({ session, waiting }: LockTree, depth: number): string {
  const { id, user, application, client, state, statement } = session;
  const since = depth === 0 ? session.transactionMs : session.ms;
  const line = `${'  '.repeat(depth)}${id} ${printable(user)} (${printable(application || client)}) ${depth === 0 ? state : 'waits'} ${ms(since)}: ${printable(statement.slice(0, 100))}`;
  return [line, ...waiting.map((one) => treeText(one, depth + 1))].join('\n');
}
