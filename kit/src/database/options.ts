import { readEnvFiles } from '../site/env.ts';
import type { Site } from '../site/site.ts';
import type { PlanDatabasesOptions } from './plan.ts';
import type { DatabaseSection } from './section.ts';

/** What says which databases a site has: the profile, and the env files for what it leaves open. */
export function databaseOptions(site: Site, section: DatabaseSection): PlanDatabasesOptions {
  return {
    section,
    root: site.root,
    env: readEnvFiles(site),
    envFiles: site.envFiles.map((file) => site.below(file)),
    isSet: (key) => site.sourceOf(['database', key]) !== 'default',
  };
}
