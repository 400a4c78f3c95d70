import { join } from 'node:path';
import { fitsDate, isoOrNull, type Turns } from '@om-ops/kit';
import type { JunkCategory, JunkItem } from '../analysis.ts';
import { isWithin, realPath } from '../paths/real.ts';
import type { Tree } from '../walk/tree.ts';
import { doubtsOf } from './doubts.ts';
import type { FoundJunk, JunkFinding } from './find.ts';
import type { HiddenProcess, OpenPath, ProcessUses } from './in-use.ts';
import { Manifests, type Rebuild } from './manifest.ts';
import type { Surroundings } from './surroundings.ts';
import type { IgnoredPaths, TrackedPaths } from './tracked.ts';
import { trackedFiles } from './tracked-files.ts';
import { isRuntime, usersByPath } from './users.ts';

/** What is known of a junk item beyond its size; the recommendation depends on it. */
export interface JunkFacts {
  realPath: string;
  /** What brings it back, when something beside it says so. */
  rebuild: Rebuild | undefined;
  hasManifest: boolean;
  hasSources: boolean;
  /** It is what its name says: a virtual environment with its pyvenv.cfg, a coverage report. */
  isGenuine: boolean;
  holdsRepository: boolean;
  holdsStore: boolean;
  isDeployed: boolean;
  /** Why it may be more than its name says: a sentence. */
  doubt: string | undefined;
  /** Real path. */
  repository: string | undefined;
  trackedFiles: number;
  /** git is told to ignore it; looked at only for what a build makes. */
  isIgnored: boolean;
  /** How a process writes to it that has it open. */
  written: OpenPath['writes'];
  /** Nobody knows all programs that may use it: of those of other users one is named, if one is known. */
  unseen: { packages: boolean; by: HiddenProcess | undefined } | undefined;
}

export interface JunkWithFacts {
  item: JunkItem;
  facts: JunkFacts;
}

export interface EvidenceSources {
  surroundings: Surroundings;
  uses: ProcessUses;
  tracked: TrackedPaths;
  ignored: IgnoredPaths;
  /** Folders that the site is served or run from; absolute. */
  deployed: readonly string[];
  /** Folders that must stay, whatever may go of what lies in them; absolute. */
  kept: readonly string[];
  now: Date;
}

const dayMs = 86_400_000;

