/** What can be backed up, in the order `--all` goes through it. */
export const categories = [
  'prod',
  'server',
  'front-end',
  'images',
  'nginx',
  'config',
  'database',
] as const;

export type Category = (typeof categories)[number];

/** Categories that are a folder of the site, archived as it is. */
export type TreeCategory = Exclude<Category, 'config' | 'database'>;

export function isTreeCategory(category: Category): category is TreeCategory {
  return category !== 'config' && category !== 'database';
}

/** What stands before the time in a backup's name. */
export function prefixOf(category: Category): string {
  return category === 'database' ? 'db' : category;
}

/** The seed's exclusions for backups of code. A name matches one whole path segment; a trailing `/` means folders only. */
export const codeExclusions: readonly string[] = [
  'node_modules/',
  // What `build` keeps for the way back, and what it builds beside.
  '.om-ops-build/',
  '.om-ops-next-*/',
  'dist/',
  'build/',
  '.vite/',
  '.cache/',
  '.tmp/',
  'logs/',
  '*.log',
  '.git/',
  '_cursor_session_backup/',
  '.venv*',
];

/** Those of them that are names of source folders as well: what git tracks in one is no output. */
export const outputExclusions: readonly string[] = ['dist/', 'build/', 'logs/'];

/** Never in an archive of a folder, whatever the category: they hold the secrets. */
export const secretExclusions: readonly string[] = ['.env*'];

/** Whether the built-in exclusions hold for a category: they are about code, not about images or nginx. */
export function isCode(category: TreeCategory): boolean {
  return category === 'prod' || category === 'server' || category === 'front-end';
}
