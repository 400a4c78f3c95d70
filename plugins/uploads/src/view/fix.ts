import { plural, printableName } from '@om-ops/kit/text';
import type { FixResult } from '../commands/uploads/fix.ts';

const heads: Readonly<Record<FixResult['outcome'], string>> = {
  planned: 'Would be done (nothing was changed):',
  unchanged: 'Every upload folder is there, with owner and mode as they should be.',
  applied: 'Done:',
  undone: 'Everything is as it was before. It was to be:',
  partial: 'Some of this was done:',
};

export function fixText({ outcome, changes, user, owner }: FixResult): string {
  const lines = changes.map(
    ({ kind, what, detail = '' }) =>
      `  ${kind === 'create' ? 'make ' : 'set  '} ${printableName(what)}  ${detail}`,
  );
  const whose = `The application writes as ${user.name}, after ${user.from}; new folders are ${owner}'s.`;
  return [
    whose,
    heads[outcome],
    ...lines,
    ...(outcome === 'applied' ? [`${plural(changes.length, 'folder')} put right.`] : []),
  ].join('\n');
}
