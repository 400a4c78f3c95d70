import assert from 'node:assert/strict';
import { openReport, type WatchedPage } from '@om-ops/test-support/chromium';
import type { Browser, Page } from 'playwright-core';

/** Opens a page for one test and checks at its end that it was quiet and sent nothing. */
export async function opened(
  browser: Browser,
  path: string,
  options: Parameters<typeof openReport>[2],
  test: (watched: WatchedPage) => Promise<void>,
): Promise<void> {
  const watched = await openReport(browser, path, options);
  try {
    await watched.page.locator('.loading').waitFor({ state: 'detached' });
    await test(watched);
    assert.deepEqual(watched.requests, []);
    assert.deepEqual(watched.errors, []);
  } finally {
    await watched.close();
  }
}

/** The texts of a column of the rows drawn; the first is 1. */
export const cells = (page: Page, table: string, column: number) =>
  page
    .locator(`#${table} tbody:not(.spacer) > tr:not(.detail) > :nth-child(${column})`)
    .allTextContents();

/** What a table says of how many rows it shows. */
export const status = (page: Page, table: string) =>
  page.locator(`#${table} [role=status]`).textContent();
