import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export interface Pm2Section {
  app: string;
  bin: string;
  ecosystem: string;
  home: string | null;
  user: string | null;
  env: string | null;
  boot: 'auto' | 'elsewhere';
}

const text = z.string().min(1);

export const pm2Section: SiteSection<Pm2Section> = defineSection<Pm2Section>(
  'pm2',
  z.strictObject({
    app: text.describe("The backend's name in PM2"),
    bin: text.describe('The program pm2: a name on PATH, or a path'),
    ecosystem: text.describe('The ecosystem file below root: js, cjs, json or yaml'),
    home: text
      .nullable()
      .describe("PM2's own folder (PM2_HOME) below root; null: that of the user"),
    user: text.nullable().describe('The user whose PM2 it is; null: who runs om-ops'),
    env: text
      .nullable()
      .describe('Which env_NAME of the ecosystem file counts: production; null: none'),
    boot: z
      .enum(['auto', 'elsewhere'])
      .describe('auto: a unit has to start PM2 at boot; elsewhere: something else does'),
  }),
  {
    app: 'orthodox-backend',
    bin: 'pm2',
    ecosystem: 'ecosystem.config.js',
    home: null,
    user: null,
    env: null,
    boot: 'auto',
  },
);
