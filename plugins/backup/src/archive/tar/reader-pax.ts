import { TarDamage } from './reader-damage.ts';

/**
 * The records of pax headers: key to value, as bytes, since names may be in any charset. Keys come
 * in the order of the archive; GNU sparse 0.0 repeats them, hence the list.
 */
export type PaxRecords = { key: string; value: Buffer }[];

/**
 * Records are `LENGTH KEY=VALUE\n`, the length counting all of it. `offset` is where they start. The
 * values are views into the bytes.
 */
export function parsePax(bytes: Buffer, offset: number): PaxRecords {
  const records: PaxRecords = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : bytes.toString('latin1', at, space);
    const end = at + Number(digits);
    const equals = bytes.indexOf(0x3d, space);
    const fits =
      /^[1-9]\d{0,9}$/.test(digits) &&
      end <= bytes.length &&
      equals > space + 1 &&
      equals < end &&
      bytes[end - 1] === 0x0a;
    if (!fits) throw new TarDamage('a pax header that does not add up', offset + at);
    records.push({
      key: bytes.toString('utf8', space + 1, equals),
      value: bytes.subarray(equals + 1, end - 1),
    });
    at = end;
  }
  return records;
}

const secondNs = 1_000_000_000n;

/** Decimal seconds, `-1.25` or `1700000000.123456789`, in nanoseconds. */
export function parsePaxTime(text: string): bigint | undefined {
  const parts = /^(-?)(\d{1,18})(?:\.(\d*))?$/.exec(text);
  if (!parts) return undefined;
  const fraction = BigInt((parts[3] ?? '').slice(0, 9).padEnd(9, '0'));
  const ns = BigInt(parts[2] as string) * secondNs + fraction;
  return parts[1] ? -ns : ns;
}
