import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { writeFileAtomic } from '../store/atomic.ts';
import { makeStateFolder } from '../store/folders.ts';
import { acquireLock } from '../store/lock.ts';
import type { AllPages, ListedPage } from './all-pages.ts';
import type { NavLink } from './meta.ts';
import { type ReportOptions, renderReport } from './render.ts';
import { indexPath, type SitePage } from './site-page.ts';
import { renewNav, writtenPage } from './written-page.ts';

export interface WriteReportOptions<Data>
  extends Omit<ReportOptions<Data>, 'title' | 'home' | 'nav'> {
  /** STATE. */
  state: string;
  /** The page that is written. */
  page: SitePage;
  /** What plugins write: `abilities.navPages()`. */
  pages: readonly SitePage[];
  /** Ends it before anything is written. */
  signal: AbortSignal;
}

export interface WrittenReport {
  path: string;
  bytes: number;
}

/** How long another report may take to write what it has made. */
const waitMs = 20_000;

/**
 * Renders a page, writes it below STATE, gives the pages beside it the nav that is right now, and
 * writes STATE/index.html anew. None is synced: after a power failure they can be made again.
 *
 * @throws OpsError E_REPORT_PAGE, E_LOCKED, E_PERMISSION, E_DISK_FULL, and the signal's reason
 */
export async function writeReport<Data>(options: WriteReportOptions<Data>): Promise<WrittenReport> {
  const { state, page, pages: given, signal, ...report } = options;
  const pages = inOrder(given.some(({ path }) => path === page.path) ? given : [page, ...given]);
  const html = await renderReport({
    ...report,
    title: page.title,
    home: relative(page.path, indexPath),
    nav: navOf(state, pages, page.path, page.path),
  });
  signal.throwIfAborted();
  const path = join(state, page.path);
  makeStateFolder(state);
  makeStateFolder(dirname(path));
  // Two reports at once would give each other's pages back as they were.
  using _lock = await acquireLock(join(state, 'locks'), 'pages', { waitMs, signal });
  await writeFileAtomic(path, html, { sync: false });
  for (const { path: each } of pages) {
    await renewNav(join(state, each), navOf(state, pages, each));
  }
  await writeIndex(state, pages, report);
  return { path, bytes: Buffer.byteLength(html) };
}

async function writeIndex(
  state: string,
  pages: readonly SitePage[],
  report: Pick<ReportOptions<unknown>, 'site' | 'timeZone' | 'generatedAt' | 'version'>,
): Promise<void> {
  const listed = await Promise.all(pages.map((page) => listedPage(state, page)));
  const made = listed.filter(({ madeAt }) => madeAt !== null);
  const { site, timeZone, generatedAt, version } = report;
  const html = await renderReport<AllPages>({
    title: 'All pages',
    heading: `${made.length} of ${pages.length} pages are made`,
    site,
    generatedAt,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(version === undefined ? {} : { version }),
    home: indexPath,
    nav: navOf(state, pages, indexPath),
    data: { folder: state, pages: listed },
    script: new URL('lib/all-pages.js', import.meta.resolve('@om-ops/kit/package.json')),
    noscriptSummary: {
      facts: listed.map(({ title, says, madeAt, href }) => [
        title,
        madeAt === null ? 'not made yet' : `${href}: ${says ?? 'made'} (${madeAt})`,
      ]),
    },
  });
  await writeFileAtomic(join(state, indexPath), html, { sync: false });
}

async function listedPage(state: string, { title, path, command }: SitePage): Promise<ListedPage> {
  const written = await writtenPage(join(state, path));
  const heading: unknown = written?.meta?.heading;
  return {
    title,
    href: path,
    madeAt: written?.madeAt ?? null,
    says: typeof heading === 'string' ? heading : null,
    ...(command === undefined ? {} : { command }),
  };
}

function inOrder(pages: readonly SitePage[]): SitePage[] {
  const last = Number.MAX_SAFE_INTEGER;
  return pages
    .filter(({ path }) => path.endsWith('.html'))
    .sort((one, other) => (one.order ?? last) - (other.order ?? last));
}

/** @param soon a page that is about to be written */
function navOf(state: string, pages: readonly SitePage[], from: string, soon?: string): NavLink[] {
  return pages.map(({ title, path, command }) => ({
    label: title,
    href: relative(from, path),
    state:
      path === from
        ? 'current'
        : path === soon || existsSync(join(state, path))
          ? 'there'
          : 'absent',
    ...(command === undefined ? {} : { command }),
  }));
}

function relative(from: string, to: string): string {
  // From the root: else the working folder is asked for, which may be gone.
  return posix.relative(posix.dirname(`/${from}`), `/${to}`);
}
