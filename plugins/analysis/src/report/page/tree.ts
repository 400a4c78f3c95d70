import type { TreeNode as MapNode } from '@om-ops/kit/page';
import type { JunkItem } from '../../analysis.ts';
import type { TreeNode } from '../types.ts';

/** The folders of a run as the treemap wants them, junk flagged; null for nothing. */
export function treeOf(
  path: string,
  nodes: readonly TreeNode[],
  junk: readonly JunkItem[],
): MapNode | null {
  const flagged = new Set(junk.map((item) => item.path));
  const made: (MapNode & { children: MapNode[] })[] = [];
  for (const [at, { parent, name, bytes }] of nodes.entries()) {
    const above = at === 0 ? undefined : made[parent];
    const id = above === undefined ? path : `${above.id.replace(/\/$/, '')}/${name}`;
    const shown = above === undefined ? (path.split('/').findLast(Boolean) ?? path) : name;
    // What lies in junk is junk: the outermost folder alone would lose its hatching when opened.
    const flag = flagged.has(id) || above?.flag === 'junk' ? 'junk' : undefined;
    const node = { id, name: shown, bytes, flag, children: [] };
    made.push(node);
    above?.children.push(node);
  }
  const root = made[0];
  return root && root.bytes > 0 ? root : null;
}
