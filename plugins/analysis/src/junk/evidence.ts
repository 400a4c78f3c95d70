import { isoWithOffset } from '@om-ops/kit';
import type { JunkItem } from '../analysis.ts';
import type { Pace } from '../pace.ts';
import type { Tree } from '../walk/tree.ts';
import type { FoundJunk, JunkFinding } from './find.ts';
import type { OpenPath } from './in-use.ts';
import { lockfiles, type Surroundings } from './surroundings.ts';
import type { TrackedPaths } from './tracked.ts';

/** What is known of a junk item beyond its size; the recommendation depends on it. */
export interface JunkFacts {
  /** Command that brings it back, when something beside it says so. */
  rebuild: string | undefined;
  hasManifest: boolean;
  hasSources: boolean;
  /** It is what its name says: a virtual environment with its pyvenv.cfg, a coverage report. */
  isGenuine: boolean;
  holdsRepository: boolean;
  holdsStore: boolean;
  isDeployed: boolean;
  repository: string | undefined;
  trackedFiles: number;
}

export interface JunkWithFacts {
  item: JunkItem;
  facts: JunkFacts;
}

export interface EvidenceSources {
  surroundings: Surroundings;
  openPaths: readonly OpenPath[];
  tracked: TrackedPaths;
  /** Folders that the site is served or run from; absolute. */
  deployed: readonly string[];
  now: Date;
}

const runtimes = /^(node|bun|deno|pm2|python|gunicorn|uvicorn)/i;
const dayMs = 86_400_000;

/** Puts names and evidence to the findings, largest first. */
export async function withEvidence(
  tree: Tree,
  junk: FoundJunk,
  sources: EvidenceSources,
  signal: AbortSignal,
  pace: Pace,
): Promise<JunkWithFacts[]> {
  const paths = junk.findings.map(({ folder, row }) =>
    row === undefined ? tree.folderPath(folder) : tree.filePath(row),
  );
  const repositories = junk.findings.map((finding) => sources.surroundings.repositoryOf(finding));
  const tracked = await trackedFiles(junk.findings, paths, repositories, sources.tracked, signal);
  const users = usersByPath(sources.openPaths, paths, junk.findings);
  const described: JunkWithFacts[] = [];
  for (const [at, finding] of junk.findings.entries()) {
    if ((at & 0x3ff) === 0) await pace.turn();
    const path = paths[at]!;
    const counted = tracked.get(at);
    const facts: JunkFacts = {
      ...surroundingFacts(finding, sources.surroundings),
      holdsRepository: sources.surroundings.holdRepositories.has(at),
      holdsStore: sources.surroundings.holdStores.has(at),
      isDeployed: sources.deployed.some(
        (folder) => `${folder}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${folder}/`),
      ),
      repository: repositories[at],
      trackedFiles: counted === 'unknown' ? 0 : (counted ?? 0),
    };
    const user = users.get(at);
    const item: JunkItem = {
      category: finding.category,
      path,
      bytes: finding.bytes,
      files: finding.files,
      diskBytes: finding.diskBytes,
      reclaimableBytes: finding.reclaimableBytes,
      modified: isoWithOffset(new Date(finding.modified)),
      evidence: [],
      ...(facts.repository === undefined || finding.category === '.git'
        ? {}
        : { tracked: counted === 'unknown' ? 'unknown' : facts.trackedFiles > 0 ? 'yes' : 'no' }),
      ...(user === undefined ? {} : { inUse: true }),
    };
    item.evidence = phrases(item, finding, facts, user, sources);
    described.push({ item, facts });
  }
  return described.sort(
    (one, another) =>
      another.item.bytes - one.item.bytes || (one.item.path < another.item.path ? -1 : 1),
  );
}

function surroundingFacts(
  { category, folder, row }: JunkFinding,
  { namesIn, hasSources, parentOf }: Surroundings,
): Pick<JunkFacts, 'rebuild' | 'hasManifest' | 'hasSources' | 'isGenuine'> {
  if (row !== undefined)
    return { rebuild: undefined, hasManifest: false, hasSources: false, isGenuine: true };
  const inside = namesIn(folder);
  const beside = namesIn(parentOf(folder));
  const isPython = category === '.venv';
  const manifests = isPython ? ['requirements.txt', 'pyproject.toml', 'Pipfile'] : ['package.json'];
  const lockfile = Object.keys(lockfiles).find((name) => beside.has(name));
  const hasManifest = manifests.some((name) => beside.has(name));
  return {
    hasManifest,
    hasSources: hasSources(parentOf(folder)),
    rebuild:
      category === 'node_modules'
        ? lockfile === undefined
          ? hasManifest
            ? 'npm install'
            : undefined
          : lockfiles[lockfile]
        : (category === 'dist' || category === 'build') && hasManifest
          ? 'npm run build'
          : undefined,
    isGenuine:
      category === '.venv'
        ? inside.has('pyvenv.cfg')
        : category === 'coverage'
          ? inside.has('lcov.info') || inside.has('coverage-final.json')
          : true,
  };
}

