import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundlePage } from '../../scripts/build-pages.mjs';
import { packPaths, type ReportOptions, renderReport } from '../src/report/index.ts';
import type { GalleryData } from '../src/report/page/gallery/data.ts';

const entry = fileURLToPath(new URL('../src/report/page/gallery/index.tsx', import.meta.url));

/** A folder with the gallery's bundled page; `dispose` removes it. */
export interface GalleryFolder {
  script: URL;
  /** Renders the gallery and writes it; returns the file. */
  write(
    name: string,
    data: GalleryData,
    changes?: Partial<ReportOptions<GalleryData>>,
  ): Promise<string>;
  dispose(): Promise<void>;
}

export async function galleryFolder(): Promise<GalleryFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'om-gallery-'));
  const script = pathToFileURL(await bundlePage(entry, join(folder, 'page.js')));
  return {
    script,
    async write(name, data, changes = {}) {
      const file = join(folder, `${name}.html`);
      const html = await renderReport<GalleryData>({
        title: 'Gallery',
        heading: 'Everything a report is made of',
        site: 'orthodoxmetrics',
        timeZone: 'America/New_York',
        generatedAt: new Date('2026-11-20T14:03:00Z'),
        version: '0.1.0',
        home: '../index.html',
        nav: [
          { label: 'Gallery', href: 'report.html', state: 'current' },
          { label: 'Changelog', href: '../changelog/report.html', state: 'there' },
          {
            label: 'Analysis',
            href: '../analysis/report.html',
            state: 'absent',
            command: 'om-ops analysis report',
          },
        ],
        data,
        embedded: { many: packPaths(manyPaths(data.many)) },
        script,
        noscriptSummary: { facts: [['Runs', String(data.runs.length)]] },
        ...changes,
      });
      await writeFile(file, html);
      return file;
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

const folders = [
  'server/node_modules',
  'front-end/dist/assets',
  'front-end/public/images/gallery',
  'server/src/records',
  'uploads',
];
const names = [
  'index.js',
  'vendor.bundle.js.map',
  'st-nicholas-1902.tiff',
  'baptism-records.sql',
  'package-lock.json',
  'hero@2x.png',
];

export function manyPaths(count: number): string[] {
  return Array.from(
    { length: count },
    (_, at) => `${folders[at % 5]}/${at % 400}/package-${(at * 31) % 977}/${at}-${names[at % 6]}`,
  );
}

export function galleryData(size: {
  files: number;
  runs: number;
  many: number;
  entries: number;
}): GalleryData {
  const start = Date.parse('2026-08-20T05:00:00Z');
  return {
    runs: Array.from({ length: size.runs }, (_, at) => {
      const scope = ['prod', 'server', 'front-end', 'entire'][at % 4] ?? 'prod';
      const base = { prod: 4.1e9, server: 1.2e9, 'front-end': 2.4e9, entire: 6.4e9 }[scope] ?? 1e9;
      return {
        id: `run-${at}`,
        at: new Date(start + at * 20 * 3_600_000).toISOString(),
        scope,
        bytes: Math.round(base * (1 + at * 0.004 + Math.sin(at / 3) * 0.02)),
        files: Math.round(base / 60_000 + at * 120 - (at % 9) * 200),
      };
    }),
    files: Array.from({ length: size.files }, (_, at) => ({
      path: `${folders[at % 5]}/${names[(at * 7) % 6]?.replace('.', `-${at}.`)}`,
      bytes: Math.round(9e8 / (1 + at * 0.7)),
      files: 1 + ((at * 37) % 800),
      modified: new Date(start - at * 86_400_000).toISOString(),
      command: at % 3 === 0 ? `rm -rf -- 'server/node_modules/package ${at}'` : null,
    })),
    total: size.files * 30,
    many: size.many,
    tags: ['records', 'nginx', 'upgrade', 'urgent', 'database'],
    entries: Array.from({ length: size.entries }, (_, at) => ({
      at: new Date(start + at * 600_000).toISOString(),
      title: `om-ops backup run ${at}`,
      text: `$ om-ops backup run server\nwrote server-${at}.tar.gz, 412 MB in 12 s`,
      failed: at % 7 === 3,
    })),
  };
}
