import { defineSection, type SiteSection, z } from '@om-ops/kit/site';
import { durationSchema } from './amounts.ts';

export interface MetricsSection {
  /** How long every sample stays. */
  raw: string;
  /** How long the smallest, the mean and the largest of five minutes stay. */
  fiveMinutes: string;
  hours: string;
  /** The database never grows beyond this; the oldest goes first. */
  maxMb: number;
}

export const metricsSection: SiteSection<MetricsSection> = defineSection<MetricsSection>(
  'metrics',
  z.strictObject({
    raw: durationSchema.describe('How long every sample stays'),
    fiveMinutes: durationSchema.describe(
      'How long the smallest, the mean and the largest of five minutes stay',
    ),
    hours: durationSchema.describe('How long the same of an hour stays'),
    maxMb: z
      .int()
      .min(4)
      .describe('How large the history may be, in MB; the oldest goes before its time'),
  }),
  { raw: '48h', fiveMinutes: '90d', hours: '2y', maxMb: 64 },
);
