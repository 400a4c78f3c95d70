import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export interface DashboardSection {
  /** On loopback. */
  port: number;
  /** Names, besides those of this machine itself, under which it may be asked for. */
  hosts: string[];
}

export const dashboardSection: SiteSection<DashboardSection> = defineSection<DashboardSection>(
  'dashboard',
  z.strictObject({
    port: z
      .int()
      .min(0)
      .max(65_535)
      .describe('The port of loopback that it listens on; 0: any that is free'),
    hosts: z
      .array(z.string().regex(/^[a-z0-9.-]+$/, 'a host name in small letters, without a port'))
      .describe('Names under which a proxy of this machine hands requests on; loopback needs none'),
  }),
  { port: 7861, hosts: [] },
);
