import type { EnvLine } from './env-file.ts';

const start = /^\s*<\?php\b/;
const definition =
  /^[^\S\n]*define\s*\(\s*(?:'([A-Za-z_]\w*)'|"([A-Za-z_]\w*)")\s*,\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")\s*\)\s*;/;

/** Whether a file of settings is PHP, as `wp-config.php` is. */
export function isPhp(text: string): boolean {
  return start.test(text);
}

/**
 * The constants that a PHP file of settings defines as plain text, `define( 'DB_NAME', 'shop' );`, each on a line of
 * its own. What else stands in it is kept as lines that make no sense, so that no template shows it.
 */
export function parsePhpConstants(text: string): EnvLine[] {
  let inComment = false;
  return text.split('\n').map((raw, index) => {
    const place = { raw, startLine: index + 1, endLine: index + 1 };
    if (raw.trim() === '') return { kind: 'blank', ...place };
    const wasComment = inComment;
    const opened = raw.lastIndexOf('/*');
    if (wasComment || opened !== -1)
      inComment = raw.lastIndexOf('*/') < opened || (wasComment && !raw.includes('*/'));
    const found = wasComment ? null : definition.exec(raw);
    if (found === null) return { kind: 'malformed', ...place };
    const written = found[3]!;
    const quote = written[0] as '"' | "'";
    return {
      kind: 'assignment',
      ...place,
      key: found[1] ?? found[2]!,
      value: written.slice(1, -1).replace(/\\(['"\\])/g, '$1'),
      written,
      // PHP puts variables into double quotes only; none of ours could be one.
      quote: quote === '"' ? "'" : quote,
      exported: false,
      separator: '=',
      open: false,
    };
  });
}
