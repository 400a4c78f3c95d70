/** What an error line is first of all, the five that om-recovery looked for before the rest. */
export const signatures = [
  'MODULE_NOT_FOUND',
  'SyntaxError',
  'ER_BAD_FIELD_ERROR',
  '500',
  'Error:',
  'other',
] as const;

export type Signature = (typeof signatures)[number];

/** Words that only lines hold which may be errors; each hit is then looked at properly. */
export const hint =
  /MODULE_NOT_FOUND|Cannot find (?:module|package)|SyntaxError|ER_BAD_FIELD_ERROR|Unknown column|\b500\b|Error:|\b(?:ERROR|FATAL|CRITICAL|PANIC)\b|[[ ](?:error|fatal)\]|"level":\s?(?:"(?:error|fatal)"|[56]0\b)|\bUnhandled|\bE(?:CONNREFUSED|CONNRESET|ADDRINUSE|ACCES|MFILE|NOSPC|PIPE)\b|out of memory/g;

/** 500 as an answer of HTTP, and not as a number of rows or milliseconds. */
const answers500 =
  /"\s500\s|HTTP\/[\d.]+"?\s+500\b|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+\S+\s+(?:HTTP\/\S+\s+)?(?:(?:→|->|=>|-)\s*)?(?:\x1b\[[\d;]*m)*500\b|\bstatus(?:[ _]?code)?["']?\s*(?:[:=]|is|of)?\s*["']?500\b|\b(?:with|returned|responded|answered|replied|code)\s+(?:status\s+)?500\b|\b500\s+(?:Internal|\(Internal|Server Error)/i;

const rest =
  /\b(?:ERROR|FATAL|CRITICAL|PANIC)\b|[[ ](?:error|fatal)\]|"level":\s?(?:"(?:error|fatal)"|[56]0\b)|\bUnhandled|\bE(?:CONNREFUSED|CONNRESET|ADDRINUSE|ACCES|MFILE|NOSPC|PIPE)\b|out of memory/;

/** Undefined for a line that is no error. */
export function signatureOf(line: string): Signature | undefined {
  if (/MODULE_NOT_FOUND|Cannot find (?:module|package) /.test(line)) return 'MODULE_NOT_FOUND';
  if (line.includes('SyntaxError')) return 'SyntaxError';
  if (/ER_BAD_FIELD_ERROR|Unknown column '/.test(line)) return 'ER_BAD_FIELD_ERROR';
  if (line.includes('500') && answers500.test(line)) return '500';
  if (line.includes('Error:')) return 'Error:';
  return rest.test(line) ? 'other' : undefined;
}

/** How a line begins that goes on with the error above: an indented property, the end of an object, what Node says of a module. */
const detail = /^(?:[\s}\])]|- |Require stack:)/;
/** The begin of any other line. */
const otherLine = /\n(?![\s}\])]|- |Require stack:|$)/;

/** Whether a line below an error belongs to it. */
export function isDetail(line: string): boolean {
  return detail.test(line);
}

/** Whether text behind the end of a line holds a line that is no detail of it. */
export function holdsOther(text: string): boolean {
  return otherLine.test(text);
}

const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const time =
  String.raw`\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:\s?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?` +
  String.raw`|\d\d\/${month}\/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?` +
  String.raw`|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:${month} +\d{1,2}|\d{1,2} ${month})(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d+)?(?: (?:GMT|UTC))?(?:[+-]\d{4})?`;
const anyTime = new RegExp(time, 'g');
const firstTime = new RegExp(`(?:${time})|"(?:time|timestamp|ts)":\\s?(\\d{10,13})`);

/**
 * What lines of the same error have in common: without times, ids, numbers, addresses and quoted values.
 * For a line of JSON, of what it says.
 */
export function messageOf(line: string): string {
  const said = line.startsWith('{') ? (saidInJson(line) ?? line) : line;
  return said
    .slice(0, 1000)
    .replace(/\x1b\[[\d;]*m/g, '')
    .replace(anyTime, ' ')
    .replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)\]]+/gi, '<address>')
    .replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '<address>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>')
    .replace(/(["'`])(?:(?!\1)[^\\]|\\.){0,400}?\1/g, '$1…$1')
    .replace(
      /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}(?![\w:])/gi,
      '<address>',
    )
    .replace(
      /\b(?=[a-z]*\d)(?=\d*[a-z])[0-9a-f]{8,}\b|\b(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}\b/gi,
      '<id>',
    )
    .replace(
      /\b(?:0x[0-9a-f]+|\d[\d.,]*)(?=ms\b|s\b|[kKMG]?i?B\b|%|\b)|(?<=[A-Za-z_])\d{2,}\b/g,
      '<n>',
    )
    .replace(/^(?:[\s|:\-–[\](),.]|<n>)+/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 240);
}

function saidInJson(line: string): string | undefined {
  try {
    const { level, msg, message, err, error } = JSON.parse(line) as Record<string, unknown>;
    const inner = typeof err === 'object' && err !== null ? err : error;
    const {
      type,
      name,
      message: why,
    } = (typeof inner === 'object' && inner !== null ? inner : {}) as Record<string, unknown>;
    const texts = [
      typeof level === 'string' ? level : undefined,
      type ?? name,
      why ?? (typeof inner === 'string' ? inner : undefined),
      msg ?? message,
    ].filter((one) => typeof one === 'string' && one !== '');
    return texts.length === 0 ? undefined : [...new Set(texts)].join(': ');
  } catch {
    return undefined;
  }
}

/** When a line was written, in milliseconds since 1970; undefined when it does not say. Without a zone: this machine's. */
export function timeOf(line: string): number | undefined {
  const match = firstTime.exec(line.slice(0, 2000));
  if (match === null) return undefined;
  if (match[1] !== undefined) return Number(match[1]) * (match[1].length > 10 ? 1 : 1000);
  const text = match[0]
    .replace(/^(\d{4})\/(\d\d)\/(\d\d)/, '$1-$2-$3')
    .replace(/^(\d\d)\/(\w{3})\/(\d{4}):/, '$1 $2 $3 ')
    .replace(',', '.')
    .replace(/^(\d{4}-\d\d-\d\d) /, '$1T')
    .replace(/^(\d{4}-\d\d-\d\dT\S+)\s?(?:UTC|GMT)$/, '$1Z')
    .replace(/^(\d{4}-\d\d-\d\dT\S*?)\s?([+-]\d\d):?(\d\d)$/, '$1$2:$3');
  const ms = Date.parse(/\d{4}/.test(text) ? text : `${text} ${new Date().getFullYear()}`);
  return Number.isNaN(ms) ? undefined : ms;
}
