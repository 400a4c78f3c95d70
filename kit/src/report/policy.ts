import { createHash } from 'node:crypto';

/**
 * The Content-Security-Policy of a report: nothing may be loaded, sent, framed or evaluated, and
 * only these very scripts and styles run. `trusted-types 'none'` makes any string that is assigned
 * to innerHTML throw, so data can only become text nodes.
 */
export function contentPolicy(scripts: readonly string[], styles: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src ${scripts.map(hashSource).join(' ')}`,
    `style-src ${styles.map(hashSource).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}
