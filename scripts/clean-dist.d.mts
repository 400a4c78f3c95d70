/** Removes from every dist below `root` what has no source any more. @returns the paths removed, relative to `root` */
export function removeStale(root: string): string[];
