import { isAtLeast, type Severity, severityOf } from '@om-ops/kit';
import type { Format } from '../scan/format.ts';

/** Where a line of this severity may be, in the cheapest words that miss none of them. */
export function hintsFor(format: Format, least: 'warning' | 'error'): RegExp {
  const warns = least === 'warning';
  if (format.hasJsonLevels)
    return new RegExp(
      `"(?:level|severity|levelname|lvl|log\\.level)"\\s*:\\s*"?(?:err|crit|fatal|alert|emerg|panic|severe|[56]\\d\\b|[0-3]\\b${warns ? '|warn|4\\d?\\b' : ''})|Traceback \\(most|Error: |Exception: `,
      'gi',
    );
  if (format.kind === 'combined') return warns ? /" [45]\d\d /g : /" 5\d\d /g;
  if (format.hasCapitalLevels)
    return warns
      ? /ERROR|CRITICAL|FATAL|SEVERE|ALERT|EMERG|PANIC|WARN|Traceback|Error: |Exception: /g
      : /ERROR|CRITICAL|FATAL|SEVERE|ALERT|EMERG|PANIC|Traceback|Error: |Exception: /g;
  const words =
    'error|fail|critical|crit\\b|fatal|exception|panic|traceback|severe|emerg|alert|"level"\\s*:\\s*[56]\\d';
  return new RegExp(warns ? `${words}|warn|"level"\\s*:\\s*4\\d` : words, 'gi');
}

const spoken = /\b(?:error|exception|fatal|failed|failure|failing|critical|panic|traceback)\b/i;
/** `no error found`, `0 errors`, `errors=0`, `error_rate`: speaks of errors and is none. */
const denied =
  /\b(?:no|0|zero|without|any)\s+(?:\w+\s+){0,2}(?:errors?|failures?|exceptions?|failed)\b|\b(?:errors?|failures?|failed|exceptions?)["']?\s*[=:]\s*["']?(?:0\b|none\b|null\b|false\b|nil\b|["'])|\berror[-_](?:rate|count|log|handler|page|free)\b/i;

/** How bad a line is; null: it is nothing that counts. The level it says decides, words only where it says none. */
export function judged(line: string, format: Format, least: 'warning' | 'error'): Severity | null {
  if (format.kind === 'combined' && !line.startsWith('{')) {
    const status = / (\d{3}) (?:\d+|-)/.exec(line.slice(line.indexOf('" ') + 1))?.[1] ?? '';
    if (status.startsWith('5')) return 'error';
    return status.startsWith('4') && least === 'warning' ? 'warning' : null;
  }
  const severity = severityOf(line);
  if (severity !== null) return isAtLeast(severity, least) ? severity : null;
  if (line.startsWith('{'))
    return /"(?:err|error|exception)"\s*:\s*(?:"[^"]|\{)/.test(line) ? 'error' : null;
  return spoken.test(line) && !denied.test(line) ? 'error' : null;
}
