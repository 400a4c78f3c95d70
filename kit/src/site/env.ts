import { isOpsError, messageOf, systemCode } from '../errors.ts';
import { expandEnv } from './env-expansion.ts';
import { type EnvAssignment, readEnvFile } from './env-file.ts';
import type { Site } from './site.ts';

/** What the site's env files hold. */
export interface EnvFiles {
  /** Key to value, with `${OTHER}` put in; the first file that has a key counts. */
  values: Map<string, string>;
  /** Key to a variable in its value that no env file sets. */
  unresolved: Map<string, string>;
  /** Key to the absolute path of the file it came from. */
  origins: Map<string, string>;
  /** Absolute paths that were read. */
  read: string[];
  /** Absolute paths that are there but may not or cannot be read. */
  unreadable: string[];
  /** What is wrong with those of them that no permission would help, as sentences. */
  problems: string[];
}

/** Reads the env files of a site. A missing one is no error; an unreadable one is named. */
export function readEnvFiles(site: Pick<Site, 'envFiles' | 'below'>): EnvFiles {
  const files: EnvFiles = {
    values: new Map(),
    unresolved: new Map(),
    origins: new Map(),
    read: [],
    unreadable: [],
    problems: [],
  };
  const assignments = new Map<string, EnvAssignment>();
  for (const name of site.envFiles) {
    const path = site.below(name);
    try {
      for (const [key, assignment] of readEnvFile(path)) {
        if (assignments.has(key)) continue;
        assignments.set(key, assignment);
        files.origins.set(key, path);
      }
      files.read.push(path);
    } catch (error) {
      const cause = isOpsError(error) ? error.cause : error;
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? '')) continue;
      files.unreadable.push(path);
      if (isOpsError(error) && error.code !== 'E_PERMISSION') files.problems.push(messageOf(error));
    }
  }
  return Object.assign(files, expandEnv(assignments));
}
