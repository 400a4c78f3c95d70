export const levels = ['debug', 'info', 'warning', 'error', 'critical'] as const;

export type Level = (typeof levels)[number];

const words: Readonly<Record<string, Level>> = {
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
/** `"level":"error"`, `level=error`. */
const field = new RegExp(`"?\\b(?:level|severity|levelname|lvl)"?\\s*[:=]\\s*"?(${names})\\b`, 'i');
/** pino: `"level":50`. */
const numbered = /"level"\s*:\s*(\d{2})\b/;
/** At its place: behind the time and a name at most, in brackets or capitals, or with a colon behind it. */
const placed = new RegExp(
  `^(?:[\\[(<]?[\\dTZ:.,+/ -]{8,35}[\\])>]?[\\s|-]*)?(?:\\S{1,40}\\s+)?(?:[\\[<(](${names})[\\])>]|(${names}):|(${names.toUpperCase()})\\b)`,
  'i',
);
const thrown =
  /^(?:Traceback \(most recent|Uncaught|(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception)\b\s*:)/;

/** What a line says of how bad it is; null when it says nothing: a word in its middle is no level. */
export function levelOf(text: string): Level | null {
  const start = text.slice(0, 400);
  const [, named] = field.exec(start) ?? [];
  if (named !== undefined) return words[named.toLowerCase()] ?? null;
  const [, number] = numbered.exec(start) ?? [];
  if (number !== undefined) return byNumber(Number(number));
  const [, bracketed, coloned, capital] = placed.exec(start) ?? [];
  const word = bracketed ?? coloned ?? (capital === capital?.toUpperCase() ? capital : undefined);
  if (word !== undefined) return words[word.toLowerCase()] ?? null;
  return thrown.test(start) ? 'error' : null;
}

function byNumber(number: number): Level {
  if (number >= 60) return 'critical';
  if (number >= 50) return 'error';
  if (number >= 40) return 'warning';
  return number >= 30 ? 'info' : 'debug';
}

export function isAtLeast(level: Level, least: Level): boolean {
  return levels.indexOf(level) >= levels.indexOf(least);
}
