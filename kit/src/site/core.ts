/** The keys of the site profile that belong to no plugin; paths are absolute once resolved. */
export interface CoreSite {
  site: string;
  root: string;
  state: string;
  /** Below root, in order of precedence. */
  envFiles: string[];
  backend: { dir: string; dist: string; port: number; health: string[]; required: string[] };
  frontend: { dir: string; dist: string };
}

/** The OrthodoxMetrics values. Kept free of zod, which takes longer to load than most commands run. */
export const coreDefaults: CoreSite = {
  site: 'orthodoxmetrics',
  root: '/var/www/orthodoxmetrics/prod',
  state: '/var/backups/OM',
  envFiles: ['server/.env.production', 'server/.env', '.env.production'],
  backend: {
    dir: 'server',
    dist: 'dist',
    port: 3001,
    health: ['/api/system/health', '/health'],
    required: ['index.js', 'config/db.js', 'routes'],
  },
  frontend: { dir: 'front-end', dist: 'dist' },
};

/**
 * Sections of SURFACE.md's profile whose plugin may not be installed: accepted, and not checked,
 * so that one profile serves servers with different plugins.
 */
export const plannedSections = [
  'backup',
  'database',
  'analysis',
  'changelog',
  'pm2',
  'git',
  'nginx',
  'uploads',
  'build',
  'summary',
  'motivation',
  'roadmap',
] as const;
