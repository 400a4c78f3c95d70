/** The known word closest to a mistyped one, or undefined if none is close. */
export async function nearest(word: string, known: Iterable<string>): Promise<string | undefined> {
  const { distance } = await import('fastest-levenshtein');
  const farthest = Math.max(2, Math.floor(word.length / 2.5));
  let best: string | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const away = distance(word.toLowerCase(), candidate.toLowerCase());
    if (away > farthest) continue;
    // Of two equally far, a word of the same length is likelier: letters swap more often than they vanish.
    const score = away + Math.abs(candidate.length - word.length) / 100;
    if (score < bestScore) [best, bestScore] = [candidate, score];
  }
  return best;
}
