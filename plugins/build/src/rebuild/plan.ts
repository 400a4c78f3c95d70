import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import {
  type Abilities,
  type AppService,
  backendAnswers,
  type Change,
  fromSystemError,
  isThere,
  type Progress,
  readStepRuns,
  type ServiceStatus,
  type Site,
  shellWord,
  silentProgress,
  sitePath,
  waitUntilUp,
} from '@om-ops/kit';
import { pathNode, type SiteNode } from '../environment/app-node.ts';
import { type Census, countFolder } from '../parts/census.ts';
import { type GitState, gitState } from '../parts/git.ts';
import { type Part, partOf } from '../parts/part.ts';
import type { BuildSection } from '../site.ts';
import { runsFolder } from '../status/status.ts';
import { fingerprint, type Ingredients } from './fingerprint.ts';
import {
  installArguments,
  type PackageManager,
  packageManagerOf,
  readManifest,
  whyInstall,
} from './package-manager.ts';
import { type BuildScript, buildScript } from './script.ts';
import { type KeptFolder, keptFolders, type WayBack } from './way-back.ts';

/** The app, and how it was before anything was touched. */
export interface AppBefore {
  service: AppService;
  status: ServiceStatus;
  /** It was up and answered. */
  isHealthy: boolean;
}

/** How a part is built. */
export interface BuildSteps {
  node: SiteNode;
  manager: PackageManager;
  install: { args: string[]; why: string | undefined };
  script: BuildScript;
  fingerprint: string;
}

/** Everything that a rebuild will do, looked at and not yet done. */
export interface RebuildPlan {
  part: Part;
  section: BuildSection;
  /** Undefined: what a rebuild has left that was cut off is put back, and nothing is built. */
  build: BuildSteps | undefined;
  /** Rebuilds that were cut off and have something to put back, the oldest first. */
  cutOff: (KeptFolder & { wayBack: WayBack })[];
  /** What others have left that is needed by nobody. */
  leftovers: KeptFolder[];
  git: GitState | undefined;
  app: AppBefore | undefined;
  before: Census;
  /** The last good build was made from the same, and is still there. */
  unchangedSince: string | undefined;
}

export interface PlanOptions {
  site: Site;
  section: BuildSection;
  part: Part['name'];
  abilities: Pick<Abilities, 'service'>;
  ifChanged: boolean;
  restart: boolean;
  putBack: boolean;
  progress: Progress;
}

/** @throws OpsError for whatever is missing (exit 5), E_TWO_LOCK_FILES (6), E_NO_SERVICE (5) */
export async function planRebuild(options: PlanOptions): Promise<RebuildPlan> {
  const { site, section, progress } = options;
  const { signal } = progress;
  const part = partOf(site, options.part);
  mustBeWritable(part.folder);
  const kept = keptFolders(part.folder).filter(({ isAtWork }) => !isAtWork);
  const cutOff = kept.filter(
    (one): one is KeptFolder & { wayBack: WayBack } => one.wayBack !== null,
  );
  const { census } = await countFolder(part.dist, { signal });
  const build = options.putBack ? undefined : await buildSteps(part, options);
  const needsApp = part.name === 'backend' && options.restart;
  const isAsked = build !== undefined && options.ifChanged && cutOff.length === 0;
  return {
    part,
    section,
    build,
    cutOff,
    leftovers: kept.filter(({ wayBack }) => wayBack === null),
    git: await gitState(part.folder, signal),
    app: needsApp
      ? await appBefore(site, await options.abilities.service('backend'), progress)
      : undefined,
    before: census,
    unchangedSince: isAsked
      ? await sameAsLast(site.state, part, build.fingerprint, census)
      : undefined,
  };
}

async function buildSteps(
  part: Part,
  { site, section, progress }: PlanOptions,
): Promise<BuildSteps> {
  const { signal } = progress;
  const manager = packageManagerOf(part.folder, site.root, sitePath());
  const script = buildScript(part.name, readManifest(part.folder));
  const node = await pathNode(signal);
  progress.report({ stage: 'looking at the sources' });
  return {
    node,
    manager,
    install: { args: installArguments(manager), why: whyInstall(manager) },
    script,
    fingerprint: await fingerprint(part, ingredients({ manager, script, node }, section), signal),
  };
}

/** What the build is made from beside the files of its folder. */
export function ingredients(
  { manager, script, node }: Pick<BuildSteps, 'manager' | 'script' | 'node'>,
  { out }: BuildSection,
): Ingredients {
  return {
    lock: manager.lock,
    manager: manager.name,
    script: JSON.stringify(script),
    node: node.version,
    settings: JSON.stringify([out, process.env.NODE_ENV ?? null]),
  };
}

function mustBeWritable(folder: string): void {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fromSystemError(error, 'build in', folder);
  }
}

