const leading =
  /^[[(]?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?/;
/** nginx' errors: `2026/11/25 16:21:09 [error] …`. */
const slashed = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d)\b/;
/** Access logs: `10.0.0.1 - - [25/Nov/2026:16:21:09 +0000] "GET …`. */
const combined =
  /^\S+ \S+ .{0,80}?\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})\]/;
/** syslog: `Nov 25 16:21:09 host …`, without a year. */
const yearless = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d) /;
const inJson =
  /"(?:timestamp|time|ts|@timestamp)"\s*:\s*(?:"([^"]{10,40})"|(\d{10}(?:\.\d+)?|\d{13})\b)/;

/** When a line was written, in ms since 1970, if it says so at its begin or as JSON; a time without a zone is this machine's. */
export function logTimeOf(line: string): number | undefined {
  const start = line.slice(0, 400);
  const found = leading.exec(start);
  if (found !== null) {
    const [, day, time, fraction, zone = ''] = found;
    const ms = fraction === undefined ? '' : `.${fraction.slice(0, 3).padEnd(3, '0')}`;
    const at = Date.parse(`${day}T${time}${ms}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2')}`);
    return Number.isNaN(at) ? undefined : at;
  }
  if (start.startsWith('{')) {
    const [, text, number] = inJson.exec(start) ?? [];
    if (number !== undefined) return Number(number) * (number.length === 13 ? 1 : 1000);
    return text === undefined ? undefined : logTimeOf(text);
  }
  return otherTimeOf(start);
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function otherTimeOf(start: string): number | undefined {
  const slashes = slashed.exec(start);
  if (slashes !== null) {
    const [, year, month, day, time] = slashes;
    return valid(Date.parse(`${year}-${month}-${day}T${time}`));
  }
  const access = combined.exec(start);
  if (access !== null) {
    const [, day, name = '', year, time, zone = ''] = access;
    const month = String(months.indexOf(name) + 1).padStart(2, '0');
    return valid(Date.parse(`${year}-${month}-${day}T${time}${zone.slice(0, 3)}:${zone.slice(3)}`));
  }
  const sys = yearless.exec(start);
  if (sys === null) return undefined;
  const [, name = '', day = '', time] = sys;
  const month = String(months.indexOf(name) + 1).padStart(2, '0');
  const now = new Date();
  const at = valid(Date.parse(`${now.getFullYear()}-${month}-${day.padStart(2, '0')}T${time}`));
  // In January, December was last year.
  return at !== undefined && at > now.getTime() + 86_400_000 ? at - 365 * 86_400_000 : at;
}

function valid(at: number): number | undefined {
  return Number.isNaN(at) ? undefined : at;
}
