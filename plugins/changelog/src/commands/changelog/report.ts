import { dryRunFlag, Flags, isThere, makeStateFolder, OpsCommand, OpsError } from '@om-ops/kit';
import { openChangelog } from '@om-ops/kit/journal';
import { formatBytes, formatCount, plural } from '@om-ops/kit/text';
import { healIndex } from '../../heal.ts';
import type { MadeReport } from '../../report/report.ts';

interface ReportResult {
  path: string;
  /** Null when it was not made: `--where`, or a dry run. */
  made: Omit<MadeReport, 'path'> | null;
}

export default class ChangelogReport extends OpsCommand<typeof ChangelogReport, ReportResult> {
  static override summary = 'Write the page to browse the changelog with.';
  static override description =
    'Writes STATE/changelog/report.html: sessions by date, tag, status and scope, a timeline of entries, and what verification found. One file that needs no network.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --where',
  ];
  static override flags = {
    where: Flags.boolean({ summary: 'Only say where the last one is.', default: false }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<ReportResult> {
    const { state, site } = this.site;
    const changelog = openChangelog(state);
    const path = changelog.reportPath;
    if (this.flags.where && !isThere(path)) {
      throw new OpsError('E_NO_REPORT', `There is no report at ${path} yet.`, {
        suggestions: ['Make it: om-ops changelog report'],
      });
    }
    if (this.flags.where || this.dryRun) return { path, made: null };
    makeStateFolder(changelog.folder);
    await healIndex(changelog, (warning) => this.operation.warn(warning));
    const { makeReport } = await import('../../report/report.ts');
    const { version } = this.config;
    const pages = await this.abilities.navPages();
    const { path: _, ...made } = await this.runTask({
      title: 'Changelog report',
      run: (progress) => makeReport({ changelog, site, state, pages, version, progress }),
      summary: ({ sessions, bytes }) => `${plural(sessions, 'session')}, ${formatBytes(bytes)}`,
    });
    this.operation.touch(path);
    return { path, made };
  }

  protected override text({ path, made }: ReportResult): string {
    if (this.dryRun) return `Would write ${path}. Nothing was changed: this was a dry run.`;
    const open = `Open it in a browser; from elsewhere, copy it first: scp HOST:${path} .`;
    if (made === null) return `${path}\n${open}`;
    const lines = [
      `${path}: ${plural(made.sessions, 'session')}, ${plural(made.entries, 'entry', 'entries')}.`,
    ];
    if (made.embeddedEntries < made.entries) {
      lines.push(
        `The newest ${formatCount(made.embeddedEntries)} entries are in it; older ones: om-ops changelog show SESSION`,
      );
    }
    if (made.shortened > 0) {
      lines.push(`${plural(made.shortened, 'text was', 'texts were')} too long to be shown whole.`);
    }
    if (made.broken > 0) {
      lines.push(
        `${plural(made.broken, 'session is', 'sessions are')} not as om-ops wrote ${made.broken === 1 ? 'it' : 'them'}: om-ops changelog verify`,
      );
    }
    return [...lines, open].join('\n');
  }
}
