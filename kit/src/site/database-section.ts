import { type DatabaseSection, databaseDefaults } from '../database/section.ts';
import { defineSection, type SiteSection, z } from './section.ts';

const text = z.string().min(1);
const keys = z.array(text);

/** `database` of the site profile, which every plugin that speaks to the database reads. */
export const databaseSection: SiteSection<DatabaseSection> = defineSection<DatabaseSection>(
  'database',
  z.strictObject({
    engine: z.enum(['mysql', 'postgres', 'sqlite', 'none']),
    databases: z.array(text).describe('Names; empty: found from the env files'),
    files: z.array(text).describe('SQLite files below root'),
    host: text,
    port: z
      .int()
      .min(1)
      .max(65535)
      .nullable()
      .describe("null: from the env files, else the engine's own"),
    socket: text.nullable().describe('Unix socket; comes before host and port'),
    user: text.nullable().describe('null: from the env files'),
    elsewhere: z
      .boolean()
      .describe('Something else backs the database up: do not say that it is in no backup'),
    envKeys: z
      .strictObject({
        name: keys,
        user: keys,
        password: keys,
        host: keys,
        port: keys,
        socket: keys.optional(),
        url: keys.optional().describe('Whole addresses: postgres://user:password@host/name'),
      })
      .describe('Names of the settings in the env files'),
  }),
  databaseDefaults,
);
