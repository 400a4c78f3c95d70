import { defineSection, type SiteSection, z } from '@om-ops/kit/site';
import { durationSchema, sizeSchema } from './amounts.ts';
import {
  type HttpTarget,
  httpFields,
  type NamedCheck,
  namedCheck,
  type ProcessTarget,
  processFields,
  type TcpTarget,
  tcpFields,
} from './checks.ts';

interface Pair<T> {
  warning: T;
  critical: T;
}

export interface HealthThresholds {
  /** Percent of all processors, on the average of so long. */
  cpu: Pair<number> & { average: string };
  memory: Pair<number>;
  disk: Pair<number> & { free: Pair<string>; fullWithin: Pair<string> };
  inodes: Pair<number>;
  response: Pair<string>;
  /** Percent of the services that are well. */
  integration: Pair<number>;
  /** Per processor, over 15 minutes. */
  load: Pair<number>;
  certificate: Pair<string>;
  /** Times its cadence. */
  backupAge: Pair<number>;
}

type Named<T> = T & { name: string; tags?: string[] | undefined };

export interface HealthSection {
  /** How often is watched. */
  every: string;
  /** How long after a start of the machine a service may take to come. */
  bootGrace: string;
  thresholds: HealthThresholds;
  http: Named<HttpTarget>[];
  tcp: Named<TcpTarget>[];
  processes: Named<ProcessTarget>[];
  mounts: { ignore: string[]; network: string[] };
  /** By name. */
  checks: Record<string, NamedCheck>;
}

const text = z.string().min(1);
const percent = z.number().min(0).max(100);
const pair = <S extends z.ZodType>(schema: S) => ({ warning: schema, critical: schema });
/** What is bad above: a critical below the warning would never be reached in order. */
const rising = (one: { warning: number; critical: number }) => one.warning <= one.critical;
const order = 'expected critical to be at least warning';
const named = { name: text, tags: z.array(text).optional() };

export const healthSection: SiteSection<HealthSection> = defineSection<HealthSection>(
  'health',
  z.strictObject({
    every: durationSchema.describe(
      'How often `health watch` looks; a tick of the schedule is a minute',
    ),
    bootGrace: durationSchema.describe(
      'How long after a start of the machine services may take to come',
    ),
    thresholds: z.strictObject({
      cpu: z.strictObject({ ...pair(percent), average: durationSchema }).refine(rising, order),
      memory: z.strictObject(pair(percent)).refine(rising, order),
      disk: z
        .strictObject({
          ...pair(percent),
          free: z.strictObject(pair(sizeSchema)).describe('Only bad with less room left than this'),
          fullWithin: z
            .strictObject(pair(durationSchema))
            .describe('Full before so long, as it goes now'),
        })
        .refine(rising, order),
      inodes: z.strictObject(pair(percent)).refine(rising, order),
      response: z.strictObject(pair(durationSchema)).describe('How long an address may take'),
      integration: z
        .strictObject(pair(percent))
        .refine(
          ({ warning, critical }) => critical <= warning,
          'expected critical to be at most warning',
        )
        .describe('Percent of the services that are well; bad below'),
      load: z.strictObject(pair(z.number().min(0))).refine(rising, order),
      certificate: z
        .strictObject(pair(durationSchema))
        .describe('How long it is still valid; bad below'),
      backupAge: z.strictObject(pair(z.number().min(1))).refine(rising, order),
    }),
    http: z
      .array(z.strictObject({ ...named, ...httpFields }))
      .describe('Addresses that have to answer'),
    tcp: z
      .array(z.strictObject({ ...named, ...tcpFields }))
      .describe('Ports that have to take connections'),
    processes: z.array(z.strictObject({ ...named, ...processFields })),
    mounts: z.strictObject({
      ignore: z
        .array(text)
        .describe('File systems that are not looked at; * stands for any characters'),
      network: z.array(text).describe('Network mounts that have to be there and answer'),
    }),
    checks: z.record(text, namedCheck).describe('Further checks, by name'),
  }),
  {
    every: '30s',
    bootGrace: '3m',
    thresholds: {
      cpu: { warning: 75, critical: 90, average: '2m' },
      memory: { warning: 80, critical: 95 },
      disk: {
        warning: 85,
        critical: 95,
        free: { warning: '100GB', critical: '20GB' },
        fullWithin: { warning: '7d', critical: '1d' },
      },
      inodes: { warning: 85, critical: 95 },
      response: { warning: '3s', critical: '10s' },
      integration: { warning: 80, critical: 60 },
      load: { warning: 2, critical: 4 },
      certificate: { warning: '21d', critical: '7d' },
      backupAge: { warning: 1.5, critical: 3 },
    },
    http: [],
    tcp: [],
    processes: [],
    mounts: { ignore: [], network: [] },
    checks: {},
  },
);
