import type { AppService, ServiceStatus } from '@om-ops/kit';

export interface FakeService extends AppService {
  /** What it was told, in order: `restart`, `stop`. */
  readonly orders: ('start' | 'stop' | 'restart')[];
  /** What it says next; set it to let the service fail, or come up. */
  state: ServiceStatus;
}

export interface FakeServiceOptions {
  manager?: string;
  name?: string;
  role?: AppService['role'];
  status?: Partial<ServiceStatus>;
  /** Whatever else it answers otherwise than an app that runs and keeps no logs. */
  answers?: Partial<Pick<AppService, 'status' | 'logFiles' | 'user' | 'node'>>;
}

/** A service that runs nothing and does as it is told: a new pid with each start, none once it is stopped. */
export function fakeService({
  manager = 'pm2',
  name = 'demo',
  role = 'backend',
  status = {},
  answers = {},
}: FakeServiceOptions = {}): FakeService {
  let pid = 1000;
  const service: FakeService = {
    manager,
    name,
    role,
    showLogs: `om-ops ${manager} logs --err --lines 50`,
    orders: [],
    state: {
      state: 'up',
      pid,
      restarts: 0,
      uptimeMs: 60_000,
      memoryBytes: 50_000_000,
      cpuPercent: 0,
      ...status,
    },
    status: async () => service.state,
    logFiles: async () => [],
    user: async () => null,
    node: async () => ({ program: process.execPath, version: process.versions.node }),
    async start() {
      service.orders.push('start');
      come();
    },
    async restart() {
      service.orders.push('restart');
      service.state = { ...service.state, restarts: (service.state.restarts ?? 0) + 1 };
      come();
    },
    async stop() {
      service.orders.push('stop');
      service.state = { ...service.state, state: 'stopped', pid: null, uptimeMs: null };
    },
    ...answers,
  };
  const come = () => {
    pid += 1;
    service.state = { ...service.state, state: 'up', pid, uptimeMs: 0 };
  };
  return service;
}
