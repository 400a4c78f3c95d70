import { makeStateFolder, type PageMaking, ReportCommand } from '@om-ops/kit';
import { openChangelog } from '@om-ops/kit/journal';
import { formatBytes, formatCount, plural } from '@om-ops/kit/text';
import { healIndex } from '../../heal.ts';
import type { MadeReport } from '../../report/report.ts';
import { page } from '../../report/site-page.ts';

export default class ChangelogReport extends ReportCommand<typeof ChangelogReport, MadeReport> {
  static override summary = 'Write the page to browse the changelog with.';
  static override description =
    'Writes STATE/changelog/report.html: sessions by date, tag, status and scope, a timeline of entries, and what verification found. One file that needs no network.';

  protected override readonly page = page;

  protected override async make(making: PageMaking): Promise<MadeReport> {
    const changelog = openChangelog(making.state);
    makeStateFolder(changelog.folder);
    await healIndex(changelog, (warning) => this.operation.warn(warning));
    const { makeReport } = await import('../../report/report.ts');
    return makeReport({ changelog, ...making });
  }

  protected override summaryOf({ sessions, bytes }: MadeReport): string {
    return `${plural(sessions, 'session')}, ${formatBytes(bytes)}`;
  }

  protected override linesOf(made: Omit<MadeReport, 'path'>): [string, ...string[]] {
    const { sessions, entries, embeddedEntries, shortened, broken } = made;
    const lines: [string, ...string[]] = [
      `${plural(sessions, 'session')}, ${plural(entries, 'entry', 'entries')}`,
    ];
    if (embeddedEntries < entries) {
      lines.push(
        `The newest ${formatCount(embeddedEntries)} entries are in it; older ones: om-ops changelog show SESSION`,
      );
    }
    if (shortened > 0)
      lines.push(`${plural(shortened, 'text was', 'texts were')} too long to be shown whole.`);
    if (broken > 0) {
      lines.push(
        `${plural(broken, 'session is', 'sessions are')} not as om-ops wrote ${broken === 1 ? 'it' : 'them'}: om-ops changelog verify`,
      );
    }
    return lines;
  }
}
