import type { TreeNode } from '../index.ts';
import type { GalleryFile } from './data.ts';

/** Folders of folders from the paths, as deep as they go. */
export function treeOf(files: readonly GalleryFile[]): TreeNode {
  const root: TreeNode & { children: TreeNode[] } = {
    id: '.',
    name: 'prod',
    bytes: 0,
    children: [],
  };
  const folders = new Map<string, TreeNode & { children: TreeNode[] }>([['', root]]);
  for (const { path, bytes } of files) {
    root.bytes += bytes;
    let above = root;
    const names = path.split('/');
    for (const [depth, name] of names.slice(0, -1).entries()) {
      const id = names.slice(0, depth + 1).join('/');
      let folder = folders.get(id);
      if (!folder) {
        const flag = name === 'node_modules' ? 'junk' : undefined;
        folder = { id, name, bytes: 0, children: [], flag };
        folders.set(id, folder);
        above.children.push(folder);
      }
      folder.bytes += bytes;
      above = folder;
    }
    above.children.push({ id: path, name: names.at(-1) ?? path, bytes });
  }
  return root;
}
