import * as format from '../../text/format.ts';

export { formatCount, formatShare, type Quantity, quantityOfBytes } from '../../text/format.ts';

/** The words of a terminal, with spaces at which no line of a page breaks. */
function unbroken<Args extends unknown[]>(write: (...args: Args) => string) {
  return (...args: Args): string => write(...args).replaceAll(' ', '\u00a0');
}

export const formatBytes = unbroken(format.formatBytes);
export const formatExactBytes = unbroken(format.formatExactBytes);
export const formatDuration = unbroken(format.formatDuration);

/** `1,200 files`: only the number stays with what follows it. */
export function plural(count: number, one: string, many?: string): string {
  return format.plural(count, one, many).replace(' ', '\u00a0');
}
