import { defineSection, type SiteSection, z } from '@om-ops/kit/site';
import { durationSchema } from './amounts.ts';

export interface AlertsSection {
  group: string;
  reminder: { warning: string; critical: string };
  flap: { cycles: number; within: string; quiet: string };
  after: Record<string, string[]>;
}

export const alertsSection: SiteSection<AlertsSection> = defineSection<AlertsSection>(
  'alerts',
  z.strictObject({
    group: durationSchema.describe('What comes within this time goes into one message'),
    reminder: z
      .strictObject({ warning: durationSchema, critical: durationSchema })
      .describe('After how long who has not acknowledged is told again'),
    flap: z
      .strictObject({
        cycles: z.int().min(2).describe('How many firings are one too many'),
        within: durationSchema.describe('Within which time'),
        quiet: durationSchema.describe('How long it has to be quiet before it counts again'),
      })
      .describe('What comes and goes is told once, then not until it is quiet'),
    after: z
      .record(z.string(), z.array(z.string().min(1)))
      .describe('What a check hangs on and is not told of meanwhile: {"http:*": [pm2.app]}'),
  }),
  {
    group: '30s',
    reminder: { warning: '24h', critical: '4h' },
    flap: { cycles: 3, within: '1h', quiet: '30m' },
    after: {},
  },
);