/** Puts names and evidence to the findings, largest first. */
export async function withEvidence(
  tree: Tree,
  junk: FoundJunk,
  sources: EvidenceSources,
  signal: AbortSignal,
  pace: Turns,
): Promise<JunkWithFacts[]> {
  const paths = junk.findings.map(({ folder, row }) =>
    row === undefined ? tree.folderPath(folder) : tree.filePath(row),
  );
  const shown = tree.folderPath(0);
  const root = realPath(shown);
  // No symlink is followed below it.
  const realPaths = paths.map((path) => join(root, path.slice(shown.length)));
  const repositories = junk.findings.map((finding) => sources.surroundings.repositoryOf(finding));
  const tracking = await trackedFiles(junk.findings, realPaths, repositories, sources, signal);
  const users = usersByPath(sources.uses.paths, realPaths, junk.findings);
  const doubts = await doubtsOf(tree, junk, realPaths, root, pace);
  const isDeployed = deployment(sources);
  const manifests = new Manifests();
  const unseen = unseenUse(sources.uses);
  const described: JunkWithFacts[] = [];
  for (const [at, finding] of junk.findings.entries()) {
    if ((at & 0x3ff) === 0) await pace.turn();
    const path = paths[at]!;
    const counted = tracking.counts.get(at);
    const user = users.get(at);
    const facts: JunkFacts = {
      realPath: realPaths[at]!,
      ...surroundingFacts(tree, finding, sources.surroundings, manifests),
      holdsRepository: sources.surroundings.holdRepositories.has(at),
      holdsStore: sources.surroundings.holdStores.has(at),
      isDeployed: isDeployed(path, realPaths[at]!),
      doubt: doubts.get(at),
      repository: repositories[at],
      trackedFiles: counted === 'unknown' ? 0 : (counted ?? 0),
      isIgnored: tracking.ignored.has(at),
      written: user?.writes,
      unseen,
    };
    const item: JunkItem = {
      category: finding.category,
      path,
      bytes: finding.bytes,
      files: finding.files,
      diskBytes: finding.diskBytes,
      reclaimableBytes: finding.reclaimableBytes,
      modified: isoOrNull(finding.modified),
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

function deployment({
  deployed,
  kept,
}: Pick<EvidenceSources, 'deployed' | 'kept'>): (path: string, real: string) => boolean {
  // As they are called and as they are: a release is reached by a symlink more often than not.
  const withReal = (folders: readonly string[]): string[] => [
    ...new Set(folders.flatMap((folder) => [folder, realPath(folder)])),
  ];
  const running = withReal(deployed);
  const staying = withReal([...deployed, ...kept]);
  return (path, real) =>
    [path, real].some(
      (each) =>
        running.some((folder) => isWithin(each, folder)) ||
        staying.some((folder) => isWithin(folder, each)),
    );
}

function unseenUse({ hidden, isComplete }: ProcessUses): JunkFacts['unseen'] {
  if (isComplete && hidden.length === 0) return undefined;
  const runtime = hidden.find(({ program }) => isRuntime(program));
  return { packages: !isComplete || runtime !== undefined, by: runtime };
}

function surroundingFacts(
  tree: Tree,
  { category, folder, row }: JunkFinding,
  { namesIn, hasSources, hasFolder, parentOf }: Surroundings,
  manifests: Manifests,
): Pick<JunkFacts, 'rebuild' | 'hasManifest' | 'hasSources' | 'isGenuine'> {
  if (row !== undefined)
    return { rebuild: undefined, hasManifest: false, hasSources: false, isGenuine: true };
  const inside = namesIn(folder);
  const parent = parentOf(folder);
  const beside = namesIn(parent);
  const manifest =
    category === '.venv' ? ['requirements.txt', 'pyproject.toml', 'Pipfile'] : ['package.json'];
  return {
    hasManifest: manifest.some((name) => beside.has(name)),
    hasSources: hasSources(parent),
    rebuild:
      category === 'node_modules'
        ? manifests.installIn(tree.folderPath(parent))
        : category === 'dist' || category === 'build'
          ? manifests.buildIn(tree.folderPath(parent), category)
          : undefined,
    isGenuine: isGenuine(category, inside, parent, hasFolder),
  };
}

function isGenuine(
  category: JunkCategory,
  inside: ReadonlySet<string>,
  parent: number,
  hasFolder: Surroundings['hasFolder'],
): boolean {
  switch (category) {
    case '.venv':
      return inside.has('pyvenv.cfg');
    case 'coverage':
      return inside.has('lcov.info') || inside.has('coverage-final.json');
    case '.vite':
      // Where a server looks up the files of a build.
      return !inside.has('manifest.json');
    case 'logs':
      // Of a bare repository: where its branches have been.
      return !(hasFolder(parent, 'objects') && hasFolder(parent, 'refs'));
    default:
      return true;
  }
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
      if (name !== 'manifest.json') said.push(`${name} beside it`);
    for (const name of surroundings.namesIn(finding.folder))
      if (name !== 'package.json') said.push(`${name} in it`);
    if (facts.hasSources && (item.category === 'dist' || item.category === 'build'))
      said.push('source folders beside it');
  }
  if (item.tracked === 'yes')
    said.push(
      finding.row === undefined ? `tracked by git (${facts.trackedFiles} files)` : 'tracked by git',
    );
  if (item.tracked === 'no')
    said.push(facts.isIgnored ? 'not tracked by git, which ignores it' : 'not tracked by git');
  if (item.tracked === 'unknown') said.push('git could not say whether it is tracked');
  if (user !== undefined) said.push(`in use by ${user.program} (pid ${user.pid})`);
  if (user === undefined && facts.unseen !== undefined)
    said.push(
      facts.unseen.by === undefined
        ? 'what processes of other users have open is not known'
        : `what ${facts.unseen.by.program} (pid ${facts.unseen.by.pid}) of another user uses is not known`,
    );
  if (facts.isDeployed) said.push('the site is run or served from it');
  if (facts.holdsRepository) said.push('holds a git repository');
  if (facts.holdsStore) said.push('holds a pnpm store');
  if (item.reclaimableBytes < item.diskBytes)
    said.push('shares files with other places by hard links');
  said.push(age(now, finding.modified, finding.row === undefined));
  return said;
}

function age(now: Date, modified: number, isFolder: boolean): string {
  const days = Math.floor((now.getTime() - modified) / dayMs);
  const when = !fitsDate(modified)
    ? 'at a time that is no date'
    : days < -1
      ? 'in the future, by its date'
      : days <= 0
        ? 'today'
        : days === 1
          ? 'yesterday'
          : `${days} days ago`;
  return `${isFolder ? 'newest file' : 'last'} modified ${when}`;
}
