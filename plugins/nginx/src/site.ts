import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export interface NginxSection {
  /** The program. */
  bin: string;
  conf: string;
  /** The name browsers ask for. */
  serverName: string;
  /** Where the API is. */
  location: string;
  errorLog: string;
  /** The command that makes nginx read its configuration again. */
  reload: string[];
  /** As nginx writes it. */
  maxBodySize: string;
  timeoutSeconds: number;
}

const text = z.string().min(1);

export const nginxSection: SiteSection<NginxSection> = defineSection<NginxSection>(
  'nginx',
  z.strictObject({
    bin: text.describe('The nginx program: a name on PATH or a path'),
    conf: text.describe('The main configuration file'),
    serverName: text.describe(
      'The name that browsers ask for: it decides which server block is meant',
    ),
    location: z.string().startsWith('/').describe('Where the API is: /api/'),
    errorLog: text.describe("nginx's error log"),
    reload: z
      .array(text)
      .min(1)
      .describe(
        'The command that makes nginx read its configuration again; without systemd the master is told by itself',
      ),
    maxBodySize: z
      .string()
      .regex(/^\d+[kKmMgG]?$/, 'a size as nginx writes it: 50m')
      .describe('The largest upload that the baseline lets through'),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .describe('How long the baseline waits for the backend'),
  }),
  {
    bin: 'nginx',
    conf: '/etc/nginx/nginx.conf',
    serverName: 'orthodoxmetrics.com',
    location: '/api/',
    errorLog: '/var/log/nginx/error.log',
    reload: ['systemctl', 'reload', 'nginx'],
    maxBodySize: '50m',
    timeoutSeconds: 300,
  },
);
