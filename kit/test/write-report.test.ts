import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { auditPage, openReport, startChromium } from '@om-ops/test-support/chromium';
import { temporaryFolder } from '@om-ops/test-support/temp';
import type { Browser, Page } from 'playwright-core';
import { type SitePage, type WriteReportOptions, writeReport } from '../src/report/index.ts';
import { type GalleryFolder, galleryData, galleryFolder } from './report-gallery.ts';

const pages: SitePage[] = [
  { title: 'Summary', path: 'summary/report.html', command: 'om-ops summary run' },
  { title: 'Changelog', path: 'changelog/report.html', command: 'om-ops changelog report' },
  { title: 'Analysis', path: 'analysis/report.html', command: 'om-ops analysis report' },
];
const [summary, changelog, analysis] = pages as [SitePage, SitePage, SitePage];

let browser: Browser;
let gallery: GalleryFolder;

before(async () => {
  [browser, gallery] = await Promise.all([startChromium(), galleryFolder()]);
});

after(async () => {
  await browser?.close();
  await gallery?.dispose();
});

const day = 86_400_000;
const data = galleryData({ files: 1, runs: 1, many: 0, entries: 0 });

function write(
  state: string,
  page: SitePage,
  heading: string,
  changes: Partial<WriteReportOptions<unknown>> = {},
) {
  return writeReport<unknown>({
    state,
    page,
    pages,
    signal: new AbortController().signal,
    heading,
    site: 'demo',
    timeZone: 'America/New_York',
    generatedAt: new Date(),
    data,
    script: gallery.script,
    noscriptSummary: { facts: [] },
    ...changes,
  });
}

async function look(file: string, see: (page: Page) => Promise<void>, width = 1280): Promise<void> {
  const opened = await openReport(browser, file, { viewport: { width, height: 800 } });
  await see(opened.page);
  assert.deepEqual(opened.errors, []);
  assert.deepEqual(opened.requests, []);
  await opened.close();
}

/** Every item of the nav: its words, where it leads to, and whether it is the page itself. */
async function nav(page: Page): Promise<string[]> {
  const items = await page.locator('.masthead-nav li > *').all();
  return Promise.all(
    items.map(async (item) => {
      const href = await item.getAttribute('href');
      const current = (await item.getAttribute('aria-current')) === 'page' ? '*' : '';
      return `${current}${await item.textContent()} ${href ?? '-'}`;
    }),
  );
}

test('every page has the same nav, also one that was made before the others', async (t) => {
  const state = temporaryFolder(t);
  const { path } = await write(state, changelog, 'First');
  const before = readFileSync(path, 'utf8');
  await look(path, async (page) => {
    assert.deepEqual(await nav(page), [
      'Summary (not made yet) -',
      '*Changelog report.html',
      'Analysis (not made yet) -',
    ]);
    assert.equal(await page.locator('a.site-name').getAttribute('href'), '../index.html');
    assert.deepEqual(await auditPage(page), []);
  });
  const second = await write(state, analysis, 'Second');
  const expected = ['Summary (not made yet) -', 'Changelog ../changelog/report.html'];
  await look(second.path, async (page) => {
    assert.deepEqual(await nav(page), [...expected, '*Analysis report.html']);
  });
  await look(path, async (page) => {
    assert.deepEqual(await nav(page), [
      'Summary (not made yet) -',
      '*Changelog report.html',
      'Analysis ../analysis/report.html',
    ]);
  });
  // Nothing else of it changed.
  const without = (html: string) => html.replace(/id="report-meta">.*?<\/script>/s, '');
  assert.equal(without(readFileSync(path, 'utf8')), without(before));
  rmSync(second.path);
  await write(state, summary, 'Third');
  await look(path, async (page) => {
    assert.match((await nav(page)).join(), /^Summary \.\.\/summary.*Analysis \(not made yet\) -$/);
  });
});

test('STATE/index.html says of each page when it was made and what it says', async (t) => {
  const state = temporaryFolder(t);
  const hostile = `</script><img src=x onerror=alert(1)>\u202egpj`;
  await write(state, changelog, hostile, { generatedAt: new Date(Date.now() - 31 * day - 60_000) });
  // A page of another tool, which says nothing of itself.
  mkdirSync(join(state, 'analysis'));
  writeFileSync(join(state, analysis.path), '<h1>Old</h1>');
  const then = new Date(Date.now() - 3 * day - 60_000);
  utimesSync(join(state, analysis.path), then, then);
  await write(state, summary, 'Two things need you');
  assert.equal(readFileSync(join(state, analysis.path), 'utf8'), '<h1>Old</h1>');
  for (const width of [1280, 360]) {
    await look(
      join(state, 'index.html'),
      async (page) => {
        const rows = await page.locator('.all-pages li').allTextContents();
        assert.match(rows[0] ?? '', /^SummaryTwo things need youMade .*just now/);
        assert.match(
          rows[1] ?? '',
          /<\/script><img src=x onerror=alert\(1\)>\\u202egpj.*31.days ago/,
        );
        assert.match(rows[2] ?? '', /It does not say what it shows.*3.days ago/);
        assert.equal(
          await page.getByRole('heading', { level: 1 }).textContent(),
          '3\u00a0pages, the oldest of 31\u00a0days ago',
        );
        assert.deepEqual(await auditPage(page), []);
        const link = page.getByRole('heading', { name: 'Summary' }).getByRole('link');
        assert.equal(await link.getAttribute('href'), 'summary/report.html');
      },
      width,
    );
  }
});

test('pages that are not made yet say how to make them', async (t) => {
  const state = temporaryFolder(t);
  await write(state, analysis, 'Only this');
  await look(join(state, 'index.html'), async (page) => {
    assert.match(
      (await page.locator('.all-pages li').first().textContent()) ?? '',
      /^SummaryNot made yet\.om-ops summary run/,
    );
    assert.match((await page.locator('h1').textContent()) ?? '', /^1 of 3.pages, none older/);
  });
});

test('a page tells its age when it is opened, and marks it from a day on', async (t) => {
  const state = temporaryFolder(t);
  for (const [ms, said, old] of [
    [5 * 60_000 + 2000, '5\u00a0min ago', false],
    [25 * 3_600_000, '25\u00a0h ago', true],
    [31 * day + 60_000, '31\u00a0days ago', true],
  ] as const) {
    const { path } = await write(state, analysis, 'x', { generatedAt: new Date(Date.now() - ms) });
    await look(path, async (page) => {
      const age = page.locator('.masthead .age');
      assert.equal(await age.textContent(), said);
      assert.equal((await age.getAttribute('data-old')) !== null, old);
      assert.deepEqual(await auditPage(page), []);
    });
  }
  // The reader's clock may be behind the server's.
  const { path } = await write(state, analysis, 'x', { generatedAt: new Date(Date.now() + day) });
  await look(path, async (page) => assert.equal(await page.locator('.masthead .age').count(), 0));
});

test('two reports at once leave both pages and one index of both', async (t) => {
  const state = temporaryFolder(t);
  await Promise.all(pages.map((page) => write(state, page, `It is ${page.title}`)));
  await look(join(state, 'index.html'), async (page) => {
    for (const { title } of pages) await page.getByText(`It is ${title}`).waitFor();
  });
  for (const { path } of pages)
    await look(join(state, path), async (page) => {
      assert.doesNotMatch((await nav(page)).join(), /not made/);
    });
});
