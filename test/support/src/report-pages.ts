import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildPages } from '../../../scripts/build-pages.mjs';
import { openReport, startChromium, type WatchedPage } from './chromium.ts';
import { type CleansUp, temporaryFolder } from './temp.ts';

type OpenOptions = Parameters<typeof openReport>[2];

/** Opens a report for one test and checks at its end that it was quiet and sent nothing. */
export async function inReport(
  browser: Browser,
  file: string,
  options: OpenOptions,
  work: (page: Page, watched: WatchedPage) => Promise<void>,
): Promise<void> {
  const watched = await openReport(browser, file, options);
  try {
    await watched.page.locator('.loading').waitFor({ state: 'detached' });
    await work(watched.page, watched);
    assert.deepEqual(watched.requests, []);
    assert.deepEqual(watched.errors, []);
  } finally {
    await watched.close();
  }
}

/** The pages that a test file makes once, by name. */
export class ReportPages {
  readonly #files = new Map<string, string>();
  readonly #clean: (() => void | Promise<void>)[] = [];
  readonly #suite: CleansUp = { after: (work) => void this.#clean.push(work) };
  #browser: Browser | undefined;

  /**
   * Bundles the page of a plugin, starts Chromium and makes the pages before the tests of the file; what
   * they left goes after them.
   *
   * @param plugin its folder: `plugins/roadmap`
   */
  constructor(plugin: string, make: (pages: ReportPages) => Promise<void>) {
    before(async () => {
      await buildPages([plugin]);
      this.#browser = await startChromium();
      await make(this);
    });
    after(async () => {
      await this.#browser?.close();
      for (const work of this.#clean) await work();
    });
  }

  /** A folder for a STATE, removed after the tests. */
  folder(): string {
    return temporaryFolder(this.#suite);
  }

  add(name: string, file: string): void {
    this.#files.set(name, file);
  }

  opened(
    name: string,
    options: OpenOptions,
    work: (page: Page, watched: WatchedPage) => Promise<void>,
  ): Promise<void> {
    const file = this.#files.get(name);
    if (this.#browser === undefined || file === undefined)
      throw new Error(`There is no page ${name}.`);
    return inReport(this.#browser, file, options, work);
  }
}
