/**
 * Many paths in little room: each is the number of characters it shares with the one before it,
 * and the rest. Sorted lists pack best, but any order survives.
 */
export interface PackedPaths {
  shared: number[];
  /** The rests, joined by NUL, which no path can hold. */
  rest: string;
}

export function packPaths(paths: readonly string[]): PackedPaths {
  const shared: number[] = [];
  const rests: string[] = [];
  let before = '';
  for (const path of paths) {
    const most = Math.min(before.length, path.length);
    let same = 0;
    while (same < most && before.charCodeAt(same) === path.charCodeAt(same)) same++;
    // A cut between the halves of a surrogate pair would leave both rests unpaired.
    if (same > 0 && (path.charCodeAt(same - 1) & 0xfc00) === 0xd800) same--;
    shared.push(same);
    rests.push(path.slice(same));
    before = path;
  }
  return { shared, rest: rests.join('\0') };
}

export function unpackPaths(packed: PackedPaths): string[] {
  if (packed.shared.length === 0) return [];
  let before = '';
  return packed.rest.split('\0').map((rest, index) => {
    before = before.slice(0, packed.shared[index]) + rest;
    return before;
  });
}
