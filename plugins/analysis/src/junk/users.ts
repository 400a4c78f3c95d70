import type { FoundJunk } from './find.ts';
import type { OpenPath } from './in-use.ts';

const runtimes =
  /^(node|bun|deno|pm2|npm|npx|pnpm|yarn|next-server|python|gunicorn|uvicorn|MainThread)/i;

/** True for a program that loads packages from folders around its script. */
export function isRuntime(program: string): boolean {
  return runtimes.test(program);
}

// Of what lies beside the script or above: the packages, the environment, and what a server serves.
const besides = ['node_modules', '.venv', 'dist', 'build'];
const strength = { none: 0, end: 1, anywhere: 2 };

/**
 * The process that has to do with each finding; of several, one that writes to it.
 *
 * @param paths real paths of the findings
 */
export function usersByPath(
  openPaths: readonly OpenPath[],
  paths: readonly string[],
  findings: FoundJunk['findings'],
): Map<number, OpenPath> {
  const users = new Map<number, OpenPath>();
  const byPath = new Map(paths.map((path, at) => [path, at]));
  const use = (at: number | undefined, open: OpenPath): void => {
    if (at === undefined) return;
    const known = users.get(at);
    if (known === undefined || strength[open.writes ?? 'none'] > strength[known.writes ?? 'none'])
      users.set(at, open);
  };
  for (const open of openPaths)
    for (let path = open.path; ; path = path.slice(0, path.lastIndexOf('/'))) {
      use(byPath.get(path), open);
      if (isRuntime(open.program))
        for (const name of besides) {
          const beside = byPath.get(`${path}/${name}`);
          if (beside !== undefined && findings[beside]!.row === undefined) use(beside, open);
        }
      if (path === '') break;
    }
  return users;
}
