import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { bundledPage, type ReportOptions, renderReport } from '../src/report/index.ts';

const options: ReportOptions<unknown> = {
  title: 'Test',
  site: 'demo',
  generatedAt: new Date('2026-11-20T14:03:00Z'),
  data: {},
  script: 'void 0;',
  styles: 'body{color:red}',
  noscriptSummary: { facts: [] },
};

function block(html: string, id: string): { type: string; body: string } {
  const found = new RegExp(`<script type="([^"]*)" id="${id}">([\\s\\S]*?)</script>`).exec(html);
  assert.ok(found, `no block ${id}`);
  return { type: found[1] ?? '', body: found[2] ?? '' };
}

describe('renderReport', () => {
  it('keeps hostile strings inside their block', async () => {
    const hostile =
      '</script><script>alert(1)</script><!-- \u2028 \u2029 <img src=x onerror=alert(1)>';
    const data = { hostile, ['__proto__']: 'own', constructor: [hostile] };
    const html = await renderReport({ ...options, data, site: hostile, heading: hostile });
    assert.deepEqual(JSON.parse(block(html, 'report-data').body), JSON.parse(JSON.stringify(data)));
    assert.equal(html.match(/<script/g)?.length, 4);
    assert.equal(html.includes('<img'), false);
    assert.equal(/[\u2028\u2029]/.test(block(html, 'report-data').body), false);
  });

  it('names the hash of every script and style, and nothing else may run or load', async () => {
    const html = await renderReport(options);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    const text = policy.replaceAll('&#39;', "'");
    assert.match(text, /^default-src 'none'; /);
    assert.doesNotMatch(text, /unsafe|\*|https?:|data:/);
    const ran = [...html.matchAll(/<script>([\s\S]*?)<\/script>|<style>([\s\S]*?)<\/style>/g)];
    assert.equal(ran.length, 3);
    for (const [, script, style] of ran) {
      const hash = createHash('sha256')
        .update(script ?? style ?? '')
        .digest('base64');
      assert.ok(text.includes(`'sha256-${hash}'`));
    }
  });

  it('packs large values and leaves packed text alone', async () => {
    const large = Array.from({ length: 20_000 }, (_, at) => `server/file-${at}.js`);
    const noise = Buffer.from(
      Array.from({ length: 90_000 }, (_, at) => (at * at * 31) >> 7),
    ).toString('base64');
    const html = await renderReport({ ...options, data: noise, embedded: { rows: large } });
    const packed = block(html, 'report-embedded-rows');
    assert.equal(packed.type, 'application/gzip+base64');
    assert.deepEqual(JSON.parse(gunzipSync(Buffer.from(packed.body, 'base64')).toString()), large);
    assert.ok(packed.body.length * 4 < JSON.stringify(large).length);
    const meta = block(html, 'report-meta');
    assert.equal(meta.type, 'application/json');
    assert.equal(JSON.parse(meta.body).generatedAt, '2026-11-20T14:03:00.000Z');
  });

  it('spells out hidden characters in the title and the summary', async () => {
    const html = await renderReport({
      ...options,
      site: '\u202elive',
      noscriptSummary: { text: 'a\u200bb', facts: [['Active', '\u2066x']] },
    });
    assert.match(html, /<title>Test · \\u202elive<\/title>/);
    const summary = /<noscript>([\s\S]*)<\/noscript>/.exec(html)?.[1] ?? '';
    assert.match(summary, /<p>\\u202elive<\/p>[\s\S]*a\\u200bb[\s\S]*<dd>\\u2066x<\/dd>/);
  });

  it('says what it can without a script', async () => {
    const html = await renderReport({
      ...options,
      noscriptSummary: { text: 'All is <well>.', facts: [['Files', '<12>']] },
    });
    const summary = /<noscript>([\s\S]*)<\/noscript>/.exec(html)?.[1] ?? '';
    assert.match(summary, /All is &lt;well&gt;\./);
    assert.match(summary, /<dt>Files<\/dt><dd>&lt;12&gt;<\/dd>/);
  });

  it('refuses links that leave, names that are no names, and scripts that end themselves', async () => {
    for (const href of [
      'https://example.org',
      ' javascript:alert(1)',
      '//example.org',
      '\tdata:x',
    ]) {
      await assert.rejects(
        renderReport({ ...options, nav: [{ label: 'Out', href, state: 'there' }] }),
        {
          code: 'E_REPORT_LINK',
        },
      );
    }
    await assert.rejects(renderReport({ ...options, embedded: { 'a b': 1 } }), {
      code: 'E_REPORT_DATA',
    });
    await assert.rejects(renderReport({ ...options, script: '"</SCRIPT>"' }), {
      code: 'E_REPORT_PAGE',
    });
    await assert.rejects(renderReport({ ...options, styles: '</style>' }), {
      code: 'E_REPORT_PAGE',
    });
  });

  it('says that a page was not built', async () => {
    const script = new URL('file:///nowhere/dist/report/page.js');
    await assert.rejects(renderReport({ ...options, script }), {
      code: 'E_REPORT_PAGE',
      message: /page\.(js|css) has not been built/,
    });
  });

  it('finds the bundle from source and from dist', () => {
    const dist = 'file:///p/dist/report/page.js';
    assert.equal(bundledPage('file:///p/src/report/report.ts').href, dist);
    assert.equal(bundledPage('file:///p/dist/report/report.js').href, dist);
  });
});