async function appBefore(site: Site, service: AppService, progress: Progress): Promise<AppBefore> {
  progress.report({ stage: `looking at ${service.name}` });
  const status = await service.status(progress.signal);
  if (status.state !== 'up') return { service, status, isHealthy: false };
  try {
    const quiet = { ...silentProgress(), signal: progress.signal };
    await waitUntilUp(service, {
      ...backendAnswers(site),
      deadlineMs: 2000,
      steadyMs: 0,
      progress: quiet,
    });
    return { service, status, isHealthy: true };
  } catch {
    progress.signal.throwIfAborted();
    return { service, status, isHealthy: false };
  }
}

/** The run that has built the same, if its dist still stands. */
async function sameAsLast(
  state: string,
  part: Part,
  print: string,
  { files, bytes, newest }: Census,
): Promise<string | undefined> {
  const runs = await readStepRuns(runsFolder(state));
  const last = runs.find(
    ({ state: how, meta }) => how === 'done' && meta?.command === `build:${part.name}`,
  );
  const { fingerprint: before, dist } = (last?.meta ?? {}) as {
    fingerprint?: string;
    dist?: Partial<Census>;
  };
  const stands = dist?.files === files && dist.bytes === bytes && dist.newest === newest;
  return before === print && stands && files > 0 ? last?.name : undefined;
}

/** What a rebuild may replace. */
export function replaceable(
  part: Part,
  { manager }: BuildSteps,
): { paths: string[]; linkable: Set<string> } {
  const modules = [
    ...new Set([join(part.folder, 'node_modules'), join(manager.folder, 'node_modules')]),
  ];
  const files = [...new Set([part.folder, manager.folder])].flatMap((folder) =>
    [
      'package.json',
      'package-lock.json',
      'npm-shrinkwrap.json',
      'pnpm-lock.yaml',
      'yarn.lock',
      'bun.lock',
      'bun.lockb',
    ].map((name) => join(folder, name)),
  );
  return { paths: [part.dist, ...modules, ...files], linkable: new Set(modules) };
}

/** What will be done, as it is shown and asked for. */
export function changesOf(plan: RebuildPlan): Change[] {
  const { part, cutOff, app, build, section } = plan;
  const changes: Change[] = cutOff.flatMap(({ wayBack, path }) => [
    {
      kind: 'edit' as const,
      what: part.dist,
      detail: `put back what the rebuild ${wayBack.run} has left, which was cut off: from ${path}`,
    },
  ]);
  if (plan.unchangedSince !== undefined) return [];
  if (build !== undefined) {
    const { manager, install, script, node } = build;
    const where = `in ${manager.folder}, on Node ${node.version} (${node.program})`;
    if (install.why !== undefined) {
      const line = [manager.name, ...install.args].map(shellWord).join(' ');
      changes.push({ kind: 'run', what: line, detail: `${where}, because ${install.why}` });
      changes.push({ kind: 'edit', what: join(manager.folder, 'node_modules') });
    }
    changes.push({
      kind: 'run',
      what: `${manager.name} run ${script.name}`,
      detail: `in ${part.folder}: ${script.command}`,
    });
    changes.push({
      kind: isThere(part.dist) ? 'edit' : 'create',
      what: part.dist,
      detail:
        section.out === null
          ? 'in its place; what is there now is kept until the new one works'
          : 'built beside it, and exchanged when it is whole',
    });
  }
  if (app !== undefined && changes.length > 0) {
    changes.push({
      kind: 'run',
      what: `restart ${app.service.name} (${app.service.manager})`,
      detail: 'unless the build does it, and wait until it is healthy',
    });
  }
  return changes;
}

/** What is about to happen, with what the user has to know before. */
export function questionOf(plan: RebuildPlan): string {
  const { part, git, app, build } = plan;
  const doing =
    build === undefined
      ? `What was there before the rebuild that was cut off is put back: ${part.dist}.`
      : `The ${part.name} will be built anew in ${part.folder}.`;
  const dirty =
    git === undefined || git.dirty === 0 || build === undefined ? '' : ` ⚠ ${dirtyText(git)}`;
  const stays =
    part.name === 'backend' ? ' The app is not restarted, and runs the old code on.' : '';
  const restart = app === undefined ? stays : ` ${app.service.name} is restarted.`;
  return `${doing}${restart}${dirty}`;
}

export function dirtyText({ branch, head, dirty }: GitState): string {
  const at = head === null ? 'before the first commit' : `HEAD ${head.slice(0, 10)}`;
  return `The work tree has ${dirty} uncommitted ${dirty === 1 ? 'change' : 'changes'} (${branch === null ? 'no branch' : `branch ${branch}`}, ${at}), which ${dirty === 1 ? 'goes' : 'go'} into the build.`;
}
