import { OpsCommand } from '@om-ops/kit';
import { formatBytes, formatCount, formatTable, formatTime, plural } from '@om-ops/kit/text';
import type { RunMeta } from '../../run/meta.ts';
import { analysisFolders, healIndex } from '../../run/store.ts';

interface ListResult {
  /** STATE/analysis/runs */
  folder: string;
  /** Newest first. */
  runs: RunMeta[];
}

export default class AnalysisList extends OpsCommand<typeof AnalysisList, ListResult> {
  static override summary = 'List the runs there are.';
  static override description =
    'Every run with its time, scope and totals, newest first. Makes index.json anew when it says something else.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override async perform(): Promise<ListResult> {
    const { state } = this.site;
    return { folder: analysisFolders(state).runs, runs: (await healIndex(state)).reverse() };
  }

  protected override text({ folder, runs }: ListResult): string {
    if (runs.length === 0)
      return `There is no analysis in ${folder} yet.\nMake one: om-ops analysis run prod`;
    const bytes = (value: number | undefined) => (value === undefined ? '?' : formatBytes(value));
    const table = formatTable<RunMeta>(
      [
        { head: 'RUN', cell: ({ run }) => run },
        { head: 'MADE', cell: ({ timestamp }) => formatTime(timestamp) },
        { head: 'SCOPE', cell: ({ scope }) => scope },
        { head: 'SIZE', cell: ({ stats }) => bytes(stats.bytes), align: 'right' },
        {
          head: 'FILES',
          cell: ({ stats }) => (stats.files === undefined ? '?' : formatCount(stats.files)),
          align: 'right',
        },
        { head: 'JUNK', cell: ({ stats }) => bytes(stats.junkBytes), align: 'right' },
        { head: 'DUPLICATES', cell: ({ stats }) => bytes(stats.duplicateBytes), align: 'right' },
      ],
      runs,
    );
    return `${table}\n\n${plural(runs.length, 'run')} in ${folder}`;
  }
}