function phrases(
  item: JunkItem,
  finding: JunkFinding,
  facts: JunkFacts,
  user: OpenPath | undefined,
  { surroundings, now }: EvidenceSources,
): string[] {
  const said: string[] = [];
  if (finding.row === undefined) {
    for (const name of surroundings.namesIn(surroundings.parentOf(finding.folder)))
      said.push(`${name} beside it`);
    for (const name of surroundings.namesIn(finding.folder))
      if (name !== 'package.json') said.push(`${name} in it`);
    if (facts.hasSources && (item.category === 'dist' || item.category === 'build'))
      said.push('source folders beside it');
  }
  if (item.tracked === 'yes')
    said.push(
      finding.row === undefined ? `tracked by git (${facts.trackedFiles} files)` : 'tracked by git',
    );
  if (item.tracked === 'no') said.push('not tracked by git');
  if (item.tracked === 'unknown') said.push('git could not say whether it is tracked');
  if (user !== undefined) said.push(`in use by ${user.program} (pid ${user.pid})`);
  if (facts.isDeployed) said.push('the site is run or served from it');
  if (facts.holdsRepository) said.push('holds a git repository');
  if (facts.holdsStore) said.push('holds a pnpm store');
  if (item.reclaimableBytes < item.diskBytes)
    said.push('shares files with other places by hard links');
  said.push(age(now.getTime() - finding.modified, finding.row === undefined));
  return said;
}

function age(ms: number, isFolder: boolean): string {
  const days = Math.max(0, Math.floor(ms / dayMs));
  const when = days === 0 ? 'today' : days === 1 ? 'yesterday' : `${days} days ago`;
  return `${isFolder ? 'newest file' : 'last'} modified ${when}`;
}

/** How many tracked files each finding has, asking each repository once. */
async function trackedFiles(
  findings: readonly JunkFinding[],
  paths: readonly string[],
  repositories: readonly (string | undefined)[],
  tracked: TrackedPaths,
  signal: AbortSignal,
): Promise<Map<number, number | 'unknown'>> {
  const counts = new Map<number, number | 'unknown'>();
  const byRepository = new Map<string, Map<string, number>>();
  for (const [at, repository] of repositories.entries()) {
    // git tracks nothing in its own folder.
    if (repository === undefined || findings[at]!.category === '.git') continue;
    const known = byRepository.get(repository) ?? new Map<string, number>();
    known.set(paths[at]!, at);
    byRepository.set(repository, known);
  }
  for (const [repository, known] of byRepository) {
    const prefix = repository.endsWith('/') ? repository : `${repository}/`;
    const answered = await tracked(
      repository,
      (path) => {
        const full = prefix + path;
        // The outermost junk that holds the file is the one that was found.
        for (let end = full.indexOf('/', prefix.length); ; end = full.indexOf('/', end + 1)) {
          const at = known.get(end < 0 ? full : full.slice(0, end));
          if (at !== undefined) {
            counts.set(at, Number(counts.get(at) ?? 0) + 1);
            return;
          }
          if (end < 0) return;
        }
      },
      signal,
    );
    if (!answered) for (const at of known.values()) counts.set(at, 'unknown');
  }
  return counts;
}

/** The first process that has to do with each finding. */
function usersByPath(
  openPaths: readonly OpenPath[],
  paths: readonly string[],
  findings: readonly JunkFinding[],
): Map<number, OpenPath> {
  const users = new Map<number, OpenPath>();
  const byPath = new Map(paths.map((path, at) => [path, at]));
  for (const open of openPaths)
    for (let path = open.path; ; path = path.slice(0, path.lastIndexOf('/'))) {
      const at = byPath.get(path);
      if (at !== undefined && !users.has(at)) users.set(at, open);
      // A program run from a folder uses the packages and the environment beside it.
      if (runtimes.test(open.program))
        for (const name of ['node_modules', '.venv']) {
          const beside = byPath.get(`${path}/${name}`);
          if (beside !== undefined && findings[beside]!.row === undefined && !users.has(beside))
            users.set(beside, open);
        }
      if (path === '') break;
    }
  return users;
}
