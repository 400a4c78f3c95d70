import type { KeyState } from './alert.ts';

/** What is bad, or going to be: a child of it is not told of. */
export function isBadOrPending({ alert, bad }: KeyState): boolean {
  return alert?.phase === 'firing' || bad.warning > 0;
}

/** Of each bad key the nearest bad one that it hangs on. Those that hang on each other hold nobody. */
export function heldKeys(
  keys: ReadonlyMap<string, KeyState>,
  parentsOf: (state: KeyState) => readonly string[],
): Map<string, string> {
  const bad = new Map<string, readonly string[]>();
  for (const [key, state] of keys) {
    if (!isBadOrPending(state)) continue;
    bad.set(key, parentsOf(state));
  }
  const held = new Map<string, string>();
  for (const [key, parents] of bad) {
    const parent = parents.find(
      (each) => each !== key && bad.has(each) && !reaches(each, key, bad),
    );
    if (parent !== undefined) held.set(key, parent);
  }
  return held;
}

/** Whether `from` hangs on `to`, over however many others. */
function reaches(from: string, to: string, bad: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (key === to) return true;
    if (seen.has(key)) continue;
    seen.add(key);
    open.push(...(bad.get(key) ?? []));
  }
  return false;
}

/** The last one of a chain of held ones: what they all come of. */
export function rootOf(key: string, held: ReadonlyMap<string, string>): string {
  let root = key;
  for (let parent = held.get(root); parent !== undefined; parent = held.get(root)) root = parent;
  return root;
}
