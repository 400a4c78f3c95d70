/** The keys of the site profile that belong to no plugin; paths are absolute once resolved. */
export interface CoreSite {
  site: string;
  root: string;
  state: string;
  /** Below root, in order of precedence. */
  envFiles: string[];
  backend: {
    dir: string;
    dist: string;
    port: number;
    health: string[];
    required: string[];
    service: BackendService;
  };
  frontend: { dir: string; dist: string };
}

/** What runs the backend, for everybody who starts, stops or asks it. */
export interface BackendService {
  /** `auto`: whichever says that it does. */
  manager: (typeof serviceManagers)[number];
  /** What the manager calls it; null: found by itself. */
  name: string | null;
}

export const serviceManagers = ['auto', 'pm2', 'systemd', 'compose'] as const;

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
    service: { manager: 'auto', name: null },
  },
  frontend: { dir: 'front-end', dist: 'dist' },
};
