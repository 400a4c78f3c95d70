/** From the least to the worst. */
export const severities = ['debug', 'info', 'warning', 'error', 'critical'] as const;

export type Severity = (typeof severities)[number];

const words: Readonly<Record<string, Severity>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  err: 'error',
  severe: 'error',
  critical: 'critical',
  crit: 'critical',
  fatal: 'critical',
  alert: 'critical',
  emerg: 'critical',
  panic: 'critical',
};

const names = Object.keys(words).join('|');
/** Of JSON: a key, and no word within a message. */
const quoted = new RegExp(
  `"(?:level|severity|levelname|lvl|log\\.level)"\\s*:\\s*(?:"(${names})"|(\\d{1,2})\\b)`,
  'i',
);
/** `level=error`. */
const field = new RegExp(`"?\\b(?:level|severity|levelname|lvl)"?\\s*[:=]\\s*"?(${names})\\b`, 'i');
/** At its place: behind the time and a name at most, in brackets or capitals, or with a colon behind it. */
const placed = new RegExp(
  `^(?:[\\[(<]?[\\dTZ:.,+/ -]{8,35}[\\])>]?[\\s|-]*)?(?:\\S{1,40}\\s+)?(?:[\\[<(](${names})[\\])>]|(${names}):|(${names.toUpperCase()})\\b)`,
  'i',
);
const thrown =
  /^(?:Traceback \(most recent|Uncaught|(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception)\b\s*:)/;

/** What a line says of how bad it is; null when it says nothing: a word in its middle is no level. */
export function severityOf(text: string): Severity | null {
  if (text.startsWith('{')) {
    const [, named, number] = quoted.exec(text.slice(0, 8192)) ?? [];
    if (named !== undefined) return words[named.toLowerCase()] ?? null;
    return number === undefined ? null : byNumber(Number(number));
  }
  const start = text.slice(0, 400);
  const [, named] = field.exec(start) ?? [];
  if (named !== undefined) return words[named.toLowerCase()] ?? null;
  const [, bracketed, coloned, capital] = placed.exec(start) ?? [];
  const word = bracketed ?? coloned ?? (capital === capital?.toUpperCase() ? capital : undefined);
  if (word !== undefined) return words[word.toLowerCase()] ?? null;
  return thrown.test(start) ? 'error' : null;
}

/** pino and bunyan count from 10 to 60, syslog from 7 down to 0. */
function byNumber(number: number): Severity {
  if (number < 8)
    return number <= 2
      ? 'critical'
      : ((['error', 'warning', 'info', 'info', 'debug'] as const)[number - 3] ?? 'debug');
  if (number >= 60) return 'critical';
  if (number >= 50) return 'error';
  if (number >= 40) return 'warning';
  return number >= 30 ? 'info' : 'debug';
}

export function isAtLeast(level: Severity, least: Severity): boolean {
  return severities.indexOf(level) >= severities.indexOf(least);
}
