import { Args, Flags, OpsCommand } from '@om-ops/kit';
import { runNamed } from '../../run/book-run.ts';
import { runText } from '../../view/run.ts';

interface ExportResult {
  run: string;
  markdown: string;
}

export default class RunbookExport extends OpsCommand<typeof RunbookExport, ExportResult> {
  static override summary = 'Write out how a runbook was followed, as Markdown.';
  static override description =
    'For a report of what happened: each step with who, when and what came of it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 2026-11-25_031500-disk-filling --md > report.md',
  ];
  static override args = { run: Args.string({ description: 'The run.', required: true }) };
  static override flags = {
    md: Flags.boolean({ summary: 'As Markdown, which it always is.', default: true }),
  };

  protected override async perform(): Promise<ExportResult> {
    const run = runNamed(this.site.state, this.args.run, false);
    const [head = '', ...lines] = runText(run).split('\n');
    return {
      run: run.run,
      markdown: [
        `# ${head}`,
        '',
        ...lines.map((line) => (line.startsWith('[') ? `- ${line}` : line)),
      ].join('\n'),
    };
  }

  protected override text({ markdown }: ExportResult): string {
    return markdown;
  }
}
