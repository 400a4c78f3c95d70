import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { silentProgress } from '@om-ops/kit';
import { openChangelog } from '@om-ops/kit/journal';
import { auditPage, axeFindings, until } from '@om-ops/test-support/chromium';
import { ReportPages } from '@om-ops/test-support/report-pages';
import type { Page } from 'playwright-core';
import { type MadeReport, makeReport } from '../src/report/report.ts';
import { type SampleOptions, writeSampleState } from './sample-state.ts';

const made = new Map<string, MadeReport>();

const pages = new ReportPages('plugins/changelog', async () => {
  await write('empty', { sessions: 0, entriesPerSession: 0 });
  await write('small', { sessions: 9, entriesPerSession: 8 });
  await write('hostile', { sessions: 6, entriesPerSession: 9, hostile: true });
  await write('tags', {
    sessions: 3,
    entriesPerSession: 8,
    tags: ['x'.repeat(100), 'short', `long ${'word '.repeat(20)}`],
  });
  await write('unchained', { sessions: 60, entriesPerSession: 6, unchained: true });
  await write('partly', { sessions: 4, entriesPerSession: 6 }, async (state) => {
    writeSampleState(state, {
      sessions: 2,
      entriesPerSession: 6,
      unchained: true,
      first: 100,
    });
  });
  await write('day', { sessions: 1, entriesPerSession: 9, secondsApart: 1 });
  await write('large', { sessions: 1000, entriesPerSession: 100, varied: true });
  await write('broken', { sessions: 5, entriesPerSession: 4 }, async (state) => {
    const changelog = openChangelog(state);
    await changelog.rebuildIndex();
    const [first, second] = changelog.sessions();
    appendFileSync(join(first?.path ?? '', 'entries.jsonl'), '{"content":"put in"}\n');
    rmSync(second?.path ?? '', { recursive: true });
  });
});
const opened = pages.opened.bind(pages);

async function write(
  name: string,
  options: SampleOptions,
  change?: (state: string) => Promise<void>,
) {
  const state = pages.folder();
  mkdirSync(join(state, 'changelog'));
  writeSampleState(state, options);
  await change?.(state);
  const report = await makeReport({
    changelog: openChangelog(state),
    site: 'orthodoxmetrics',
    state,
    pages: [],
    version: '0.1.0',
    progress: silentProgress(),
  });
  pages.add(name, report.path);
  made.set(name, report);
}

const titles = (page: Page) => page.locator('#sessions .session-title').allTextContents();
const count = (page: Page) => page.locator('.table-count').first().textContent();
/** Waits for the text of the count beside the search box. */
const counted = (page: Page, text: string) =>
  until(page, `document.querySelector('.table-count')?.textContent === ${JSON.stringify(text)}`);

describe('every tab in both themes', () => {
  for (const [name, width] of [
    ['small', 1280],
    ['hostile', 340],
    ['broken', 900],
    ['tags', 360],
  ] as const) {
    it(`has nothing serious for axe and spills nowhere: ${name}, ${width} px`, async () => {
      await opened(name, { viewport: { width, height: 900 } }, async (page) => {
        assert.deepEqual(await auditPage(page), []);
      });
    });
  }
});

test('the timeline of one session has nothing serious for axe', async () => {
  await opened('hostile', {}, async (page) => {
    await page.locator('.session-title button').nth(1).click();
    await page.locator('.session-head').waitFor();
    assert.deepEqual(await axeFindings(page), []);
  });
});

test('without sessions the page says how to begin', async () => {
  await opened('empty', {}, async (page) => {
    assert.deepEqual(await axeFindings(page), []);
    assert.equal(await page.locator('h1').textContent(), 'Nothing was recorded yet');
    assert.equal(await page.getByText('There are no sessions yet.').count(), 1);
    assert.equal(await page.getByRole('tab').count(), 0);
    // The drawing of the empty place is not the icon of the button in it.
    const icon = await page.evaluate(`(() => {
      const icon = document.querySelector('.empty .copy svg');
      const button = icon.parentElement.getBoundingClientRect();
      const box = icon.getBoundingClientRect();
      return Math.abs((box.top + box.bottom) / 2 - (button.top + button.bottom) / 2);
    })()`);
    assert.ok((icon as number) < 1, `${icon}`);
  });
});

