import { hash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { OpsError, resolveFrom, type Site } from '@om-ops/kit';
import type { AnalysisSettings, DedupeMode } from './analysis.ts';
import { realPath } from './paths/real.ts';
import { type AnalysisSection, type Scope, scopes } from './site.ts';

/** What the command line asks for; undefined: as the profile says. */
export interface AnalysisRequest {
  scope: string | undefined;
  /** Any folder, instead of the scope's own. */
  path: string | undefined;
  dedupeMode: DedupeMode;
  maxHashMb: number | undefined;
  staleDays: number | undefined;
  largeMb: number | undefined;
  exclude: readonly string[];
  crossFileSystems: boolean;
}

export interface AnalysisTarget {
  scope: string;
  /** Absolute. */
  path: string;
  settings: AnalysisSettings;
}

function isScope(name: string): name is Scope {
  return (scopes as readonly string[]).includes(name);
}

/**
 * The folder and the settings of one analysis. A folder given with `--path` keeps the name of the scope
 * it was given with, else it is `path`.
 *
 * @throws OpsError E_USAGE (exit 2), E_NO_WORKING_FOLDER (exit 5)
 */
export function analysisTarget(
  request: AnalysisRequest,
  site: Pick<Site, 'below'>,
  section: AnalysisSection,
  cwd: string | undefined,
): AnalysisTarget {
  const { scope, path } = request;
  if (scope === undefined && path === undefined) {
    throw new OpsError('E_USAGE', 'Say what to analyse: a scope, or --path DIR.', {
      exit: 'usage',
      suggestions: [`Scopes: ${scopes.join(', ')}`, 'For example: om-ops analysis run prod'],
    });
  }
  const folder =
    path === undefined
      ? site.below(scope !== undefined && isScope(scope) ? section.scopes[scope] : '.')
      : resolveFrom(cwd, path);
  return {
    scope: scope ?? 'path',
    path: folder,
    settings: {
      dedupeMode: request.dedupeMode,
      maxHashMb: request.maxHashMb ?? section.maxHashMb,
      staleDays: request.staleDays ?? section.staleDays,
      largeMb: request.largeMb ?? section.largeMb,
      exclude: [...section.exclude, ...request.exclude],
      crossFileSystems: request.crossFileSystems,
    },
  };
}

/** The lock an analysis takes: runs of different folders don't wait for each other. */
export function lockName({ scope, path }: Pick<AnalysisTarget, 'scope' | 'path'>): string {
  if (scope !== 'path') return `analysis-${scope}`;
  return `analysis-path-${hash('sha256', realPath(path)).slice(0, 12)}`;
}

/** What of the site has to stay for it to run, as `analyse` takes it. */
export function standingFolders({
  root,
  state,
  backend,
  frontend,
  below,
}: Pick<Site, 'root' | 'state' | 'backend' | 'frontend' | 'below'>): {
  deployed: string[];
  kept: string[];
} {
  const server = below(backend.dir);
  const client = below(frontend.dir);
  return {
    deployed: [
      resolve(server, backend.dist),
      resolve(client, frontend.dist),
      // Where the backend finds its packages when it starts again.
      join(server, 'node_modules'),
      join(root, 'node_modules'),
    ],
    kept: [root, server, client, state],
  };
}
