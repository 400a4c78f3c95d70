import { Flags } from '@om-ops/kit';
import { printable } from '@om-ops/kit/text';
import { DbCommand, databaseFlag, type Looked } from '../../db-command.ts';
import { type IndexFinding, type IndexTopic, indexes } from '../../topics/indexes.ts';
import { bytes, findingsText, paragraphs } from '../../view/text.ts';

type IndexesResult = Looked & { indexes: IndexFinding[] };

const topics = ['unused', 'missing', 'duplicate', 'invalid'] as const;

export default class DbIndexes extends DbCommand<typeof DbIndexes, IndexesResult> {
  static override summary = 'Find indexes that are invalid, twice, unused, or missing.';
  static override description =
    'With the SQL that would mend it, which is never run. An index that keeps a constraint, serves a foreign key or a replica is never called unused; while the counting is younger than 30 days, or there are replicas, no index is. Missing ones are those of foreign keys.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --unused',
  ];
  static override flags = {
    ...databaseFlag,
    unused: Flags.boolean({ summary: 'Those that nobody uses.', default: false }),
    missing: Flags.boolean({ summary: 'Foreign keys without one.', default: false }),
    duplicate: Flags.boolean({ summary: 'Those that are there twice.', default: false }),
    invalid: Flags.boolean({ summary: 'Those that were not made to the end.', default: false }),
  };

  protected override perform(): Promise<IndexesResult> {
    const chosen = topics.filter((topic) => this.flags[topic]);
    const wanted = new Set<IndexTopic>(chosen.length === 0 ? topics : chosen);
    return this.look(async (look) => ({ indexes: await indexes(look, wanted) }));
  }

  protected override text({ indexes: found, findings }: IndexesResult): string {
    const lines = found.map(
      ({ topic, why, bytes: size, sql }) =>
        `${topic.padEnd(9)}  ${printable(why)}${size === null ? '' : ` (${bytes(size)})`}\n  → ${printable(sql)}`,
    );
    return paragraphs(
      lines.length === 0 ? 'Nothing was found.' : lines.join('\n'),
      findingsText(findings.filter(({ code }) => !code.startsWith('index-'))),
    );
  }
}
