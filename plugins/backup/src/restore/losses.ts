import type { LostKind } from '../archive/extract/attributes.ts';
import type { ExtractResult } from '../archive/extract/extract.ts';

/** What files could not be given, as a sentence. */
export function lossesIn({ target, lost }: ExtractResult): string[] {
  if (lost.length === 0) return [];
  const what = lost.map(({ kind, count }) => `${lostNames[kind]} of ${count}`).join(', ');
  return [`Everything was restored to ${target}, but not all of it as it was: ${what}.`];
}

const lostNames: Record<LostKind, string> = {
  owner: 'the owner',
  mode: 'the mode',
  times: 'the times',
  xattr: 'extended attributes',
  acl: 'the ACL',
  setuid: 'setuid or setgid',
  fifo: 'the FIFO itself',
};
