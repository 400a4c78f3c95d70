import assert from 'node:assert/strict';
import { openReport, type WatchedPage } from '@om-ops/test-support/chromium';
import type { Browser, Locator } from 'playwright-core';

/** Opens a page for one test and checks at its end that it was quiet and sent nothing. */
export async function opened(
  browser: Browser,
  file: string,
  options: Parameters<typeof openReport>[2],
  test: (watched: WatchedPage) => Promise<void>,
): Promise<void> {
  const watched = await openReport(browser, file, options);
  try {
    await test(watched);
    assert.deepEqual(watched.requests, []);
    assert.deepEqual(watched.errors, []);
  } finally {
    await watched.close();
  }
}

/** The texts of the cells that name the rows drawn. */
export function firstCells(table: Locator): Promise<string[]> {
  return table.locator('tbody:not(.spacer) th').allTextContents();
}
