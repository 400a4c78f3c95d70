import { createHash } from 'node:crypto';

/**
 * The Content-Security-Policy of a report: nothing may be loaded, sent, framed or evaluated, and
 * only these very scripts and styles run. `trusted-types 'none'` makes any string that is assigned
 * to innerHTML throw, so data can only become text nodes.
 */
export function contentPolicy(
  scripts: readonly string[],
  styles: readonly string[],
  isLive = false,
): string {
  return [
    "default-src 'none'",
    // A live page asks the program it came from, and shows its state in the icon of its tab.
    ...(isLive ? ["connect-src 'self'", 'img-src data:'] : []),
    `script-src ${scripts.map(hashSource).join(' ')}`,
    `style-src ${styles.map(hashSource).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** The policy that stands in a page, for the server that sends it. */
export function pagePolicy(html: string): string {
  const written = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(html)?.[1];
  if (written === undefined) throw new Error('the page has no Content-Security-Policy');
  return written.replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}
