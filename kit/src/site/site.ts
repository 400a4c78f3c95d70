import { dirname, resolve } from 'node:path';
import { parseDatabaseUrl } from '../database/database-url.ts';
import { type DatabaseSection, databaseDefaults } from '../database/section.ts';
import { looksSecretSetting, type Redactor } from '../redact.ts';
import { resolveFrom } from '../working-folder.ts';
import { type CoreSite, coreDefaults } from './core.ts';
import type { PlainMap, ProfileDocument } from './document.ts';
import { type Located, type LocateOptions, locateProfile } from './locate.ts';
import { merged } from './merge.ts';
import type { SiteSection } from './section.ts';

/** Where a value came from: `default`, `FILE:LINE`, or the environment variable's name. */
export type ValueSource = string;

/** What to know before all else where something is missing that nobody has named. */
export const noSiteProfile =
  'There is no site profile; these are built-in defaults. Write one: om-ops init';

/** A resolved site profile. */
export interface Site extends CoreSite {
  readonly located: Located;
  /** Undefined without a profile. */
  readonly document: ProfileDocument | undefined;
  /**
   * A plugin's section, checked and complete.
   * @throws OpsError E_SITE_INVALID (exit 2) naming file, line, key and what was expected.
   */
  section<T>(section: SiteSection<T>): Promise<T>;
  /** An absolute path from one below root. */
  below(path: string): string;
  /** Where the value at a dotted path came from. */
  sourceOf(path: readonly string[]): ValueSource;
}

export interface LoadSiteOptions extends LocateOptions {
  /** Top-level keys that may stand there beside the core's: those of the installed plugins, and others that are known. */
  sections?: readonly string[];
}

/** @throws OpsError E_SITE_NOT_FOUND, E_SITE_INVALID (exit 2). */
export async function loadSite(options: LoadSiteOptions): Promise<Site> {
  const located = locateProfile(options);
  let core: CoreSite = structuredClone(coreDefaults);
  let document: ProfileDocument | undefined;
  if (located.file !== undefined) {
    const { checkedProfile } = await import('./checked-profile.ts');
    ({ core, document } = await checkedProfile(located.file, options.sections ?? [], options.env));
  }
  const root = resolve(located.file === undefined ? '/' : dirname(located.file), core.root);
  const stateFromEnv = options.env.OM_OPS_STATE || undefined;
  const state =
    stateFromEnv === undefined ? resolve(root, core.state) : resolveFrom(options.cwd, stateFromEnv);
  return {
    ...core,
    root,
    state,
    located,
    document,
    below: (path) => resolve(root, path),
    sourceOf(path) {
      if (path.length === 1 && path[0] === 'state' && stateFromEnv !== undefined)
        return 'OM_OPS_STATE';
      return document !== undefined && holds(document.values, path)
        ? `${document.file}:${document.lineOf(path)}`
        : 'default';
    },
    async section(section) {
      const { checkSection, profileError } = await import('./check.ts');
      const defaults = section.defaultsFor?.(core) ?? section.defaults;
      const { value, problems } = await checkSection({ ...section, defaults }, document);
      if (problems.length > 0) throw profileError(problems);
      return value;
    },
  };
}

function holds(values: PlainMap, path: readonly string[]): boolean {
  let at: unknown = values;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as PlainMap)[key];
  }
  return true;
}

const harmless = [
  /^(?:true|false|yes|no|on|off|[A-Za-z]+|[a-z]+(?:[-_.][a-z]+)*)$/,
  /^(?:\/\S*|\.{1,2}\/\S*)$/,
  // Numbers, and the numbers of dates, times and versions.
  /^v?\d[\d.:,_+ /-]*$/,
  /^\d{4}-\d\d-\d\d[T_ ]\d\d:?\d\d(?::?\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$/,
  /^v?\d{1,5}(?:\.\d{1,5}){1,3}(?:[-+][a-z]{1,10}(?:[.-]?\d{1,8})?)?$/,
  /^\d{1,9}(?:[kmgt]i?b?|ms|s|m|h|d)$/i,
  // Hosts, and addresses without credentials.
  /^[a-z][a-z0-9-]{0,30}(?:\.[a-z0-9-]{1,30}){0,4}(?:\.[a-z]{2,12}\.?(?::\d{1,5})?|:\d{1,5})$/,
  /^[a-z][a-z0-9+]*:\/\/(?![^\s]*(?:[0-9a-f]{24}|[?&#]))[^@\s]*$/i,
];
/** What only a machine makes up, of a length that no name has. */
const random =
  /(?=[A-Za-z0-9_-]*[a-z])(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{20,}/;

function isHarmless(value: string): boolean {
  return (
    harmless.some((pattern) => pattern.test(value)) &&
    !(value.includes('://') && random.test(value))
  );
}

/**
 * Registers what the env files hold with the redactor. Left readable are names that output needs
 * (`publicKeys`: database name, host, port; `isPublic`: what the profile says itself) and values that are plainly no secret under a name that
 * is none either: words, numbers, dates, times, versions, paths, hosts, addresses without credentials.
 */
export function hideEnvValues(
  redactor: Redactor,
  values: Iterable<readonly [key: string, value: string]>,
  publicKeys: ReadonlySet<string>,
  looksSecret: (key: string) => boolean,
  isPublic: (value: string) => boolean = () => false,
): void {
  for (const [key, value] of values) {
    if ((publicKeys.has(key) || isPublic(value)) && !looksSecret(key)) continue;
    if (looksSecret(key) || (value.length >= 6 && !isHarmless(value))) redactor.add(value);
    // A client names it without the address around it.
    if (value.includes('@')) redactor.add(parseDatabaseUrl(value)?.password);
  }
}

const plainName = /^[\w./-]{1,200}$/;

/**
 * Whether the profile says this value itself, or a path that it is a part of: what the user has written
 * there as a name, of the site, a folder, a database, is none of the env file's secrets.
 */
export function saidInProfile(site: Site): (value: string) => boolean {
  const said = [site.root, site.state, site.site];
  const collect = (value: unknown, key: string): void => {
    if (typeof value === 'string') {
      if (plainName.test(value) && !random.test(value) && !looksSecretSetting(key))
        said.push(value);
    } else if (typeof value === 'object' && value !== null)
      for (const [name, below] of Object.entries(value))
        collect(below, Array.isArray(value) ? key : name);
  };
  collect(site.document?.values, '');
  const names = new Set(said.flatMap((one) => [one, ...one.split('/')]));
  return (value) =>
    names.has(value) || said.some((one) => one.startsWith('/') && one.includes(value));
}

/** Keys whose values output needs: the names, hosts and ports of databases. */
export function publicEnvKeys(site: Site): Set<string> {
  const section = site.document?.values.database;
  // Not checked here: a section that is wrong makes nothing public.
  const { envKeys } = (merged(databaseDefaults, section) ?? {}) as Partial<DatabaseSection>;
  const keys: unknown[] = [envKeys?.name, envKeys?.host, envKeys?.port];
  return new Set(
    keys
      .filter((one) => Array.isArray(one))
      .flat()
      .map(String),
  );
}
