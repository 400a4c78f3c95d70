/** The known word closest to a mistyped one, or undefined if none is close. */
export async function nearest(word: string, known: Iterable<string>): Promise<string | undefined> {
  const { distance } = await import('fastest-levenshtein');
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 2.5)) + 1;
  for (const candidate of known) {
    const away = distance(word.toLowerCase(), candidate.toLowerCase());
    if (away < bestDistance) [best, bestDistance] = [candidate, away];
  }
  return best;
}
