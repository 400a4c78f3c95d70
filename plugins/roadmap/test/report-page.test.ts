import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { dayStamp, silentProgress } from '@om-ops/kit';
import { auditPage, until } from '@om-ops/test-support/chromium';
import { ReportPages } from '@om-ops/test-support/report-pages';
import type { Page } from 'playwright-core';
import { makeReport } from '../src/report/report.ts';
import { Roadmap } from '../src/roadmap.ts';
import { hostile, many, usual, writeSampleRoadmap } from './sample-roadmap.ts';

const dayMs = 86_400_000;

const pages = new ReportPages('plugins/roadmap', async () => {
  await write('empty', []);
  await write('usual', usual);
  await write('hostile', hostile);
  await write('untold', usual, { hasHistory: false });
  await write('many', many(1000));
  await write('done', usual.slice(7, 8));
  await write('old', usual.slice(0, 1), { now: new Date(Date.now() - 10 * dayMs) });
});
const opened = pages.opened.bind(pages);

async function write(
  name: string,
  samples: Parameters<typeof writeSampleRoadmap>[1],
  options: Parameters<typeof writeSampleRoadmap>[2] = {},
): Promise<void> {
  const state = pages.folder();
  writeSampleRoadmap(state, samples, options);
  const roadmap = new Roadmap(state, {
    redact: (text) => text,
    warn: () => undefined,
    signal: new AbortController().signal,
  });
  const { path } = await makeReport({
    roadmap,
    site: 'orthodoxmetrics',
    state,
    pages: [],
    version: '0.1.0',
    progress: silentProgress(),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  pages.add(name, path);
}

describe('every view in both themes', () => {
  for (const [name, width, hash] of [
    ['usual', 1280, ''],
    ['usual', 390, '#milestone=m0006'],
    ['usual', 360, '#view=timeline'],
    ['usual', 1000, '#view=table&milestone=nobody'],
    ['hostile', 340, '#milestone=m0001'],
    ['hostile', 340, '#view=timeline'],
    ['hostile', 700, '#view=table'],
    ['untold', 900, '#milestone=m0000'],
    ['empty', 360, ''],
    ['done', 360, ''],
  ] as const) {
    it(`has nothing serious for axe and spills nowhere: ${name}, ${width} px ${hash}`, async () => {
      await opened(name, { viewport: { width, height: 900 }, hash }, async (page) => {
        assert.deepEqual(await auditPage(page), []);
      });
    });
  }
});

const heading = (page: Page) => page.locator('h1').textContent();
const counts = (page: Page) => page.locator('.board-count').allTextContents();
const titles = (page: Page, column: string) =>
  page.locator(`section[aria-labelledby=column-${column}] .milestone h3`).allTextContents();

test('the board says what is so', async () => {
  await opened('usual', {}, async (page) => {
    assert.equal(await heading(page), '11 milestones, 4 done, one overdue, one blocked');
    assert.deepEqual(await counts(page), ['3', '3', '1', '4']);
    assert.deepEqual(await titles(page, 'in_progress'), [
      'Old reports to the new charts',
      'Gallery to WebP',
      'Restore drill every week',
    ]);
    const late = page.locator('.milestone[data-late]');
    assert.equal(await late.count(), 1);
    assert.match((await late.textContent()) ?? '', /overdue\s*5 days late/);
    assert.match((await page.locator('.board').textContent()) ?? '', /blocked 8\sd/);
    assert.match(
      (await page.locator('.lede').textContent()) ?? '',
      /^\d+ % of all is done\. 4 were completed/,
    );
    assert.equal((await titles(page, 'complete')).length, 3, 'the complete ones fold');
    await page.locator('.board-more').click();
    assert.equal((await titles(page, 'complete')).length, 4);
  });
});

test('each claim leads to its record', async () => {
  await opened('usual', {}, async (page) => {
    await page.locator('.overdue .link').click();
    const record = page.locator('.record');
    assert.equal(await record.locator('h3').first().textContent(), 'Old reports to the new charts');
    assert.match((await record.textContent()) ?? '', /in progress, by anna as root/);
    assert.match(page.url(), /milestone=m0005/);
    await page.locator('.milestone h3 .link', { hasText: 'Move to PostgreSQL 16' }).click();
    await until(
      page,
      `document.querySelector('.record h3').textContent === 'Move to PostgreSQL 16'`,
    );
    assert.match((await record.textContent()) ?? '', /blocked, since /);
    await page.getByRole('button', { name: 'Close the record' }).click();
    await record.waitFor({ state: 'detached' });
    await page.locator('.lately .link', { hasText: 'Gallery to WebP' }).first().click();
    await record.waitFor();
    await page.goBack();
    await record.waitFor({ state: 'detached' });
  });
});

test('filters are kept in the address, and nothing found says so', async () => {
  await opened('usual', {}, async (page) => {
    await page.getByLabel('Owner').selectOption('Marko K');
    await until(page, `document.querySelector('.board-count').textContent === '1'`);
    assert.deepEqual(await counts(page), ['1', '1', '1', '0']);
    await page.getByRole('radio', { name: 'Overdue' }).check();
    await until(page, `document.querySelectorAll('.milestone').length === 1`);
    await page.getByLabel('Search milestones').fill('nothing like it');
    await page.getByText('No milestone matches.').waitFor();
    await until(page, `location.hash.includes('q=')`);
    const hash = new URL(page.url()).hash;
    assert.match(hash, /owner=Marko/);
    assert.match(hash, /overdue=1/);
  });
});

test('a thousand are counted right and drawn a few at a time', async () => {
  await opened('many', {}, async (page) => {
    assert.deepEqual(await counts(page), ['250', '250', '250', '250']);
    assert.equal((await titles(page, 'planned')).length, 20);
    await page.locator('.board-more').first().click();
    await until(page, `document.querySelectorAll('#column-planned').length === 1`);
    assert.equal((await titles(page, 'planned')).length, 120);
    await page.getByRole('button', { name: '86 more' }).click();
    await until(page, `document.querySelector('.table-count')?.textContent === '90 milestones'`);
  });
});

test('a page that is read later says what is late by then', async () => {
  await opened('old', {}, async (page) => {
    assert.equal(await heading(page), '1 milestone, none done, one overdue');
    assert.match((await page.locator('.milestone-due').textContent()) ?? '', /^7 days late$/);
  });
});

test('nothing is one command, which has a day to come', async () => {
  await opened('empty', {}, async (page) => {
    assert.equal(await heading(page), 'Nothing is planned yet');
    const command = (await page.locator('.empty code').textContent()) ?? '';
    const due = /--due (\d{4}-\d\d-\d\d)$/.exec(command)?.[1] ?? '';
    assert.ok(due > dayStamp(new Date()), command);
  });
});

test('a card copies the command that updates it', async () => {
  await opened('usual', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
    await page
      .locator('.milestone', { hasText: 'Gallery' })
      .getByRole('button', { name: /^Copy/ })
      .click();
    await page.locator('.copy[data-done=yes]').waitFor();
    assert.match(
      (await page.evaluate('navigator.clipboard.readText()')) as string,
      /^om-ops roadmap update m0003 --percent $/,
    );
  });
});
