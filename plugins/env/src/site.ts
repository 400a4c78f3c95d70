import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

const valueTypes = ['integer', 'port', 'boolean', 'url', 'email', 'duration'] as const;

export type ValueType = (typeof valueTypes)[number];

export interface EnvSection {
  /** Env files below root, most important first; none: `envFiles` of the profile, those that are there. */
  files: string[];
  /** Octal: the most that an env file may allow. */
  mode: string;
  /** The file that names every key, without values; null: there is none. */
  example: string | null;
  required: string[];
  /** Least characters by key. */
  min: Record<string, number>;
  types: Record<string, ValueType>;
  /** Of each group at least one must be set. */
  oneOf: string[][];
  /** Of each group all keys must be set, or none. */
  integrations: Record<string, string[]>;
  /** Pairs that must say the same: keys, or a part of a URL: `DATABASE_URL.password`. */
  agree: [string, string][];
}

const key = z.string().regex(/^[\w.-]+$/, 'expected the name of an environment variable');
const part = z
  .string()
  .regex(
    /^[\w-]+(?:\.(?:password|user|host|port|name))?$/,
    'expected a key, or a part of a URL: DATABASE_URL.password',
  );

export const envSection: SiteSection<EnvSection> = defineSection<EnvSection>(
  'env',
  z.strictObject({
    files: z
      .array(z.string().min(1))
      .describe('Env files below root, most important first; none: envFiles, those that are there'),
    mode: z
      .string()
      .regex(/^0?[0-7]{3}$/, 'expected octal permissions in quotes, as "600"')
      .describe('The most that an env file may allow: "600"'),
    example: z
      .string()
      .min(1)
      .nullable()
      .describe('File below root that names every key; null: there is none'),
    required: z.array(key).describe('Keys that must be set'),
    min: z.record(key, z.int().min(1)).describe('Least characters by key'),
    types: z.record(key, z.enum(valueTypes)).describe('What a value must be, by key'),
    oneOf: z.array(z.array(key).min(2)).describe('Of each group at least one must be set'),
    integrations: z
      .record(z.string().min(1), z.array(key).min(2))
      .describe('Of each group all keys must be set, or none'),
    agree: z
      .array(z.tuple([part, part]))
      .describe('Pairs that must say the same: keys, or a part of a URL: DATABASE_URL.password'),
  }),
  {
    files: [],
    mode: '600',
    example: '.env.example',
    required: [],
    min: {},
    types: {},
    oneOf: [],
    integrations: {},
    agree: [],
  },
);

/** `0o600` of `"600"`. */
export function modeOf({ mode }: Pick<EnvSection, 'mode'>): number {
  return Number.parseInt(mode, 8);
}
