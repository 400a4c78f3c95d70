import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
  plural,
  printableName,
  styleFor,
} from '@om-ops/kit/text';
import { isTreeCategory } from '../categories.ts';
import type { MadeBackup } from '../create/backup.ts';
import type { CategoryPlan } from '../create/plan.ts';
import type { NotHeld } from '../not-held.ts';
import type { PruneResult } from '../retention/prune.ts';
import { pruneText } from './prune.ts';

interface RunView {
  backups: readonly MadeBackup[];
  planned?: readonly CategoryPlan[];
  pruned?: PruneResult;
  notHeld?: readonly NotHeld[];
}

/** What was made, or would be. */
export function runText(result: RunView): string {
  const { pruned } = result;
  const deleted = pruned === undefined ? [] : [pruneText(pruned)];
  if (result.planned !== undefined)
    return [...planText(result.planned, result.notHeld ?? []), ...deleted].join('\n\n');
  const parts: string[] = [];
  if (result.backups.length > 0) parts.push(madeTable(result.backups));
  const skipped = result.backups.flatMap(({ category, skipped }) =>
    skipped.map(({ path, reason }) => `  ${category}: ${printableName(path)} (${reason})`),
  );
  if (skipped.length > 0) {
    const shown = skipped.slice(0, 20);
    const rest = skipped.length - shown.length;
    parts.push(
      `Not archived as they are:\n${shown.join('\n')}${rest > 0 ? `\n  … ${formatCount(rest)} more, in the sidecars` : ''}`,
    );
  }
  const leftOut = result.backups.flatMap(({ category, leftOut }) =>
    leftOut.length === 0 ? [] : [`  ${category}: ${someOf(leftOut)}`],
  );
  if (leftOut.length > 0)
    parts.push(`Left out as output or tools, by default:\n${leftOut.join('\n')}`);
  if (result.backups.length > 0) {
    parts.push(`Prove ${result.backups.length === 1 ? 'it' : 'them'}: om-ops backup verify`);
  }
  return [...parts, ...deleted].join('\n\n');
}

function someOf(paths: readonly string[]): string {
  const shown = paths.slice(0, 12).map(printableName).join(', ');
  return paths.length > 12 ? `${shown} and ${formatCount(paths.length - 12)} more` : shown;
}

function madeTable(backups: readonly MadeBackup[]): string {
  return formatTable<MadeBackup>(
    [
      { head: 'CATEGORY', cell: ({ category }) => category },
      { head: 'SIZE', cell: ({ bytes }) => formatBytes(bytes), align: 'right' },
      { head: 'OF', cell: ({ sourceBytes }) => formatBytes(sourceBytes), align: 'right' },
      { head: 'FILES', cell: ({ files }) => formatCount(files), align: 'right' },
      { head: 'TIME', cell: ({ seconds }) => formatDuration(seconds * 1000), align: 'right' },
      { head: 'BACKUP', cell: ({ path }) => path },
    ],
    backups,
  );
}

function planText(plans: readonly CategoryPlan[], notHeld: readonly NotHeld[]): string[] {
  const style = styleFor(process.stdout);
  const folders = (head: string, list: CategoryPlan['included']) =>
    list.length === 0
      ? []
      : [
          `  ${head}`,
          ...list.map(
            ({ path, bytes, files }) =>
              `    ${formatBytes(bytes).padStart(9)}  ${path === '.' ? '(top level)' : printableName(path)}${files > 0 ? ` (${plural(files, 'file')})` : ''}`,
          ),
        ];
  const blocks = plans.map((plan) =>
    [
      `${style.bold(plan.category)}: would write ${plan.path}`,
      `  from ${plan.source}: ${formatBytes(plan.sourceBytes)} in ${plural(plan.files, 'file')}; ${plan.room === undefined ? '' : `takes some ${formatBytes(plan.room.likely)}, `}${formatBytes(plan.freeBytes)} free`,
      ...folders(isTreeCategory(plan.category) ? 'biggest folders in it' : 'in it', plan.included),
      ...folders('biggest that stay out', plan.excluded),
      ...plan.notes.map((note) => `  ${note}`),
    ].join('\n'),
  );
  const held = notHeld.map(
    ({ what, where, advice }) =>
      // On a line of its own: after a colon it would be taken for the value of what the line speaks of.
      `  ${what}${where.length === 0 ? '' : ` (${where.map(printableName).join(', ')})`}\n      ${advice}`,
  );
  return [
    ...blocks,
    ...(held.length === 0 ? [] : [`In none of these backups:\n${held.join('\n')}`]),
    'Nothing was changed: this was a dry run.',
  ];
}
