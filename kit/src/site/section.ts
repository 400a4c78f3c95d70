import { z } from 'zod';
import { type CoreSite, coreDefaults, serviceManagers } from './core.ts';

export { z };

/** A plugin's part of the site profile: where it stands, what it may hold, what it holds by default. */
export interface SiteSection<T> {
  /** The top-level key; the core's own section has none. */
  readonly key: string | undefined;
  readonly schema: z.ZodType<T>;
  /** Complete: what the profile says is merged over it, key by key; lists are replaced. */
  readonly defaults: T;
  /** The defaults of a site, where they follow from what the core's section says. */
  readonly defaultsFor?: (core: CoreSite) => T;
}

/**
 * Declares a section. Write strict objects (`z.strictObject`): unknown keys become errors that name
 * the nearest known one. Descriptions (`.describe`) reach editors through `config schema`.
 */
export function defineSection<T>(
  key: string,
  schema: z.ZodType<T>,
  defaults: T,
  defaultsFor?: (core: CoreSite) => T,
): SiteSection<T> {
  return { key, schema, defaults, ...(defaultsFor === undefined ? {} : { defaultsFor }) };
}

const name = z.string().min(1);

export const coreSection: SiteSection<CoreSite> = {
  key: undefined,
  defaults: coreDefaults,
  schema: z.strictObject({
    site: name.describe('A short name for the site, shown in reports'),
    root: name.describe('Folder of the checkout in production; relative paths are below it'),
    state: name.describe('Folder for backups, logs, reports and locks'),
    envFiles: z.array(name).describe('Env files below root, most important first'),
    backend: z
      .strictObject({
        dir: name.describe('Folder of the backend below root'),
        dist: name.describe('Build output below dir'),
        port: z.int().min(1).max(65535).describe('Port the backend listens on'),
        health: z.array(name).describe('Health paths, the first that answers counts'),
        required: z.array(name).describe('What has to be in dist'),
        service: z
          .strictObject({
            manager: z.enum(serviceManagers).describe('What runs it; auto: found by itself'),
            name: name.nullable().describe('What the manager calls it; null: found by itself'),
          })
          .describe('Who starts and stops it'),
      })
      .describe('The Node backend'),
    frontend: z.strictObject({ dir: name, dist: name }).describe('The front end'),
  }),
};