test('sessions are filtered by status, scope, outcome, tag and day, and searched', async () => {
  await opened('small', {}, async (page) => {
    assert.equal(await count(page), '9 sessions');
    await page.getByRole('radio', { name: 'Active' }).check({ force: true });
    await counted(page, '1 session');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await counted(page, '9 sessions');
    await page.getByLabel('Scope').selectOption('prod');
    await counted(page, '2 sessions');
    await page.getByLabel('Scope').selectOption('');
    await page.getByLabel('Outcome').selectOption('fail');
    await counted(page, '1 session');
    await page.getByLabel('Outcome').selectOption('');
    await page.getByRole('button', { name: /^Tags/ }).click();
    await page.getByRole('checkbox', { name: /^uploads/ }).check();
    await page.keyboard.press('Escape');
    await counted(page, '2 sessions');
    assert.match(page.url(), /tags=uploads/);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    const newest = (await page.locator('#sessions time').first().getAttribute('datetime')) ?? '';
    await page.getByLabel('Days from').fill(newest.slice(0, 10));
    await page.getByLabel('Days from').press('Enter');
    await until(page, `/^[1-5] session/.test(document.querySelector('.table-count').textContent)`);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('searchbox', { name: 'Search Sessions' }).fill('nginx upload');
    await until(page, `/ of 9 /.test(document.querySelector('.table-count').textContent)`);
    for (const title of await titles(page)) assert.match(title, /nginx/i);
  });
});

test('a title is the one way into a session: its timeline, with its facts', async () => {
  await opened('small', {}, async (page) => {
    const open = page.getByRole('button', { name: 'Import of parish registers' });
    await open.first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Import of parish registers/ }).waitFor();
    assert.match(
      (await page.locator('.session-head').textContent()) ?? '',
      /Folder.*changelog\/sessions/,
    );
    await counted(page, '8 entries');
    assert.match(page.url(), /session=10000001/);
    await page.goBack();
    assert.equal(await count(page), '9 sessions');
    await page.goForward();
    await page.getByRole('button', { name: 'All sessions' }).click();
    await counted(page, '72 entries');
  });
});

