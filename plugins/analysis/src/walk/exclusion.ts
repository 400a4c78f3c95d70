/** Whether an absolute path below the root is left out. */
export type IsExcluded = (path: string, isFolder: boolean) => boolean;

const rememberedPaths = 20_000;

/** The test for gitignore patterns relative to `root`; undefined when there are none. */
export async function exclusion(
  root: string,
  patterns: readonly string[],
): Promise<IsExcluded | undefined> {
  if (patterns.length === 0) return undefined;
  const { default: ignore } = await import('ignore');
  const begin = root.endsWith('/') ? root.length : root.length + 1;
  let matcher = ignore().add([...patterns]);
  let asked = 0;
  return (path, isFolder) => {
    // It remembers every path it was ever asked about.
    if (asked === rememberedPaths) {
      matcher = ignore().add([...patterns]);
      asked = 0;
    }
    asked += 1;
    const relative = path.slice(begin);
    return matcher.ignores(isFolder ? `${relative}/` : relative);
  };
}
