import { withDeadline } from '../deadline.ts';
import { clauseOf, messageOf, OpsError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { Site } from '../site/site.ts';

/** The lock that every command holds which starts, stops, replaces or rebuilds the backend. */
export const backendLock = 'service-backend';

export interface ServiceStatus {
  /**
   * `failed`: the manager has given up and does not try again by itself. `starting`: on its way up, or
   * waiting to be tried again. `absent`: the manager does not know it.
   */
  state: 'up' | 'starting' | 'stopped' | 'failed' | 'absent' | 'unknown';
  /** Null unless it runs. Of several instances, the oldest. */
  pid: number | null;
  /** Since it was set up; null where the manager does not count. */
  restarts: number | null;
  uptimeMs: number | null;
  memoryBytes: number | null;
  /** Of one core. */
  cpuPercent: number | null;
  /** The manager's own word for it: `online`, `activating (auto-restart)`. */
  detail?: string;
}

/** A file that a service's output goes to. */
export interface ServiceLogFile {
  /** Absolute; need not exist yet. */
  path: string;
  stream: 'stdout' | 'stderr' | 'both';
}

/** As whom a service runs. */
export interface ServiceUser {
  name: string;
  uid: number;
  gid: number;
  /** How that is known, as the end of a sentence: `the process of demo (pid 4711)`. */
  from: string;
}

/** The Node that a service runs on. */
export interface ServiceNode {
  /** Absolute path; null when only the version is known, as inside a container. */
  program: string | null;
  /** `20.19.5`; null when the program could not be asked. */
  version: string | null;
}

/** What a service is started with. */
export interface ServiceCommand {
  argv: string[];
  cwd: string;
  /** All of its environment: holds secrets. */
  env: Record<string, string>;
  /** Whom it runs as; null: who runs om-ops. */
  user: string | null;
}

/** One long-running part of the site, whoever keeps it running. */
export interface AppService {
  /** `pm2`, `systemd`, `compose`. */
  readonly manager: string;
  /** What the manager calls it. */
  readonly name: string;
  readonly role: 'backend' | 'frontend' | 'worker';
  /** The command that shows what it printed lately, for who has to look: `om-ops pm2 logs --err --lines 50`. */
  readonly showLogs?: string;
  status(signal: AbortSignal): Promise<ServiceStatus>;
  /** None when its output goes to no file: a journal, a container. */
  logFiles(signal: AbortSignal): Promise<ServiceLogFile[]>;
  /** Null when it cannot be told: it does not run and nothing says as whom it would. */
  user(signal: AbortSignal): Promise<ServiceUser | null>;
  /** Null when it runs on something else, or it cannot be told. */
  node(signal: AbortSignal): Promise<ServiceNode | null>;
  /** Returns when the manager has taken the order; {@link waitUntilUp} says whether it worked. */
  restart(progress: Progress): Promise<void>;
  start(progress: Progress): Promise<void>;
  stop(progress: Progress): Promise<void>;
  /** How it is started, for who runs it by hand; null when that is not known. Left out by managers that cannot tell. */
  command?(signal: AbortSignal): Promise<ServiceCommand | null>;
}

/** What a plugin contributes that can keep services running. */
export interface ServiceDriver {
  /** `pm2`, `systemd`, `compose`. */
  readonly manager: string;
  /** Those of this site. None where its program is missing: that is `requirements`' to say. */
  services(site: Site, signal: AbortSignal): Promise<AppService[]>;
  /**
   * Any other that the manager may know, by its name there; its status says whether it does. Left out by managers
   * whose services stand in the profile one by one.
   */
  named?(site: Site, name: string): Promise<AppService>;
}

export interface FindServiceOptions {
  site: Site;
  signal: AbortSignal;
  warn(message: string): void;
  /** How long one driver may take. Default 10 s. */
  timeoutMs?: number;
}

/**
 * The one service of a role. `backend.service` of the profile says which manager and which name it has
 * to be; without it, there must be only one.
 *
 * @throws OpsError E_NO_SERVICE (exit 5), E_AMBIGUOUS_SERVICE (exit 2)
 */
export async function findService(
  drivers: readonly ServiceDriver[],
  role: AppService['role'],
  { site, signal, warn, timeoutMs = 10_000 }: FindServiceOptions,
): Promise<AppService> {
  const wanted =
    role === 'backend' ? site.backend.service : ({ manager: 'auto', name: null } as const);
  const asked = drivers.filter(
    ({ manager }) => wanted.manager === 'auto' || manager === wanted.manager,
  );
  if (asked.length === 0) throw noDriver(role, wanted.manager, drivers);
  const failures: string[] = [];
  const known = await Promise.all(
    asked.map(async (driver) => {
      try {
        const services = await withDeadline(timeoutMs, signal, (both) =>
          driver.services(site, both),
        );
        return services.filter((one) => one.role === role);
      } catch (error) {
        signal.throwIfAborted();
        failures.push(`${driver.manager} could not be asked: ${clauseOf(messageOf(error))}`);
        return [];
      }
    }),
  );
  const all = known.flat();
  const found = wanted.name === null ? all : all.filter(({ name }) => name === wanted.name);
  const [only, other] = found;
  if (only === undefined) throw noService(role, wanted.name, asked, all, failures);
  if (other !== undefined) throw ambiguous(role, found);
  for (const failure of failures)
    warn(`${failure}. ${only.manager} (${only.name}) is taken for the ${role}.`);
  return only;
}

const described = ({ manager, name }: AppService): string => `${manager} (${name})`;

function noDriver(
  role: AppService['role'],
  manager: string,
  drivers: readonly ServiceDriver[],
): OpsError {
  const [other] = drivers;
  return new OpsError(
    'E_NO_SERVICE',
    manager === 'auto'
      ? `No installed plugin can tell what runs the ${role} of this site.`
      : `The site profile says that ${manager} runs the ${role}, and no installed plugin knows ${manager}.`,
    {
      exit: 'requirement',
      suggestions: [
        'See which plugins are installed: om-ops plugins --core',
        ...(other === undefined
          ? []
          : [`Or say in the site profile: backend: {service: {manager: ${other.manager}}}`]),
      ],
    },
  );
}

function noService(
  role: AppService['role'],
  name: string | null,
  asked: readonly ServiceDriver[],
  all: readonly AppService[],
  failures: readonly string[],
): OpsError {
  const managers = asked.map((driver) => driver.manager).join(', ');
  const seen = all.length === 0 ? '' : ` There is ${all.map(described).join(', ')}.`;
  const why = failures.length === 0 ? '' : ` ${failures.join('; ')}.`;
  return new OpsError(
    'E_NO_SERVICE',
    name === null
      ? `Nothing that ${managers} knows runs the ${role} of this site.${why}`
      : `${managers} ${asked.length === 1 ? 'knows' : 'know'} no ${role} called ${name}.${seen}${why}`,
    {
      exit: 'requirement',
      suggestions: [
        'Say in the site profile what runs it: backend: {service: {manager: pm2, name: my-app}}',
        'Check what is missing: om-ops doctor',
      ],
    },
  );
}

function ambiguous(role: AppService['role'], found: readonly AppService[]): OpsError {
  const [first] = found as [AppService, ...AppService[]];
  const sameManager = found.every(({ manager }) => manager === first.manager);
  return new OpsError(
    'E_AMBIGUOUS_SERVICE',
    `${found.map(described).join(' and ')} ${found.length === 2 ? 'both' : 'all'} say they run the ${role}.`,
    {
      exit: 'usage',
      suggestions: [
        `Say in the site profile which: backend: {service: {manager: ${first.manager}${sameManager ? `, name: ${first.name}` : ''}}}`,
      ],
    },
  );
}
