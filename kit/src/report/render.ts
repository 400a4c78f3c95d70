import { OpsError } from '../errors.ts';
import { siteTimeZone } from '../store/time-zone.ts';
import { readPage } from './bundle.ts';
import { type DataBlock, dataBlock } from './embed.ts';
import { layout, themeScript } from './layout.ts';
import { blockIds, type NavLink, type ReportMeta } from './meta.ts';
import { contentPolicy } from './policy.ts';
import { visibleText } from './visible.ts';

/** What a reader without JavaScript sees. */
export interface NoscriptSummary {
  text?: string;
  /** Label and value, in the order shown. */
  facts: readonly (readonly [label: string, value: string])[];
}

export interface ReportOptions<Data> {
  /** Short name of the report, for the nav: `Analysis`. */
  title: string;
  /** The page's `h1` and the browser's tab: a sentence that says what is so. Default: `title`. */
  heading?: string;
  /** Name of the site, from the profile. */
  site: string;
  /** IANA zone in which every time is shown. Default: the machine's. */
  timeZone?: string;
  generatedAt: Date;
  /** Version of the plugin that made the report. */
  version?: string;
  /** The page of pages, relative. */
  home?: string;
  /** All pages of the site, this one too; `writeReport` fills it in. */
  nav?: readonly NavLink[];
  /** What the page is drawn from; must survive JSON. Anything may be in its strings. */
  data: Data;
  /** It is sent by a program that it goes on asking, and is no file. */
  isLive?: boolean;
  /** Large values by name, each unpacked by the page when it is first asked for. */
  embedded?: Readonly<Record<string, unknown>>;
  /** The bundled page: a file (see `bundledPage`), or its text. */
  script: string | URL;
  /** Default: the `.css` beside `script`. */
  styles?: string | URL;
  noscriptSummary: NoscriptSummary;
}

/**
 * One self-contained HTML file: script, styles and data inside, no request possible, opens from
 * disk. The caller writes it. Throws OpsError `E_REPORT_PAGE` when the page was not built.
 */
export async function renderReport<Data>(options: ReportOptions<Data>): Promise<string> {
  const meta = metaOf(options);
  const page = await readPage(options.script, options.styles);
  const blocks = await blocksOf(options, meta);
  const { Eta } = await import('eta');
  return new Eta({ autoEscape: true, autoTrim: false }).renderString(layout, {
    site: visibleText(meta.site),
    heading: visibleText(meta.heading),
    version: meta.version,
    made: madeAt(meta),
    blocks,
    themeScript,
    ...page,
    summary: visibleSummary(options.noscriptSummary),
    policy: contentPolicy([themeScript, page.script], [page.styles], options.isLive),
  });
}

function visibleSummary({ text = '', facts }: NoscriptSummary): NoscriptSummary {
  return {
    text: visibleText(text),
    facts: facts.map(([label, value]) => [label, visibleText(value)]),
  };
}

function madeAt({ generatedAt, timeZone }: ReportMeta): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    dateStyle: 'medium',
    timeStyle: 'long',
  });
  return format.format(new Date(generatedAt));
}

function metaOf<Data>(options: ReportOptions<Data>): ReportMeta {
  const timeZone = options.timeZone ?? siteTimeZone(options.generatedAt);
  return {
    title: options.title,
    heading: options.heading ?? options.title,
    site: options.site,
    generatedAt: options.generatedAt.toISOString(),
    timeZone,
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(options.home === undefined ? {} : { home: options.home }),
    ...(options.isLive === true ? { isLive: true } : {}),
    nav: (options.nav ?? []).map(checkedLink),
  };
}

function checkedLink(link: NavLink): NavLink {
  const { href } = link;
  if (/^\s*[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith('//')) {
    throw new OpsError('E_REPORT_LINK', `A report may only link to files beside it, not ${href}.`);
  }
  return link;
}

function blocksOf<Data>(options: ReportOptions<Data>, meta: ReportMeta): Promise<DataBlock[]> {
  const named = Object.entries(options.embedded ?? {});
  for (const [name] of named) {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_-]*$/.test(name)) {
      throw new OpsError('E_REPORT_DATA', `An embedded value cannot be named ${name}.`);
    }
  }
  return Promise.all([
    dataBlock(blockIds.meta, meta),
    dataBlock(blockIds.data, options.data ?? null),
    ...named.map(([name, value]) => dataBlock(blockIds.embedded + name, value)),
  ]);
}
