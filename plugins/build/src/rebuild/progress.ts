import type { Redact, Site, Up } from '@om-ops/kit';
import type { SiteNode } from '../environment/app-node.ts';
import type { Census } from '../parts/census.ts';
import type { Finding } from '../verify/verify.ts';
import type { RestartedBy } from './app.ts';

export interface RebuildContext {
  site: Site;
  argv: readonly string[];
  redact: Redact;
  warn(message: string): void;
  /** The Node that the app runs on, to read the new dist with. */
  appNode(): Promise<SiteNode>;
}

/** How far a rebuild has come, and what it found. */
export interface RebuildProgress {
  run: { name: string; path: string } | null;
  install: 'done' | 'skipped' | null;
  /** Of the new dist. */
  findings: Finding[];
  after: Census | null;
  restartedBy: RestartedBy;
  health: Up['health'];
  pid: number | null;
  /** What the app said last when it did not come up. */
  appErrors: string[];
  /** Files of dists before, which open pages may still ask for. */
  oldAssets: number;
  /** What was put back. Absolute. */
  putBack: string[];
  /** Where that is which did not work. */
  failedDist: string | null;
}

/** Of one that has not begun. */
export function notBegun(): RebuildProgress {
  return {
    run: null,
    install: null,
    findings: [],
    after: null,
    restartedBy: null,
    health: null,
    pid: null,
    appErrors: [],
    oldAssets: 0,
    putBack: [],
    failedDist: null,
  };
}
