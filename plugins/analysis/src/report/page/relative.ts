/** The path below the analysed folder, as the tables show it; the folder itself is `.`. */
export function relativeTo(root: string, path: string): string {
  if (path === root) return '.';
  const base = root.endsWith('/') ? root : `${root}/`;
  return path.startsWith(base) ? path.slice(base.length) : path;
}
