import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Debian's Chromium, without a window and without anything it would fetch by itself. */
export async function startChromium(): Promise<Browser> {
  const program = executablePath.find((path) => existsSync(path));
  if (program === undefined) throw new Error('Chromium is missing: apt-get install chromium');
  return chromium.launch({
    executablePath: program,
    // Its sandbox refuses root, and user namespaces are closed in many containers.
    chromiumSandbox: false,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}

/** A page and what it did wrong so far. */
export interface WatchedPage {
  page: Page;
  /** Every request but that for the page itself. */
  requests: string[];
  /** Console errors and warnings, and errors nobody caught. */
  errors: string[];
  close(): Promise<void>;
}

/** Opens a report from disk, in a context of its own, and waits until it is drawn. */
export async function openReport(
  browser: Browser,
  file: string,
  options: BrowserContextOptions & { hash?: string } = {},
): Promise<WatchedPage> {
  const { hash = '', ...context } = options;
  const made = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...context });
  const page = await made.newPage();
  page.setDefaultTimeout(10_000);
  const address = pathToFileURL(file).href;
  const watched: WatchedPage = { page, requests: [], errors: [], close: () => made.close() };
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== address) watched.requests.push(request.url());
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) watched.errors.push(message.text());
  });
  page.on('pageerror', (error) => watched.errors.push(error.message));
  await page.goto(address + hash);
  await page.locator('html[data-ready=yes]').waitFor({ state: 'attached', timeout: 15_000 });
  return watched;
}

/**
 * Waits until an expression is true on the page. (`page.waitForFunction` evaluates a string on the
 * page itself, which a report's policy forbids.)
 */
export async function until(page: Page, expression: string, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await page.evaluate(expression))) {
    if (performance.now() > end) throw new Error(`Never came true: ${expression}`);
    await page.evaluate('new Promise((done) => requestAnimationFrame(done))');
  }
}

/** The shortest of up to `attempts` measurements; stops early at one that is `enough`. A busy machine only adds. */
export async function fastest(
  enough: number,
  measure: () => Promise<number>,
  attempts = 6,
): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && best > enough; attempt++) {
    best = Math.min(best, await measure());
  }
  return best;
}

/** One finding of axe on one element. */
export interface Finding {
  theme: string;
  tab: string;
  impact: string;
  rule: string;
  target: string;
  summary: string;
}

interface AxeResult {
  violations: {
    id: string;
    impact: string;
    nodes: { target: string[]; failureSummary: string }[];
  }[];
}

const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds on the page as it stands; by default only what is serious or critical. */
export async function axeFindings(
  page: Page,
  impacts = ['serious', 'critical'],
): Promise<Finding[]> {
  if (!(await page.evaluate('"axe" in window'))) {
    await page.evaluate(await readFile(axeSource, 'utf8'));
  }
  const result = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  )) as AxeResult;
  return result.violations
    .filter(({ impact }) => impacts.includes(impact))
    .flatMap(({ id, impact, nodes }) =>
      nodes.map(({ target, failureSummary }) => ({
        theme: '',
        tab: '',
        impact,
        rule: id,
        target: target.join(' '),
        summary: failureSummary,
      })),
    );
}

/**
 * Goes through every tab in both themes and returns all that axe finds serious, anything that
 * spills over the side of the page, every text with a character that hides or turns others, and
 * nothing when all is well.
 */
export async function auditPage(page: Page): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    const tabs = page.locator('main [role=tablist]').first().getByRole('tab');
    const count = await tabs.count();
    for (let at = 0; at < Math.max(1, count); at++) {
      if (count > 0) await tabs.nth(at).click();
      await page.locator('.loading').waitFor({ state: 'detached' });
      const tab = count > 0 ? ((await tabs.nth(at).textContent()) ?? '') : '';
      for (const finding of await axeFindings(page)) findings.push({ ...finding, theme, tab });
      findings.push(...(await spilling(page)).map((each) => ({ ...each, theme, tab })));
      findings.push(...(await deceiving(page)).map((each) => ({ ...each, theme, tab })));
    }
  }
  return findings;
}

async function spilling(page: Page): Promise<Finding[]> {
  const over = (await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )) as number;
  if (over <= 0) return [];
  const summary = `The page is ${over} px wider than the window.`;
  return [{ theme: '', tab: '', impact: 'serious', rule: 'spills', target: 'html', summary }];
}

/** Texts, titles and names in which a name's hidden characters were not spelled out. */
async function deceiving(page: Page): Promise<Finding[]> {
  const found = (await page.evaluate(`(() => {
    const hidden = /[\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]/;
    const found = hidden.test(document.title) ? ['title'] : [];
    for (const element of document.querySelectorAll('#app, #app *')) {
      const attributes = [...element.attributes].filter(({ name }) => /^(title|alt|label|placeholder|aria-.*)$/.test(name));
      const texts = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
      if ([...attributes, ...texts].some(({ nodeValue }) => hidden.test(nodeValue))) {
        found.push(element.tagName.toLowerCase() + '.' + element.getAttribute('class'));
      }
    }
    return found;
  })()`)) as string[];
  return found.map((target) => ({
    theme: '',
    tab: '',
    impact: 'serious',
    rule: 'hidden-characters',
    target,
    summary: 'It has characters that cannot be seen, or that turn the text around them.',
  }));
}
