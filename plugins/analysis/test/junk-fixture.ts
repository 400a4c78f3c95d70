import assert from 'node:assert/strict';
import { silentProgress } from '@om-ops/kit';
import type { JunkItem } from '../src/analysis.ts';
import type { ProcessUses } from '../src/junk/in-use.ts';
import { type JunkOptions, type JunkReport, reportJunk } from '../src/junk/junk.ts';
import { inventoryOf } from './tree-fixture.ts';

export const noUses: ProcessUses = { paths: [], hidden: [], isComplete: true };

export async function junkOf(
  folder: string,
  options: Partial<JunkOptions> = {},
): Promise<JunkReport> {
  const { tree, ...inventory } = await inventoryOf(folder);
  return reportJunk(
    tree,
    inventory,
    {
      largeBytes: 1_000_000,
      now: new Date(),
      tracked: async () => false,
      openPaths: async () => noUses,
      ...options,
    },
    silentProgress(),
  );
}

export function itemAt({ junk }: JunkReport, path: string): JunkItem {
  const item = junk.items.find((each) => each.path === path);
  assert.ok(item, `${path} is junk`);
  return item;
}
