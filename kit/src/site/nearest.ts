/** The known word closest to a mistyped one, or undefined if none is close. */
export async function nearest(word: string, known: Iterable<string>): Promise<string | undefined> {
  const { distance } = await import('fastest-levenshtein');
  const typed = word.toLowerCase();
  const farthest = Math.max(Math.min(2, typed.length - 1), Math.floor(typed.length / 2.5));
  let best: string | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const meant = candidate.toLowerCase();
    // A pair of letters that changed places is one mistake.
    const turned = turnedPairs(typed).map((one) => distance(one, meant) + 1);
    // `--dedupe` for `--dedupe-mode`, `warning` for `warn`.
    const isPart = typed.length >= 3 && (meant.startsWith(typed) || typed.startsWith(meant));
    const away = Math.min(distance(typed, meant), ...turned, ...(isPart ? [1] : []));
    if (away > farthest) continue;
    // Of two equally far, a word of the same length is likelier: letters swap more often than they vanish.
    const score = away + Math.abs(candidate.length - word.length) / 100;
    if (score < bestScore) [best, bestScore] = [candidate, score];
  }
  return best;
}

function turnedPairs(word: string): string[] {
  const found: string[] = [];
  for (let at = 0; at + 1 < Math.min(word.length, 40); at += 1)
    if (word[at] !== word[at + 1])
      found.push(`${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`);
  return found;
}
