import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { writeReport } from '@om-ops/kit/report';
import { auditPage } from '@om-ops/test-support/chromium';
import { ReportPages } from '@om-ops/test-support/report-pages';
import type { Page } from 'playwright-core';
import type { Known } from '../src/known.ts';
import { motivationOf } from '../src/make.ts';
import { makeReport } from '../src/report/report.ts';
import { backups, goodDay, known, sampleHistory, sampleSession } from './sample-days.ts';

const tuesday = '2026-11-24';
const sunday = '2026-11-22';
const nasty = 'A title with\u202e no place to break it_'.repeat(4);

const pages = new ReportPages('plugins/motivation', async () => {
  await write('good', goodDay());
  await write(
    'off',
    known(sunday, { sessions: sampleHistory(sunday), backups: backups(sunday, 8) }),
  );
  await write(
    'failed',
    known(tuesday, {
      sessions: [
        sampleSession({
          ...{ day: tuesday, title: 'Slow health check', from: '09:00', to: '12:00' },
          ...{ outcome: 'fail', decision: 'It is the index on audit_log.' },
        }),
      ],
    }),
  );
  await write('none', known(tuesday));
  await write(
    'many',
    known(tuesday, {
      sessions: Array.from({ length: 40 }, (_, index) =>
        sampleSession({
          day: tuesday,
          title: index % 2 === 1 ? nasty : `Session ${index}`,
          from: `${String(6 + (index % 12)).padStart(2, '0')}:10`,
          to: `${String(8 + (index % 12)).padStart(2, '0')}:50`,
          entries: 500,
          outcome: index % 5 === 0 ? 'fail' : 'success',
          summary: index % 3 === 0 ? nasty : null,
        }),
      ),
    }),
  );
});
const opened = pages.opened.bind(pages);

async function write(name: string, day: Known): Promise<void> {
  const state = pages.folder();
  const making = {
    ...{ site: 'orthodoxmetrics', state, version: '1.0.0', progress: silentProgress() },
    pages: [{ title: 'Changelog', path: 'changelog/report.html', order: 40 }],
  };
  // The page that the claims lead to is there.
  await writeReport({
    ...{ site: 'orthodoxmetrics', state, generatedAt: new Date(), data: {}, pages: [] },
    page: { title: 'Changelog', path: 'changelog/report.html' },
    ...{
      signal: new AbortController().signal,
      script: '',
      styles: '',
      noscriptSummary: { facts: [] },
    },
  });
  pages.add(name, (await makeReport({ motivation: motivationOf(day), ...making })).path);
}

describe('every page in both themes', () => {
  for (const [name, width] of [
    ['good', 1280],
    ['good', 390],
    ['off', 390],
    ['failed', 700],
    ['none', 360],
    ['many', 340],
  ] as const) {
    it(`has nothing serious for axe and spills nowhere: ${name}, ${width} px`, async () => {
      await opened(name, { viewport: { width, height: 900 } }, async (page) => {
        for (const fold of await page.locator('.folded-button').all()) await fold.click();
        assert.deepEqual(await auditPage(page), []);
      });
    });
  }
});

const text = async (page: Page, selector: string) =>
  ((await page.locator(selector).first().textContent()) ?? '').replaceAll('\u00a0', ' ');

test('one true sentence stands large, and each claim leads to its entry', async () => {
  await opened('good', {}, async (page) => {
    assert.equal(await text(page, 'h1'), '“Record table configuration” is done.');
    assert.equal(await text(page, '.day-date'), 'Tuesday, 24 November 2026, until 18:40');
    const kinds = await page.locator('.deed-kind').allTextContents();
    assert.deepEqual(kinds, ['Milestone reached', 'Session with success', 'Still open']);
    const read = page.getByRole('link', { name: 'Read the session' }).first();
    assert.match(
      (await read.getAttribute('href')) ?? '',
      /^\.\.\/changelog\/report\.html#tab=timeline&session=s/,
    );
    // The roadmap has no page yet: its words are no link.
    assert.equal(await page.locator('a[href*="roadmap"]').count(), 0);
    assert.match(
      await text(page, '.old-page'),
      /written while the day went on.*motivation run --date 2026-11-24/,
    );
    const figures = await page.locator('.card').allTextContents();
    assert.equal(figures.length, 6);
    assert.match(figures[1] ?? '', /^Entries31usually \d+$/);
    assert.equal(await page.locator('.ribbon-session').count(), 3);
    assert.match(
      await text(page, '.weeks + .note'),
      /^6 working days in a row with something finished\. Weekends do not count against it\./,
    );
    assert.match(await text(page, '.next'), /^“Gallery to WebP”, open since 15:30open/);
  });
});

test('a quiet day has no zero in large type, and a failed one no praise', async () => {
  await opened('off', {}, async (page) => {
    assert.equal(await text(page, 'h1'), 'A day off. The server had none.');
    assert.deepEqual(await page.locator('.card').allTextContents(), ['Backups made8all verified']);
    assert.equal(await page.locator('.ribbon').count(), 0);
    assert.match(await text(page, '.weeks + .note'), /A weekend does not break it\./);
    assert.equal(await page.getByRole('heading', { name: 'When you are back' }).count(), 1);
  });
  await opened('failed', {}, async (page) => {
    assert.match(await text(page, 'h1'), /^“Slow health check” did not work out/);
    assert.deepEqual(await page.locator('.deed-kind').allTextContents(), ['Did not work out']);
    assert.equal(await page.locator('.deed[data-first]').count(), 0);
    assert.match(
      await text(page, '.deed-why'),
      /What was written down: “It is the index on audit_log”\./,
    );
    assert.equal(await page.locator('.card', { hasText: 'success' }).count(), 0);
  });
});

test('nothing is one command, and a lot says what is not drawn', async () => {
  await opened('none', {}, async (page) => {
    assert.equal(await text(page, 'h1'), 'Nothing was recorded yet.');
    assert.match(await text(page, '.empty code'), /^om-ops changelog start --title /);
  });
  await opened('many', {}, async (page) => {
    assert.equal(await page.locator('.ribbon-session').count(), 24);
    assert.match(
      (await page.locator('main').textContent()) ?? '',
      /16.more sessions of that day are not drawn/,
    );
  });
});
