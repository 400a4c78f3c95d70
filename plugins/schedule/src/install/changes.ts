import type { Change } from '@om-ops/kit';
import type { PlacedText } from './place.ts';

/** What would change, each with its diff. */
export async function changesOf(texts: readonly PlacedText[]): Promise<Change[]> {
  const changed = texts.filter(({ before, after }) => before !== after);
  if (changed.length === 0) return [];
  const { createTwoFilesPatch } = await import('diff');
  return changed.map(({ what, before, after }): Change => {
    const patch = createTwoFilesPatch(what, what, before ?? '', after ?? '', undefined, undefined, {
      context: 3,
    });
    return {
      kind: before === null ? 'create' : after === null ? 'remove' : 'edit',
      what,
      diff: patch.slice(patch.indexOf('--- ')),
    };
  });
}
