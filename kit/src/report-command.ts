import { join } from 'node:path';
import { OpsCommand } from './command.ts';
import { OpsError } from './errors.ts';
import { dryRunFlag } from './flags.ts';
import { type Command, Flags } from './oclif.ts';
import type { Progress } from './progress.ts';
import type { SitePage } from './report/site-page.ts';
import { isThere } from './store/folders.ts';

/** What a page is made with, besides what its plugin knows. */
export interface PageMaking {
  /** Name of the site. */
  site: string;
  /** STATE. */
  state: string;
  /** All pages of the site: `pages` of `writeReport`. */
  pages: readonly SitePage[];
  /** Of the program. */
  version: string;
  progress: Progress;
}

/** A page that was made, and what may be said of it. */
export interface MadePage {
  /** Absolute. */
  path: string;
  bytes: number;
}

export interface ReportResult<Made extends MadePage> {
  path: string;
  /** Null when it was not made: `--where`, or a dry run. */
  made: Omit<Made, 'path'> | null;
}

/**
 * A command that writes a page of the site. What extends it says which page, how it is made, and what is
 * said of it; `--where`, the dry run, the task and the audit trail are here.
 *
 * @typeParam Made what `make` returns; all but its path stands in the result as `made`
 */
export abstract class ReportCommand<
  C extends typeof Command,
  Made extends MadePage,
> extends OpsCommand<C, ReportResult<Made>> {
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --where',
  ];
  static override flags = {
    where: Flags.boolean({ summary: 'Only say where the last one is.', default: false }),
    ...dryRunFlag,
  };

  protected abstract readonly page: SitePage;

  /** Makes it. Heavy modules are imported in here. */
  protected abstract make(making: PageMaking): Promise<Made>;

  /** What the task ends with: `12 sessions, 84 kB`. */
  protected abstract summaryOf(made: Made): string;

  /** What is in the page, a line each; the first is said beside its path. */
  protected abstract linesOf(made: Omit<Made, 'path'>): readonly [string, ...string[]];

  /** Throws for what no page can be made of; all that a dry run does. */
  protected foresee(): void {}

  protected override async perform(): Promise<ReportResult<Made>> {
    const { state, site } = this.site;
    const path = join(state, this.page.path);
    if (this.#where) {
      if (isThere(path)) return { path, made: null };
      throw new OpsError('E_NO_REPORT', `There is no report at ${path} yet.`, {
        suggestions: [`Make it: ${this.page.command}`],
      });
    }
    this.foresee();
    if (this.dryRun) return { path, made: null };
    const { version } = this.config;
    const pages = await this.abilities.navPages();
    const { path: _, ...made } = await this.runTask({
      title: `${this.page.title} report`,
      run: (progress) => this.make({ site, state, pages, version, progress }),
      summary: (whole) => this.summaryOf(whole),
    });
    this.operation.touch(path);
    return { path, made };
  }

  protected override text({ path, made }: ReportResult<Made>): string {
    if (this.dryRun && !this.#where)
      return `Would write ${path}. Nothing was changed: this was a dry run.`;
    const open = `Open it in a browser; from elsewhere, copy it first: scp HOST:${path} .`;
    if (made === null) return `${path}\n${open}`;
    const [first, ...more] = this.linesOf(made);
    return [`${path}: ${first}.`, ...more, open].join('\n');
  }

  get #where(): boolean {
    return (this.flags as { where?: boolean }).where === true;
  }
}
