import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auditPage, openReport, startChromium } from '@om-ops/test-support/chromium';
import type { Browser } from 'playwright-core';
import { type GalleryFolder, galleryData, galleryFolder } from './report-gallery.ts';
import { firstCells, opened } from './report-opened.ts';

let browser: Browser;
let folder: GalleryFolder;
let small: string;

before(async () => {
  [browser, folder] = await Promise.all([startChromium(), galleryFolder()]);
  small = await folder.write(
    'small',
    galleryData({ files: 24, runs: 40, many: 1000, entries: 12 }),
  );
});

after(async () => {
  await browser?.close();
  await folder?.dispose();
});

describe('what may not happen', () => {
  it('blocks scripts, evaluation, requests and markup that get in', async () => {
    const watched = await openReport(browser, small);
    const tried = (await watched.page.evaluate(`(async () => {
      const tried = {};
      const attempt = async (name, act) => {
        try { await act(); tried[name] = 'worked'; } catch (error) { tried[name] = error.name; }
      };
      const script = document.createElement('script');
      try { script.text = 'window.injected = true'; } catch {}
      document.body.append(script);
      const image = document.createElement('img');
      try { image.setAttribute('onerror', 'window.injected = true'); } catch {}
      image.src = 'data:image/png;base64,x';
      document.body.append(image);
      const link = document.createElement('a');
      link.href = 'javascript:window.injected=true';
      document.body.append(link);
      link.click();
      await attempt('innerHTML', () => { document.body.innerHTML += '<b>x</b>'; });
      await attempt('fetch', () => fetch('https://example.org/'));
      await attempt('socket', () => new Promise((done, failed) => {
        const socket = new WebSocket('wss://example.org/');
        socket.onerror = () => failed(new TypeError());
        socket.onopen = done;
      }));
      // Inside a timer: what the debugger runs itself is let through.
      await attempt('eval', () => new Promise((done, failed) => setTimeout(() => {
        try { done(eval('1')); } catch (error) { failed(error); }
      })));
      tried.injected = window.injected ?? 'no';
      return tried;
    })()`)) as Record<string, string>;
    await watched.close();
    assert.deepEqual(tried, {
      innerHTML: 'TypeError',
      fetch: 'TypeError',
      socket: tried.socket,
      eval: 'EvalError',
      injected: 'no',
    });
    assert.notEqual(tried.socket, 'worked');
    assert.equal(watched.requests.filter((url) => /^(https?|wss?):/.test(url)).length, 0);
  });

  it('shows hostile names as text', async () => {
    const data = galleryData({ files: 6, runs: 4, many: 10, entries: 3 });
    const hostile = [
      '</script><img src=x onerror=window.injected=1>',
      '__proto__/constructor',
      'a\u202egpj.exe',
      `very/${'long-name-without-end/'.repeat(30)}x`,
      'line\nbreak\ttab',
      '<b>{{7*7}}</b>',
    ];
    for (const [at, path] of hostile.entries()) {
      const file = data.files[at];
      if (file) file.path = path;
    }
    data.tags = [...hostile];
    for (const [at, run] of data.runs.entries()) run.scope = hostile[at] ?? '';
    data.entries = hostile.map((text, at) => ({
      at: '2026-11-01T00:00:00Z',
      title: text,
      text,
      failed: at % 2 === 0,
    }));
    const file = await folder.write('hostile', data, { site: hostile[0] ?? '' });
    await opened(browser, file, { viewport: { width: 360, height: 800 } }, async ({ page }) => {
      assert.deepEqual(await auditPage(page), []);
      await page.getByRole('tab', { name: /Charts/ }).click();
      const legend = page.getByRole('figure', { name: 'Total size' }).locator('.legend');
      assert.match((await legend.textContent()) ?? '', /a\\u202egpj\.exe/);
      await page.getByRole('application', { name: 'Total size' }).focus();
      await page.keyboard.press('ArrowLeft');
      assert.match((await page.locator('.tooltip').textContent()) ?? '', /a\\u202egpj\.exe/);
      const said = await page.locator('[data-announcer]').textContent();
      assert.match(said ?? '', /: a\\u202egpj\.exe /);
      const run = page.getByLabel('Run', { exact: true }).locator('option').nth(1);
      assert.match((await run.textContent()) ?? '', /a\\u202egpj\.exe/);
      await page.getByRole('tab', { name: /Files/ }).click();
      const names = (await firstCells(page.locator('#files'))).join('\n');
      assert.ok(names.includes('</script><img src=x onerror=window.injected=1>'));
      assert.ok(names.includes('a\\u202egpj.exe'));
      assert.ok(names.includes('line\\nbreak\\ttab'));
      assert.equal(await page.locator('img').count(), 0);
      assert.equal(await page.evaluate('window.injected'), undefined);
    });
  });

  it('shows the summary without JavaScript', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`file://${small}`);
    const summary = page.locator('noscript main');
    assert.match(
      (await summary.textContent()) ?? '',
      /JavaScript is off, so this is the summary only\.\s+Runs40/,
    );
    assert.ok(((await summary.boundingBox())?.y ?? 999) < 100);
    await context.close();
  });
});
