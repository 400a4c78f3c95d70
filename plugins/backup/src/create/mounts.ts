import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { bytesPath } from '../archive/tree/bytes-path.ts';
import { Exclusions } from '../archive/tree/exclude.ts';

/** File systems that hold no files of anybody, or come and go by themselves. */
const passing = /^(?:proc|sysfs|cgroup2?|devpts|devtmpfs|mqueue|nsfs|autofs|binfmt_misc)$/;
/** A sidecar is no place for the mounts of a container host. */
const most = 50;

/**
 * The mount points a folder lies on and has below it, as far as they are in the backup: when one is
 * gone at the next run, what is missing is missing because of that. `/` is none.
 */
export function mountsOf(
  source: string,
  { exclude, excludePaths }: { exclude: readonly string[]; excludePaths: readonly string[] },
): string[] {
  let points: string[];
  let folder: string;
  try {
    folder = realpathSync(source);
    points = mountPoints(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    return [];
  }
  const exclusions = new Exclusions(exclude);
  const isIn = (path: string, above: string) =>
    path === above || path.startsWith(above === '/' ? '/' : `${above}/`);
  const below = points.filter(
    (point) =>
      point !== folder &&
      isIn(point, folder) &&
      !excludePaths.some((excluded) => isIn(point, excluded)) &&
      !isExcluded(point.slice(folder === '/' ? 1 : folder.length + 1), exclusions),
  );
  const [at] = points
    .filter((point) => isIn(folder, point))
    .sort((one, other) => other.length - one.length);
  const all = at === undefined || at === '/' ? below : [at, ...below];
  return [...new Set(all)].sort().slice(0, most);
}

function isExcluded(path: string, exclusions: Exclusions): boolean {
  let at = '';
  return path.split('/').some((name) => {
    at = join(at, name);
    return exclusions.pattern(bytesPath(at), bytesPath(name), true) !== undefined;
  });
}

function mountPoints(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const point = before.split(' ')[4];
    if (point === undefined || passing.test(after.split(' ')[0] ?? '')) return [];
    return point.replace(/\\([0-7]{3})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    );
  });
}
