import picomatch from 'picomatch';
import { selectionOf } from '../archive/extract/selection.ts';
import type { Skipped } from '../archive/tree/skipped.ts';
import { leftOutText } from '../catalog/lacks.ts';
import type { RestoreSource } from './source.ts';

/**
 * What is missing in what comes out because it was missing when the backup was made: sentences.
 *
 * @param only the patterns of what is restored; all of it when empty
 */
export function lackingIn(
  { archive, sidecar, doubt, whole }: RestoreSource,
  only: readonly string[],
): string[] {
  const skipped = (sidecar?.skipped ?? []).filter((one) => concerns(one, only));
  const left = leftOutText(skipped);
  const lacks = [...(left === undefined ? [] : [left]), ...(doubt === undefined ? [] : [doubt])];
  if (lacks.length === 0) return [];
  const older = whole === undefined ? '' : ` The last complete one: om-ops backup restore ${whole}`;
  return [`${archive} is not complete. ${lacks.join(' ')}${older}`];
}

/** Whether something left out is, or may have below it, what a pattern asks for. */
function concerns({ path }: Skipped, only: readonly string[]): boolean {
  if (only.length === 0 || path === '.' || selectionOf(only).has(Buffer.from(path))) return true;
  return only.some((pattern) => {
    const { base, isGlob } = picomatch.scan(pattern.replace(/^(?:\.\/+)+/, ''));
    return base === '' || base.startsWith(`${path}/`) || (isGlob && path.startsWith(`${base}/`));
  });
}
