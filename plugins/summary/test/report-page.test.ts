import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { describe, it, test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import type { SitePage } from '@om-ops/kit/report';
import { auditPage } from '@om-ops/test-support/chromium';
import { ReportPages } from '@om-ops/test-support/report-pages';
import type { Page } from 'playwright-core';
import { makeReport } from '../src/report/report.ts';
import type { Summary } from '../src/summary.ts';
import { manySummary, sampleSummary } from './sample-summary.ts';

const others: SitePage[] = [
  { title: 'Roadmap', path: 'roadmap/report.html', order: 30 },
  { title: 'Changelog', path: 'changelog/report.html', order: 40 },
];
const sizes = new Map<string, number>();
const usual = sampleSummary();

const pages = new ReportPages('plugins/summary', async () => {
  await write('usual', usual);
  await write('many', manySummary());
  await write('calm', {
    ...sampleSummary({ attention: [], panels: usual.panels.slice(2, 3), events: [], changes: [] }),
  });
  await write('first', {
    ...sampleSummary({
      panels: [],
      attention: [],
      events: [],
      isWatched: false,
      hasBackups: false,
      isFirst: true,
    }),
  });
  await write('old', sampleSummary({ now: new Date(Date.now() - 76 * 3_600_000) }));
});
const opened = pages.opened.bind(pages);

async function write(name: string, summary: Summary): Promise<void> {
  const { path } = await makeReport({
    summary,
    site: 'orthodoxmetrics',
    state: pages.folder(),
    pages: others,
    version: '1.0.0',
    progress: silentProgress(),
  });
  pages.add(name, path);
  sizes.set(name, statSync(path).size);
}

describe('every page in both themes', () => {
  for (const [name, width] of [
    ['usual', 1280],
    ['usual', 390],
    ['many', 1280],
    ['many', 340],
    ['calm', 390],
    ['first', 390],
  ] as const) {
    it(`has nothing serious for axe and spills nowhere: ${name}, ${width} px`, async () => {
      await opened(name, { viewport: { width, height: 900 } }, async (page) => {
        for (const fold of await page.locator('.folded-button').all()) await fold.click();
        assert.deepEqual(await auditPage(page), []);
      });
    });
  }

  it('is no larger than 250 kB', () => {
    for (const [name, bytes] of sizes) assert.ok(bytes <= 250_000, `${name}: ${bytes}`);
  });
});

const text = async (page: Page, selector: string) =>
  ((await page.locator(selector).first().textContent()) ?? '').replaceAll('\u00a0', ' ');

test('the night is told in five seconds', async () => {
  await opened('usual', {}, async (page) => {
    assert.equal(await text(page, 'h1'), 'Two things need you, and one thing could not be seen');
    assert.match(
      await text(page, '.lede'),
      /^6 of 9 parts are healthy, 2 warn, 1 unknown\. Worse than at the run before: Disk\./,
    );
    assert.equal(await text(page, '.ring'), '6/9');
    assert.match(await text(page, '.checked'), /^checked .*(now|ago)every 10 min$/);
    assert.equal(await page.locator('.needs li').count(), 3);
    const disk = page.locator('.needs li', { hasText: 'fills in about 19 days' });
    assert.match(
      (await disk.textContent()) ?? '',
      /warning.*Warning from 85 %.*Not acknowledged.*om-ops analysis show --junk.*om-ops runbook show disk-filling/s,
    );
    assert.match(
      (await page.locator('.needs').textContent()) ?? '',
      /Acknowledged by ops until .*moving the archive first/,
    );
    // Worst first, and what is off is no card.
    assert.deepEqual((await page.locator('.part h3').allTextContents()).slice(0, 3), [
      'Build',
      'Disk',
      'Backups',
    ]);
    assert.match(await text(page, '.parts + .note'), /^Not used here: Certificates\.$/);
    assert.match(await text(page, '#part-build'), /unknown.*Not read: permission denied/);
  });
});

test('each claim leads to its record', async () => {
  await opened('usual', {}, async (page) => {
    await page.locator('.needs li', { hasText: 'Disk /' }).getByText('See the part').click();
    assert.equal(await page.evaluate('document.activeElement.id'), 'part-disk');
    await page.getByRole('button', { name: /times something was not healthy/ }).click();
    const api = page.locator('.happened li', { hasText: 'API /health: critical' });
    assert.match((await api.textContent()) ?? '', /om-ops health explain http\.site/);
    const lane = page.getByRole('img', { name: /^healthy 98\.2.% of the time; critical from/ });
    assert.equal(await lane.count(), 1);
    // The pages that the links lead to were not made: nothing leads nowhere.
    assert.equal(await page.locator('main a[href*="report.html"]').count(), 0);
    const failed = page
      .locator('.backup-days tr', { hasText: 'images' })
      .locator('td[title*="failed"]');
    assert.match(
      (await failed.first().getAttribute('title')) ?? '',
      /failed\. There is no space left\.$/,
    );
    assert.match(
      await text(page, '.backup-days tr:has-text("images") .backup-newest'),
      /^9 days ago$/,
    );
  });
});

test('levels differ by shape and height, not by colour alone', async () => {
  await opened('usual', {}, async (page) => {
    const shapes = (await page.evaluate(`['healthy', 'warning', 'unknown'].map((state) => {
      const mark = document.querySelector('.part .state-mark[data-state=' + state + ']');
      return mark.innerHTML + getComputedStyle(mark).strokeDasharray;
    })`)) as string[];
    assert.equal(new Set(shapes).size, 3);
    const heights = (await page.evaluate(`['healthy', 'warning', 'critical'].map((level) =>
      document.querySelector('.lane-span[data-level=' + level + ']').getBoundingClientRect().height)`)) as number[];
    assert.ok(
      (heights[0] ?? 0) < (heights[1] ?? 0) && (heights[1] ?? 0) < (heights[2] ?? 0),
      `${heights}`,
    );
  });
});

test('a lot folds what is healthy, and nothing says what is missing', async () => {
  await opened('many', {}, async (page) => {
    assert.equal(await page.locator('.part').count(), 12);
    await page.getByRole('button', { name: /48 more parts, all healthy/ }).click();
    assert.equal(await page.locator('.part').count(), 60);
    assert.match((await page.locator('main').textContent()) ?? '', /And 20.parts more/);
  });
  await opened('calm', {}, async (page) => {
    assert.equal(await text(page, '.all-well'), 'Nothing needs you.');
    assert.equal(await text(page, '.changes-none'), 'Nothing changed.');
  });
  await opened('first', {}, async (page) => {
    assert.equal(await text(page, 'h1'), 'Nothing of this site could be seen');
    assert.equal(await page.locator('.all-well').count(), 0);
    const unwatched = await text(page, '.needs');
    assert.match(
      unwatched,
      /Nothing watches this site.*om-ops schedule install.*om-ops health watch/,
    );
  });
});

test('read days later it says so, and calls nothing checked now', async () => {
  await opened('old', {}, async (page) => {
    assert.match(await text(page, '.old-page'), /^This is how it was 3 days ago\./);
    assert.match(await text(page, '.checked'), /^checked 3 days agoit was to be every 10 min$/);
  });
});
