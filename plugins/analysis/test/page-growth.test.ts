import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { axeFindings, startChromium } from '@om-ops/test-support/chromium';
import { inReport } from '@om-ops/test-support/report-pages';
import type { Browser } from 'playwright-core';
import { type PageFolder, pageFolder, reportOf, type Size, small } from './page-fixture.ts';
import { cells, status } from './page-opened.ts';

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
    inReport(browser, file, { hash: '#tab=growth' }, async (page) => {
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
    inReport(browser, file, { hash: '#tab=growth' }, async (page) => {
      assert.equal(await status(page, 'growth'), '24 runs');
      await page.getByLabel('7 days').check();
      assert.equal(await status(page, 'growth'), '6 runs');
      await page.getByLabel('Scope').selectOption('server');
      // Of one run there is no line to draw.
      const alone = page.locator('.chart').first();
      assert.match((await alone.textContent()) ?? '', /server 4\.\d+.GB on \d+ Nov 2026\./);
      assert.equal(await alone.locator('.plot').count(), 0);
      assert.match(page.url(), /range=7.*scope=server|scope=server.*range=7/);
      for (const scope of await cells(page, 'growth', 2)) assert.equal(scope, 'server');
      await page.getByLabel('90 days').check();
      await page.getByRole('button', { name: 'Clear filters' }).click();
      assert.equal(await status(page, 'growth'), '24 runs');
    }));

  it('says what changed from run to run with arrows, within one scope', () =>
    inReport(browser, file, { hash: '#tab=growth' }, async (page) => {
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

  it('compares duplicates of one mode and stale files of one age, and says which', async () => {
    const data = await reportOf({ ...small, runs: 12, detailed: 12 });
    for (const [at, run] of data.growth.entries()) {
      run.scope = 'prod';
      // The same files, looked at in one mode and the other, with one age and the other.
      const quick = at % 3 === 1;
      run.duplicateMode = quick ? 'quick' : 'full';
      run.duplicateBytes = quick ? 9e8 : 3e8;
      run.staleDays = quick ? 90 : 180;
      run.staleFiles = quick ? 5000 : 2000;
      const detail = data.runs.find((each) => each.run === run.run);
      if (!detail) continue;
      detail.scope = 'prod';
      detail.duplicates = {
        ...detail.duplicates,
        mode: run.duplicateMode,
        wastedBytes: run.duplicateBytes,
      };
      detail.stale = { ...detail.stale, days: run.staleDays, files: run.staleFiles };
    }
    const { file: mixed } = await folder.write('mixed', data);
    await inReport(browser, mixed, { hash: '#tab=growth' }, async (page) => {
      assert.deepEqual(await axeFindings(page), []);
      const table = page.locator('#growth');
      for (const column of [6, 7]) {
        const deltas = await cells(page, 'growth', column);
        // The first of each kind has nothing to be compared with.
        assert.equal(deltas.filter((text) => text.includes('–')).length, 2);
        assert.equal(deltas.filter((text) => text.includes('unchanged')).length, 10);
      }
      assert.match((await cells(page, 'growth', 7))[0] ?? '', /full$/);
      assert.match((await cells(page, 'growth', 7))[1] ?? '', /quick$/);
      assert.match((await cells(page, 'growth', 6))[1] ?? '', /90 days$/);
      assert.equal(await table.locator('[data-way=up] >> text=600').count(), 0);
      for (const [name, kinds] of [
        ['Duplicate bytes', ['prod · full', 'prod · quick']],
        ['Stale files', ['prod · 180 days', 'prod · 90 days']],
        ['Junk', ['prod']],
      ] as const) {
        const figure = page.getByRole('figure', { name });
        assert.deepEqual(await figure.locator('.legend bdi').allTextContents(), kinds);
        const dashes = await figure
          .locator('.plot .line')
          .evaluateAll((lines) => lines.map((line) => line.getAttribute('stroke-dasharray')));
        assert.equal(new Set(dashes).size, kinds.length);
      }
      const card = (label: string) => page.locator('.card', { hasText: label });
      assert.match(
        (await card('Duplicates').textContent()) ?? '',
        /unchanged0 vs last full run.*\(full\)/,
      );
      await page.getByRole('button', { name: /^Older run/ }).click();
      assert.match(
        (await card('Duplicates').textContent()) ?? '',
        /unchanged0 vs last quick run.*\(quick\)/,
      );
      assert.match(
        (await card('Stale').textContent()) ?? '',
        /unchanged0 vs last run with 90 days/,
      );
      assert.match((await card('Junk').textContent()) ?? '', /vs previous/);
    });
  });

  it('tells runs of one minute apart', async () => {
    const data = await reportOf({ ...small, runs: 3, detailed: 3 });
    for (const [at, time] of ['14:27:05', '14:27:41', '14:28:00'].entries()) {
      const [run, detail] = [data.growth[at], data.runs[2 - at]];
      for (const each of [run, detail]) if (each) each.at = `2026-11-20T${time}Z`;
      if (run && detail) [run.scope, detail.scope] = ['prod', 'prod'];
    }
    const { file: quick } = await folder.write('quick', data);
    await inReport(browser, quick, { hash: '#tab=growth' }, async (page) => {
      const times = ['20 Nov 2026, 09:28', '20 Nov 2026, 09:27:41', '20 Nov 2026, 09:27:05'];
      const options = await page
        .getByLabel('Run', { exact: true })
        .locator('option')
        .allTextContents();
      assert.deepEqual(
        options.map((text) => text.split(' · ')[0]),
        times,
      );
      assert.deepEqual(await cells(page, 'growth', 1), times);
      await page.getByRole('button', { name: 'View Total size as table' }).click();
      const rows = page.locator('.chart').first().locator('tbody th');
      assert.deepEqual(await rows.allTextContents(), times);
    });
  });

  it("shows today's work and links to the changelog", () =>
    inReport(browser, file, { hash: '#tab=growth' }, async (page) => {
      const work = page.getByRole('region', { name: "Today's work" });
      await work.getByText('2 sessions, 22 entries so far.').waitFor();
      await work.getByText('Uploads <b>fail</b>').waitFor();
      assert.equal(
        await work.getByRole('link', { name: 'Open the changelog' }).getAttribute('href'),
        '../changelog/report.html',
      );
      assert.equal(
        await work.getByRole('link', { name: 'Record tables' }).getAttribute('href'),
        '../changelog/report.html#tab=timeline&session=a',
      );
      assert.equal(await work.getByText('Old work').count(), 0);
      const before = page.getByRole('button', { name: /^Work of .* before/ });
      await before.click();
      await page.getByText('Old work').waitFor();
      await page.getByLabel('30 days').check();
      assert.equal(await page.getByText('Old work').count(), 0);
    }));

  it('links to no changelog that is not there', async () => {
    const { file: alone } = await folder.write('alone', await reportOf(small), 'absent');
    await inReport(browser, alone, { hash: '#tab=growth' }, async (page) => {
      await page.getByText('Record tables').waitFor();
      assert.equal(await page.locator('main a').count(), 0);
    });
  });

  it('says so when there is nothing to compare yet, and when there is nothing at all', async () => {
    const first: Size = { ...small, runs: 1, detailed: 1 };
    const one = await folder.write('first', await reportOf(first));
    await inReport(browser, one.file, { hash: '#tab=growth' }, async (page) => {
      await page.getByRole('heading', { name: 'It grows from the second run' }).waitFor();
      assert.equal(await page.locator('.chart, #growth').count(), 0);
      assert.match((await page.locator('.facts').first().textContent()) ?? '', /Total size4/);
      assert.deepEqual(await axeFindings(page), []);
    });
    const none = await folder.write('none', await reportOf({ ...small, runs: 0, detailed: 0 }));
    await inReport(browser, none.file, {}, async (page) => {
      await page.getByText('No analysis was run yet.').waitFor();
      assert.deepEqual(await axeFindings(page), []);
    });
  });
});