test('entries are filtered by type and actor, searched, and turned around', async () => {
  await opened('small', { hash: '#tab=timeline' }, async (page) => {
    await counted(page, '72 entries');
    await page.getByRole('button', { name: /^Types/ }).click();
    await page.getByRole('checkbox', { name: 'Decision' }).check();
    await page.keyboard.press('Escape');
    await counted(page, '9 entries');
    await page.getByRole('button', { name: /^Actors/ }).click();
    await page.getByRole('checkbox', { name: 'user' }).check();
    await page.getByText('No entry matches.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('searchbox', { name: 'Search entries' }).fill('witnesses column');
    await counted(page, '9 of 72 entries');
    assert.equal(await page.locator('.entry').count(), 9);
    await page.getByRole('searchbox', { name: 'Search entries' }).fill('');
    await counted(page, '72 entries');
    const first = await page.locator('.entry time').first().getAttribute('datetime');
    await page.getByRole('radio', { name: 'Oldest first' }).check({ force: true });
    await until(
      page,
      `document.querySelector('.entry time').getAttribute('datetime') !== ${JSON.stringify(first)}`,
    );
    const times = await page
      .locator('.entry time')
      .evaluateAll((all) => all.map((time) => Date.parse(time.getAttribute('datetime') ?? '')));
    assert.deepEqual(
      times,
      times.toSorted((one, other) => one - other),
    );
    assert.ok((await page.locator('.entry-mark').count()) > 1);
  });
});

test('what became of an entry stands beside it, also below a new day or session', async () => {
  for (const name of ['small', 'hostile']) {
    await opened(name, { hash: '#tab=timeline' }, async (page) => {
      const gaps = (await page.evaluate(`[...document.querySelectorAll('.entry')]
        .filter((entry) => entry.querySelector('.entry-aside .badge'))
        .map((entry) => {
          const title = entry.querySelector('.entry-title').getBoundingClientRect();
          const badge = entry.querySelector('.badge').getBoundingClientRect();
          const time = entry.querySelector('.entry-time').getBoundingClientRect();
          const middle = (box) => (box.top + box.bottom) / 2;
          return {
            marked: entry.querySelector('.entry-mark') !== null,
            beside: badge.left - title.right > 0 && badge.left - title.right < 20,
            level: Math.abs(middle(badge) - middle(title)) < 4 && Math.abs(time.top + 12 - middle(title)) < 4,
          };
        })`)) as { marked: boolean; beside: boolean; level: boolean }[];
      assert.ok(gaps.some(({ marked }) => marked) && gaps.some(({ marked }) => !marked));
      for (const gap of gaps) assert.ok(gap.beside && gap.level, JSON.stringify(gap));
    });
  }
});

test('a link to a session that the page does not have says so', async () => {
  await opened('small', { hash: '#session=deadbeef%E2%80%AE' }, async (page) => {
    const said = page.getByRole('alert');
    assert.match(
      (await said.textContent()) ?? '',
      /does not have the session deadbeef\\u202e\. It was made at \d+ \w+ \d{4}, \d\d:\d\d; this makes it anew: om-ops changelog report/,
    );
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole('button', { name: 'Show what it has' }).click();
    assert.equal(await said.count(), 0);
    assert.match(page.url(), /#$/);
  });
  await opened('small', { hash: '#tab=timeline&session=10000001' }, async (page) => {
    await page.getByRole('heading', { name: /Import of parish registers/ }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
  });
});

test('prompts and commands are copied as they are', async () => {
  const permissions = ['clipboard-read', 'clipboard-write'];
  await opened('small', { hash: '#tab=timeline&session=10000001', permissions }, async (page) => {
    const read = () => page.evaluate('navigator.clipboard.readText()');
    await page.getByRole('button', { name: 'Copy this prompt' }).first().click();
    assert.equal(
      await read(),
      'The record table forgets its column order after a reload.\nKeep the order per parish and user, and fall back to the default of the record type when there is none.',
    );
    const commands = page.getByRole('button', { name: 'Copy this command' });
    await commands.first().click();
    const first = await read();
    await commands.last().click();
    const copied = [first, await read()].sort();
    assert.deepEqual(copied, [
      'npm run build --workspace server && pm2 restart orthodox-backend',
      // Not what came of it, which is in the same entry.
      'om-ops backup run server',
    ]);
    await page.getByText('Copied this command.').waitFor({ state: 'attached' });
  });
});

test('hostile titles and texts stay text', async () => {
  await opened('hostile', {}, async (page) => {
    for (const tab of ['Sessions', 'Timeline', 'Activity', 'Integrity']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.locator('.loading').waitFor({ state: 'detached' });
      assert.equal(await page.locator('main img, main b').count(), 0);
    }
    assert.match(await page.title(), /^6 sessions, 4 succeeded, 1 failed, one is open/);
    await page.getByRole('tab', { name: 'Timeline' }).click();
    const text = (await page.locator('.entry .prose').allTextContents()).join(' ');
    assert.match(text, /<\/script><img src=x onerror=.*\{\{7\*7\}\} <%= 1 %> &amp;/);
    assert.match(text, /\\u202e/);
  });
});

test('what is broken is said at the top, in its row and under Integrity', async () => {
  await opened('broken', {}, async (page) => {
    assert.match((await page.locator('.cards').textContent()) ?? '', /Broken2/);
    await page.getByRole('tab', { name: 'Integrity' }).click();
    const table = (await page.locator('#record').textContent()) ?? '';
    assert.match(table, /has no hash: om-ops did not write it/);
    assert.match(table, /The whole session is gone/);
  });
});

test('the tabs answer the arrow keys, the charts the keyboard', async () => {
  await opened('small', {}, async (page) => {
    await page.getByRole('tab', { name: /Sessions/ }).focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await page.getByRole('tab', { selected: true }).textContent(), 'Activity');
    await page.getByRole('button', { name: 'View Entries a day as table' }).click();
    assert.match((await page.locator('.chart table').textContent()) ?? '', /Entries/);
  });
});

test('100,000 entries: in time, capped, and said', async () => {
  const { entries, embeddedEntries, bytes } = made.get('large') as MadeReport;
  assert.equal(entries, 100_000);
  assert.ok(embeddedEntries > 20_000 && embeddedEntries < 100_000);
  assert.ok(bytes < 6_000_000);
  await opened('large', { hash: '#tab=timeline' }, async (page) => {
    await page.locator('.entry .prose, .entry .copy-block').first().waitFor();
    assert.ok((await page.locator('.entry').count()) < 60);
    assert.deepEqual(await axeFindings(page), []);
    assert.match(
      (await page.locator('main').textContent()) ?? '',
      /Showing [\d,]+ of 100,000 entries; the rest is in/,
    );
    // The end of the list is drawn, too.
    await page.locator('.timeline-scroll').evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await until(
      page,
      `!!document.querySelector('li[aria-posinset="${embeddedEntries}"] .prose, li[aria-posinset="${embeddedEntries}"] .copy-block')`,
    );
    await page.getByRole('searchbox', { name: 'Search entries' }).fill('record table');
    await until(
      page,
      `/ of [\\d,]+ entries/.test(document.querySelector('.table-count').textContent)`,
    );
    await page.getByRole('tab', { name: /Activity/ }).click();
    await page.getByText('Entries a week').first().waitFor();
    await page.getByRole('tab', { name: /Sessions/ }).click();
    await page.locator('.session-title button').first().waitFor();
    assert.ok((await page.locator('#sessions tbody').count()) < 80);
  });
});

test('nothing could be checked is unknown, not intact', async () => {
  for (const [name, card, said] of [
    ['unchained', /RecordUnknownno session has hashes/, /Nothing could be checked/],
    [
      'partly',
      /RecordPartly known2 without hashes/,
      /4.sessions are intact\. 2.sessions have no hashes/,
    ],
    ['small', /RecordIntactevery hash agrees/, /No entry was altered/],
  ] as const) {
    await opened(name, {}, async (page) => {
      assert.match((await page.locator('.cards').textContent()) ?? '', card);
      await page.getByRole('tab', { name: 'Integrity' }).click();
      const text = (await page.locator('.record').textContent()) ?? '';
      assert.match(text, said);
      if (name !== 'small') {
        assert.doesNotMatch(text, /No entry/);
        assert.equal(await page.locator('.cards [data-tone=good], .record .all-well').count(), 0);
      } else {
        // What is well is no empty place to be filled.
        assert.equal(await page.locator('.empty, #record').count(), 0);
      }
    });
  }
});

test('on a narrow screen the first session is on the first screen, sorted by one select', async () => {
  await opened('unchained', { viewport: { width: 360, height: 800 } }, async (page) => {
    const first = await page.locator('#sessions tbody').first().boundingBox();
    const active = await page.locator('.active-session').boundingBox();
    assert.ok(first !== null && active !== null);
    assert.ok(first.y - active.height < 760, `${first.y} ${active.height}`);
    assert.equal(await page.locator('#sessions thead button').count(), 0);
    const cards = await page.locator('.cards').boundingBox();
    assert.ok(cards !== null && cards.height < 190, `${cards?.height}`);
    for (const tab of await page.getByRole('tab').all()) {
      const box = await tab.boundingBox();
      assert.ok(box !== null && box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box));
    }
    await page.getByLabel('Sort').selectOption('-entries');
    assert.match(page.url(), /sessions\.sort=-entries/);
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByLabel('Outcome').selectOption('fail');
    await page.getByRole('button', { name: 'Filters (1)' }).click();
    assert.equal(await page.getByLabel('Outcome').count(), 0);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await counted(page, '60 sessions');
  });
});

test('only what is not usual is said of a session, and days are written as everywhere', async () => {
  await opened('small', {}, async (page) => {
    assert.equal(await page.getByText('closed', { exact: true }).count(), 0);
    assert.equal(await page.locator('#sessions .badge', { hasText: 'active' }).count(), 1);
    const from = page.getByLabel('Days from');
    assert.match((await from.getAttribute('placeholder')) ?? '', /^\d+ \w+ \d{4}$/);
    await from.fill('31 Feb 2026');
    await from.press('Enter');
    assert.equal(await from.getAttribute('aria-invalid'), 'true');
    assert.deepEqual(await axeFindings(page), []);
  });
  await opened('day', {}, async (page) => {
    assert.match(
      (await page.locator('.card').first().textContent()) ?? '',
      /Sessions1all in 7 days/,
    );
    const labels =
      (await page.evaluate(`[...document.querySelectorAll('.filters :is(label, legend, .field-label)')]
      .filter((label) => label.closest('.segments-bar') === null && !label.matches('.off-screen'))
      .map((label) => Math.round(label.getBoundingClientRect().top))`)) as number[];
    assert.ok(Math.max(...labels) - Math.min(...labels) <= 1, labels.join());
  });
});

test('entries of one minute have seconds, and say how long after each other they came', async () => {
  await opened('day', { hash: '#tab=timeline' }, async (page) => {
    const times = await page.locator('.entry-time').allTextContents();
    assert.equal(new Set(times).size, 9);
    for (const [at, time] of times.entries())
      assert.match(time, at < 8 ? /^\d\d:\d\d:\d\d\+1\.0.s$/ : /^\d\d:\d\d:\d\d$/);
    const touched = page.getByRole('button', { name: '7 archives' });
    assert.equal(await page.getByText('prod-1.tar.gz').count(), 0);
    await touched.click();
    await page.getByText('prod-1.tar.gz').waitFor();
    assert.deepEqual(await axeFindings(page), []);
  });
});

test('counts a day are bars; one day is said, not drawn', async () => {
  await opened('small', { hash: '#tab=activity' }, async (page) => {
    assert.ok((await page.locator('.bar-mark').count()) > 2);
    assert.equal(await page.locator('.plot .line, .plot .area').count(), 0);
    assert.match((await page.locator('.legend').first().textContent()) ?? '', /\d on \d+ \w+$/);
    const sizes = await page.evaluate(
      `[...document.querySelectorAll('.panel h2')].map((h2) => getComputedStyle(h2).fontSize)`,
    );
    assert.equal(new Set(sizes as string[]).size, 1);
  });
  await opened('day', { hash: '#tab=activity' }, async (page) => {
    assert.equal(await page.locator('.plot').count(), 0);
    await page.getByText(/9 on \d+ \w+ \d{4}\. It is drawn when/).waitFor();
    assert.deepEqual(await axeFindings(page), []);
  });
});
