import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type NavLink, renderReport } from '@om-ops/kit/report';
import { bundlePage } from '../../../scripts/build-pages.mjs';
import type { FileRow, JunkItem } from '../src/analysis.ts';
import { withLook } from '../src/recommendations/look-first.ts';
import { canGoOf } from '../src/report/detail.ts';
import { headingOf } from '../src/report/heading.ts';
import { packDuplicates, packTables } from '../src/report/pack.ts';
import type { AnalysisReport, GrowthRun, RunDetail, RunTables } from '../src/report/types.ts';

const entry = fileURLToPath(new URL('../src/report/page/index.tsx', import.meta.url));
export const root = '/var/www/site/prod';
export const now = Date.parse('2026-11-20T14:03:00Z');
const hour = 3_600_000;
const scopes = ['prod', 'server', 'front-end', 'entire'];

export interface PageFolder {
  /** `changelog`: whether its page is there. */
  write(
    name: string,
    data: AnalysisReport,
    changelog?: NavLink['state'],
  ): Promise<{ file: string; bytes: number }>;
  dispose(): Promise<void>;
}

/** Bundles the page once, into a folder of its own. */
export async function pageFolder(): Promise<PageFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'om-analysis-page-'));
  const script = pathToFileURL(await bundlePage(entry, join(folder, 'page.js')));
  return {
    async write(name, data, changelog = 'there') {
      const file = join(folder, `${name}.html`);
      const html = await renderReport<AnalysisReport>({
        title: 'Analysis',
        heading: 'What takes the space',
        site: data.site,
        timeZone: data.timeZone,
        generatedAt: new Date(data.generatedAt),
        nav: [{ label: 'Changelog', href: '../changelog/report.html', state: changelog }],
        data,
        script,
        noscriptSummary: { facts: [] },
      });
      await writeFile(file, html);
      return { file, bytes: Buffer.byteLength(html) };
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface Size {
  runs: number;
  /** How many of them with their tables. */
  detailed: number;
  files: number;
  junk: number;
  groups: number;
  /** Paths in all groups of the newest run. */
  paths: number;
  hoursApart: number;
}

export const small: Size = {
  runs: 24,
  detailed: 6,
  files: 60,
  junk: 18,
  groups: 40,
  paths: 130,
  hoursApart: 30,
};

const iso = (at: number) => new Date(at).toISOString();
const runName = (at: number) => iso(at).slice(0, 19).replace('T', '_').replaceAll(':', '');

function growthOf(size: Size): GrowthRun[] {
  return Array.from({ length: size.runs }, (_, at) => {
    const time = now - (size.runs - 1 - at) * size.hoursApart * hour;
    const bytes = 4_000_000_000 + at * 25_000_000;
    return {
      run: runName(time),
      at: iso(time),
      scope: scopes[at % 4] ?? 'prod',
      path: root,
      bytes,
      files: 100_000 + at * 10,
      directories: 9000,
      diskBytes: bytes + 1e8,
      reclaimableBytes: bytes,
      junkBytes: 900_000_000 - at * 1_000_000,
      staleFiles: 2000 + at,
      staleBytes: 4e8,
      staleDays: 180,
      duplicateBytes: at < 2 ? null : 3e8 + at * 1e6,
      duplicateGroups: 1200,
      duplicateMode: 'full',
      seconds: 3.2,
    };
  });
}

export function fileRows(count: number): FileRow[] {
  const names = ['server/logs/error.log', 'front-end/dist/vendor.js', 'uploads/1902/baptism.tiff'];
  return Array.from({ length: count }, (_, at) => ({
    path: `${root}/${names[at % 3]?.replace('.', `-${at}.`)}`,
    bytes: Math.round(4e8 / (1 + at)),
    modified: iso(now - at * 9 * hour),
  }));
}

function junkItems(count: number): JunkItem[] {
  const categories = ['node_modules', 'dist', '.log'] as const;
  return Array.from({ length: count }, (_, at) => ({
    category: categories[at % 3] ?? 'dist',
    path: `${root}/apps/app-${at}/${['node_modules', 'dist', 'error.log'][at % 3]}`,
    bytes: Math.round(8e8 / (1 + at)),
    files: 1 + at * 3,
    diskBytes: Math.round(8.2e8 / (1 + at)),
    reclaimableBytes: Math.round(7.9e8 / (1 + at)),
    modified: iso(now - at * 24 * hour),
    evidence: at % 3 === 0 ? ['package.json beside it'] : [],
    tracked: at % 5 === 1 ? ('yes' as const) : ('no' as const),
    inUse: at === 4,
  }));
}

function duplicateGroups(groups: number, paths: number) {
  const each = Math.max(2, Math.floor(paths / Math.max(1, groups)));
  const over = paths - each * groups;
  return Array.from({ length: groups }, (_, at) => ({
    bytes: Math.round(5e6 / (1 + at)) + 100,
    wastedBytes: (Math.round(5e6 / (1 + at)) + 100) * (each + (at < over ? 1 : 0) - 1),
    paths: Array.from({ length: each + (at < over ? 1 : 0) }, (__, copy) => {
      const folder = `${root}/${['server', 'front-end', 'backup'][copy % 3]}/node_modules/package-${(at * 13) % 2500}`;
      return `${folder}/v${copy}/lib/${at % 3 === 0 ? 'index.js' : `file-${at}.json`}`;
    }),
  }));
}

function tablesOf(size: Size): RunTables {
  const junk = junkItems(size.junk);
  const files = fileRows(size.files);
  return {
    types:
      files.length === 0
        ? []
        : ['.js', '.tiff', '.log', ''].map((extension, at) => ({
            extension,
            files: 900 - at,
            bytes: 9e8 / (at + 1),
          })),
    largestFiles: files,
    largestDirectories: ['server', 'front-end', 'uploads'].map((name, at) => ({
      path: `${root}/${name}`,
      bytes: 2e9 / (at + 1),
      diskBytes: 2.1e9 / (at + 1),
      reclaimableBytes: 2e9 / (at + 1),
      files: 40_000 / (at + 1),
    })),
    recentFiles: files.slice(0, 30),
    tree: [
      { parent: 0, name: 'prod', bytes: 4e9, files: 100_000 },
      { parent: 0, name: 'server', bytes: 2e9, files: 50_000 },
      { parent: 0, name: 'apps', bytes: 1.4e9, files: 40_000 },
      { parent: 1, name: 'node_modules', bytes: 1.2e9, files: 45_000 },
      { parent: 2, name: 'app-0', bytes: 9e8, files: 30_000 },
      { parent: 4, name: 'node_modules', bytes: 8e8, files: 29_000 },
    ],
    junkCategories: (['node_modules', 'dist', '.log'] as const).map((category) => {
      const of = junk.filter((item) => item.category === category);
      return {
        category,
        items: of.length,
        files: of.length,
        bytes: of.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    }),
    junk,
    staleOldest: files.slice(10, 40),
    staleLargest: files.slice(0, 40),
    recommendations: junk.slice(0, 12).map((item, at) =>
      withLook({
        kind: 'unneeded',
        path: item.path,
        bytes: item.reclaimableBytes,
        why:
          at % 4 === 3
            ? 'The site is run from it: leave it.'
            : 'package.json beside it: npm ci brings it back.',
        command: at % 4 === 3 ? `ls -la -- '${item.path}'` : `rm -rf -- '${item.path}'`,
      }),
    ),
    skipped: [{ path: `${root}/private`, reason: 'permission denied' }],
    notEntered: [{ path: `${root}/mnt`, fileSystem: 'nfs4' }],
    duplicates: packDuplicates(duplicateGroups(size.groups, size.paths)),
  };
}

async function detailOf(growth: GrowthRun, size: Size, tables: RunTables): Promise<RunDetail> {
  const bytes = growth.bytes ?? 0;
  const count = { files: 12, bytes: 34_000_000 };
  const said = {
    totals: { bytes, files: growth.files ?? 0 } as RunDetail['totals'],
    junk: { bytes: growth.junkBytes ?? 0 },
    canGo: canGoOf(tables.recommendations),
  };
  return {
    run: growth.run,
    heading: headingOf(said),
    at: growth.at,
    scope: growth.scope,
    path: root,
    settings: {
      dedupeMode: 'full',
      maxHashMb: 20,
      staleDays: 180,
      largeMb: 50,
      exclude: ['*.bak'],
      crossFileSystems: false,
    },
    totals: {
      files: growth.files ?? 0,
      directories: 9000,
      symlinks: 4,
      others: 1,
      bytes,
      fileBytes: bytes,
      diskBytes: growth.diskBytes ?? 0,
      reclaimableBytes: bytes,
      hardLinks: 7,
    },
    junk: {
      bytes: growth.junkBytes ?? 0,
      diskBytes: growth.junkBytes ?? 0,
      reclaimableBytes: growth.junkBytes ?? 0,
      files: 400,
      items: tables.junk.length,
    },
    stale: { days: 180, files: growth.staleFiles ?? 0, bytes: 4e8 },
    duplicates: {
      mode: 'full',
      groups: size.groups,
      paths: size.paths,
      wastedBytes: growth.duplicateBytes ?? 0,
      notHashed: { files: 3, bytes: 9e7 },
    },
    recent: { '24h': count, '7d': count, '30d': count },
    canGo: said.canGo,
    skipped: tables.skipped.length,
    seconds: 3.21,
    capped: [{ key: 'largestFiles', shown: tables.largestFiles.length, total: 4000 }],
    ...(await packTables(tables)),
  };
}

/** A report of made-up runs; `change` edits the tables of the newest. */
export async function reportOf(
  size: Size,
  change: (tables: RunTables) => void = () => {},
): Promise<AnalysisReport> {
  const growth = growthOf(size);
  const newest = growth.toReversed().slice(0, size.detailed);
  const runs = await Promise.all(
    newest.map((run, at) => {
      const own =
        at === 0
          ? size
          : { ...size, groups: Math.min(size.groups, 300), paths: Math.min(size.paths, 900) };
      const tables = tablesOf(own);
      if (at === 0) change(tables);
      return detailOf(run, own, tables);
    }),
  );
  return {
    generatedAt: iso(now),
    timeZone: 'America/New_York',
    site: 'demo',
    folder: '/var/backups/OM/analysis',
    growth,
    runs,
    runsWithoutDetail: size.runs - runs.length,
    work: [
      {
        date: '2026-11-20',
        entries: 22,
        sessions: [
          {
            id: 'a',
            title: 'Record tables',
            status: 'CLOSED',
            outcome: 'success',
            entries: 14,
          },
          { id: 'b', title: 'Uploads <b>fail</b>', status: 'ACTIVE', entries: 8 },
        ],
      },
      {
        date: '2026-10-02',
        entries: 4,
        sessions: [{ id: 'c', title: 'Old work', status: 'CLOSED', entries: 4 }],
      },
    ],
  };
}
