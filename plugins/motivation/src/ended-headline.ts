/** A headline as it is read: with a full stop, unless it ends with a mark of its own. */
export function endedHeadline(headline: string): string {
  return /[.!?…]$/.test(headline) ? headline : `${headline}.`;
}
