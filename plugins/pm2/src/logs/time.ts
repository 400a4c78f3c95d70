const leading =
  /^[[(]?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?/;
const inJson =
  /"(?:timestamp|time|ts|@timestamp)"\s*:\s*(?:"([^"]{10,40})"|(\d{10}(?:\.\d+)?|\d{13})\b)/;

/** When a line was written, in ms since 1970, if it says so at its begin or as JSON; a time without a zone is this machine's. */
export function timeOf(line: string): number | undefined {
  const start = line.slice(0, 400);
  const found = leading.exec(start);
  if (found !== null) {
    const [, day, time, fraction, zone = ''] = found;
    const ms = fraction === undefined ? '' : `.${fraction.slice(0, 3).padEnd(3, '0')}`;
    const at = Date.parse(`${day}T${time}${ms}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2')}`);
    return Number.isNaN(at) ? undefined : at;
  }
  if (!start.startsWith('{')) return undefined;
  const [, text, number] = inJson.exec(start) ?? [];
  if (number !== undefined) return Number(number) * (number.length === 13 ? 1 : 1000);
  return text === undefined ? undefined : (timeOf(text) ?? undefined);
}
