import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { axeFindings, startChromium } from '@om-ops/test-support/chromium';
import type { Browser } from 'playwright-core';
import { type PageFolder, pageFolder, reportOf, type Size, small } from './page-fixture.ts';
import { cells, opened, status } from './page-opened.ts';

let browser: Browser;
let folder: PageFolder;
let file: string;

before(async () => {
  [browser, folder] = await Promise.all([startChromium(), pageFolder()]);
  ({ file } = await folder.write('small', await reportOf(small)));
});

after(async () => {
  await browser?.close();
  await folder?.dispose();
});

describe('the growth dashboard', () => {
  it('has the five series for each scope, and reads exact values by keyboard', () =>
    opened(browser, file, { hash: '#tab=growth' }, async ({ page }) => {
      const titles = await page.locator('.chart h2').allTextContents();
      assert.deepEqual(titles, [
        'Total size',
        'Total files',
        'Junk',
        'Stale files',
        'Duplicate bytes',
      ]);
      assert.equal(await page.locator('.chart').first().locator('.plot .line').count(), 4);
      const chart = page.getByRole('application', { name: 'Total size' });
      await chart.focus();
      const said = page.locator('[data-announcer]');
      assert.equal(
        ((await said.textContent()) ?? '').replaceAll('\u00a0', ' '),
        '20 Nov 2026, 09:03: entire 4,575,000,000 bytes, up 100 MB (2.2%).',
      );
      const shown = await page.locator('.tooltip').textContent();
      assert.match(shown ?? '', /entire.*4\.58.GB4,575,000,000.bytes.*100.MB/);
      const box = await chart.boundingBox();
      await page.keyboard.press('Escape');
      await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) - 15, (box?.y ?? 0) + 40);
      assert.equal(await page.locator('.tooltip').textContent(), shown);
    }));

  it('filters by scope and by 7, 30 and 90 days', () =>
    opened(browser, file, { hash: '#tab=growth' }, async ({ page }) => {
      assert.equal(await status(page, 'growth'), '24 runs');
      await page.getByLabel('7 days').check();
      assert.equal(await status(page, 'growth'), '6 runs');
      await page.getByLabel('Scope').selectOption('server');
      assert.equal(await page.locator('.chart').first().locator('.plot .line').count(), 1);
      assert.match(page.url(), /range=7.*scope=server|scope=server.*range=7/);
      for (const scope of await cells(page, 'growth', 2)) assert.equal(scope, 'server');
      await page.getByLabel('90 days').check();
      await page.getByRole('button', { name: 'Clear filters' }).click();
      assert.equal(await status(page, 'growth'), '24 runs');
    }));

  it('says what changed from run to run with arrows, within one scope', () =>
    opened(browser, file, { hash: '#tab=growth' }, async ({ page }) => {
      const row = page.locator('#growth tbody tr').first();
      const text = ((await row.textContent()) ?? '').replaceAll('\u00a0', ' ');
      assert.match(
        text,
        /^20 Nov 2026, 09:03entire↑up 100 MB↑up 40↓down 4\.00 MB↑up 4↑up 4\.00 MB$/,
      );
      assert.equal(await row.locator('[data-tone=good]').count(), 1);
      assert.equal(await row.locator('[data-tone=bad]').count(), 2);
      const first = page.locator('#growth tbody tr').last();
      assert.equal(((await first.textContent()) ?? '').replace(/^.*prod/, ''), '–––––');
    }));

  it("shows today's work and links to the changelog", () =>
    opened(browser, file, { hash: '#tab=growth' }, async ({ page }) => {
      const work = page.getByRole('region', { name: "Today's work" });
      await work.getByText('2 sessions, 22 entries so far.').waitFor();
      await work.getByText('Uploads <b>fail</b>').waitFor();
      assert.equal(
        await work.getByRole('link', { name: 'Open the changelog' }).getAttribute('href'),
        '../changelog/report.html',
      );
      assert.equal(await work.getByText('Old work').count(), 1);
      await page.getByLabel('30 days').check();
      assert.equal(await work.getByText('Old work').count(), 0);
    }));

  it('says so when there is nothing to compare yet, and when there is nothing at all', async () => {
    const first: Size = { ...small, runs: 1, detailed: 1 };
    const one = await folder.write('first', await reportOf(first));
    await opened(browser, one.file, { hash: '#tab=growth' }, async ({ page }) => {
      await page.getByText('This is the first run').waitFor();
      assert.deepEqual(await axeFindings(page), []);
    });
    const none = await folder.write('none', await reportOf({ ...small, runs: 0, detailed: 0 }));
    await opened(browser, none.file, {}, async ({ page }) => {
      await page.getByText('No analysis was run yet.').waitFor();
      assert.deepEqual(await axeFindings(page), []);
    });
  });
});
