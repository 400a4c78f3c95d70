import {
  type Check,
  type Metric,
  mayBeThere,
  type Panel,
  type PanelContext,
  type Site,
} from '@om-ops/kit';
import { formatBytes, plural } from '@om-ops/kit/text';
import { type CheckedFolder, checkFolders } from './check.ts';
import { findServiceUser, type ServiceUser } from './service-user.ts';
import { type UploadsSection, uploadsSection } from './site.ts';

interface Looked {
  user: ServiceUser | undefined;
  /** Why nothing was tried as the application's user. */
  untried: string | undefined;
  dirs: CheckedFolder[];
}

async function look(site: Site, section: UploadsSection, signal: AbortSignal): Promise<Looked> {
  const user = await findServiceUser({ site, section, signal }).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
  const uid = process.geteuid?.();
  const canTry = user !== undefined && (uid === 0 || uid === user.uid);
  const untried = canTry
    ? undefined
    : user === undefined
      ? 'as whom the application writes is not known'
      : `only root may try it as ${user.name}`;
  const dirs = await checkFolders({ site, section, user: canTry ? user : undefined, signal });
  return { user, untried, dirs };
}

function stateOf({ dirs, untried }: Looked): 'healthy' | 'warning' | 'critical' | 'unknown' {
  if (dirs.some(({ exists, writable }) => !exists || writable === false)) return 'critical';
  if (dirs.some(({ problems }) => problems.length > 0)) return 'warning';
  return untried === undefined ? 'healthy' : 'unknown';
}

function metricsOf({ dirs }: Looked): Metric[] {
  const least = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Math.min(...known);
  };
  return [
    {
      key: 'problems',
      label: 'Folders with a problem',
      unit: 'count',
      welcome: 'down',
      value: dirs.filter(({ problems }) => problems.length > 0).length,
    },
    {
      key: 'free',
      label: 'Free space',
      unit: 'bytes',
      welcome: 'up',
      value: least(dirs.map(({ freeBytes }) => freeBytes)),
    },
    {
      key: 'inodes',
      label: 'Free inodes',
      unit: 'count',
      welcome: 'up',
      value: least(dirs.map(({ freeInodes }) => freeInodes)),
    },
  ];
}

/** Whether the application can write its uploads. */
export async function uploadsChecks(site: Site): Promise<Check[]> {
  const section = await site.section(uploadsSection);
  return [
    {
      key: 'folders',
      title: 'The upload folders',
      everyMs: 10 * 60_000,
      samples: 1,
      runbook: 'component-failure',
      command: 'om-ops uploads check',
      async run(signal) {
        if (section.dirs.length === 0)
          return { state: 'off', message: 'The profile names no upload folders.' };
        if (!mayBeThere(site.root))
          return { state: 'off', message: `There is no site at ${site.root}.` };
        const looked = await look(site, section, signal);
        const bad = looked.dirs.filter(({ problems }) => problems.length > 0);
        const [first] = bad;
        const message =
          first !== undefined
            ? `${first.path}: ${first.problems[0]}${bad.length > 1 ? ` And ${bad.length - 1} more.` : ''}`
            : looked.untried === undefined
              ? `${looked.user?.name} can write to ${plural(looked.dirs.length, 'upload folder')}.`
              : `The folders are there; whether they can be written is not known: ${looked.untried}.`;
        return { state: stateOf(looked), message, metrics: metricsOf(looked) };
      },
    },
  ];
}

export async function uploadsPanel({ site, signal }: PanelContext): Promise<Panel> {
  const section = await site.section(uploadsSection);
  const title = 'Uploads';
  if (section.dirs.length === 0) return { title, state: 'off', metrics: [], facts: [], notes: [] };
  const looked = await look(site, section, signal);
  const metrics = metricsOf(looked);
  const free = metrics.find(({ key }) => key === 'free')?.value ?? null;
  return {
    title,
    state: stateOf(looked),
    metrics,
    facts: [
      { label: 'Folders', value: String(looked.dirs.length) },
      { label: 'Writes as', value: looked.user?.name ?? 'not known' },
      ...(free === null ? [] : [{ label: 'Free', value: formatBytes(free) }]),
    ],
    notes: [
      ...looked.dirs.flatMap(({ path, problems }) => problems.map((one) => `${path}: ${one}`)),
      ...(looked.untried === undefined ? [] : [`Writing was not tried: ${looked.untried}.`]),
    ],
  };
}
