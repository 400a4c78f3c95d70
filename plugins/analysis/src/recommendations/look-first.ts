import type { Recommendation } from '../analysis.ts';

/** Commands that do it, and neither only show something nor ask for each file. */
const doing = /^(rm (-rf )?-- |truncate |git -C .* gc$|pnpm store prune$)/s;

/**
 * Tells what can go from what has to be looked at first: a command removes without a question only
 * where something proves that the item is made again or that nothing needs it. What is to be looked
 * at promises no bytes, and is called unneeded by nobody.
 */
export function withLook({
  kind,
  path,
  bytes,
  why,
  command,
}: Omit<Recommendation, 'look'>): Recommendation {
  const look = !doing.test(command);
  return {
    kind: look && kind === 'unneeded' ? 'look-first' : kind,
    path,
    bytes: look ? 0 : bytes,
    why,
    command,
    look,
  };
}
