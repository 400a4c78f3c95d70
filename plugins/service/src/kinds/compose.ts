import {
  execLines,
  execLook,
  isOpsError,
  messageOf,
  OpsError,
  type Progress,
  program,
} from '@om-ops/kit';
import { withDescendants } from '@om-ops/kit/proc';
import type { ServiceDefinition } from '../site.ts';
import { type Exit, type Look, noLook, unseen } from './look.ts';
import type { Manager, Order } from './manager.ts';
import { memoryOf } from './memory.ts';

export const docker = program('docker', {
  install: 'Install Docker: sudo apt-get install docker.io',
});

/** What `docker inspect` says, as far as it is read. */
interface Container {
  Id: string;
  Name: string;
  RestartCount: number;
  State: {
    Status: string;
    Running: boolean;
    Restarting: boolean;
    OOMKilled: boolean;
    Pid: number;
    ExitCode: number;
    Error: string;
    StartedAt: string;
    FinishedAt: string;
    Health?: { Status: string };
  };
  HostConfig: { RestartPolicy: { Name: string } };
}

function composeOf({ how }: ServiceDefinition) {
  if (how.kind !== 'compose') throw new Error(`${how.kind} is no container`);
  return how;
}

const label = 'com.docker.compose';

/**
 * The containers of Docker Compose by their labels, which every Compose and what imitates it sets; what
 * `docker compose ps` prints is another thing in each of them.
 */
export async function containersOf(
  services: readonly ServiceDefinition[],
  signal: AbortSignal,
): Promise<Map<string, Container[]>> {
  const format = ['.ID', `.Label "${label}.project"`, `.Label "${label}.service"`]
    .concat(`.Label "${label}.oneoff"`)
    .map((one) => `{{${one}}}`)
    .join('\t');
  const { stdout } = await docker.look(
    ['ps', '--all', '--no-trunc', '--filter', `label=${label}.project`, '--format', format],
    { signal },
  );
  const ids = new Map<string, string[]>(services.map(({ name }) => [name, []]));
  for (const line of stdout.split('\n')) {
    const [id = '', project, service, oneOff] = line.split('\t');
    if (id === '' || oneOff === 'True') continue;
    for (const one of services) {
      const wanted = composeOf(one);
      if (wanted.project === project && wanted.service === service) ids.get(one.name)?.push(id);
    }
  }
  const all = [...ids.values()].flat();
  if (all.length === 0) return new Map(services.map(({ name }) => [name, []]));
  const inspected = await docker.look(['inspect', '--type', 'container', ...all], {
    signal,
    // One of them may just have been removed.
    accept: [0, 1],
  });
  const found = JSON.parse(inspected.stdout || '[]') as Container[];
  return new Map([...ids].map(([name, own]) => [name, found.filter(({ Id }) => own.includes(Id))]));
}

export const compose: Manager = {
  kind: 'compose',
  source: 'docker',
  async look(services, signal) {
    try {
      const containers = await containersOf(services, signal);
      return new Map(
        services.map((one) => [one.name, lookOf(one.target, containers.get(one.name) ?? [])]),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (!isOpsError(error)) throw error;
      return new Map(services.map(({ name }) => [name, unseen(messageOf(error))]));
    }
  },
  command(service, order, look) {
    const { project, service: name, file } = composeOf(service);
    return look.state === 'absent'
      ? `docker compose --project-name ${project}${file === null ? '' : ` --file ${file}`} up --detach --no-deps ${name}`
      : `docker ${order} (the containers of ${project}/${name})`;
  },
  order,
  async *lines(service, { lines, follow, since, redact, signal }) {
    const containers = (await containersOf([service], signal)).get(service.name) ?? [];
    const [one, ...others] = containers;
    if (one === undefined) throw noContainer(service);
    const options = [
      'logs',
      '--timestamps',
      `--tail=${lines}`,
      ...(follow ? ['--follow'] : []),
      ...(since === undefined ? [] : [`--since=${since.toISOString()}`]),
    ];
    // Of several instances the first is followed; without following they stand one after the other.
    for (const { Id } of follow ? [one] : [one, ...others])
      for await (const line of execLines('docker', [...options, Id], { redact, signal })) {
        const [, time = null, text = line.text] = /^(\S+Z) (.*)$/.exec(line.text) ?? [];
        yield { text, from: line.from, time };
      }
  },
};

async function order(
  service: ServiceDefinition,
  what: Order,
  _look: Look,
  progress: Progress,
): Promise<void> {
  const { signal } = progress;
  if (what === 'reload')
    throw new OpsError('E_NO_RELOAD', `${service.target} cannot be reloaded: it is a container.`, {
      suggestions: [`Restart it: om-ops service restart ${service.name}`],
    });
  const containers = (await containersOf([service], signal)).get(service.name) ?? [];
  progress.report({ stage: `docker ${what} ${service.target}` });
  if (containers.length > 0) {
    await docker.exec([what, ...containers.map(({ Id }) => Id)], { signal, timeoutMs: 120_000 });
    return;
  }
  if (what === 'stop') return;
  const { project, service: name, file } = composeOf(service);
  if (file === null) throw noContainer(service);
  const args = ['--project-name', project, '--file', file, 'up', '--detach', '--no-deps', name];
  const [tool, ...rest] = await composeProgram(signal);
  await execLook(tool as string, [...rest, ...args], { signal, timeoutMs: 600_000 });
}

/** Compose 2 is a part of docker; Debian 12 has the first one. */
async function composeProgram(signal: AbortSignal): Promise<string[]> {
  const { exitCode } = await docker.look(['compose', 'version'], { accept: 'any', signal });
  return exitCode === 0 ? ['docker', 'compose'] : ['docker-compose'];
}

function noContainer(service: ServiceDefinition): OpsError {
  return new OpsError('E_APP_UNKNOWN', `Docker has no container of ${service.target}.`, {
    exit: 'requirement',
    suggestions: [
      `Name its compose file, so that it can be made: services.${service.name}.compose.file`,
    ],
  });
}

/** From the worst. */
const worst: readonly Look['state'][] = [
  'failed',
  'restarting',
  'unknown',
  'stopping',
  'stopped',
  'starting',
  'running',
];

function lookOf(target: string, containers: readonly Container[]): Look {
  const looks = containers.map(containerLook);
  const [first] = [...looks].sort((a, b) => worst.indexOf(a.state) - worst.indexOf(b.state));
  if (first === undefined)
    return {
      ...noLook,
      state: 'absent',
      detail: 'no container',
      problem: `Docker has no container of ${target}.`,
    };
  const pids = looks.flatMap((one) => one.pids);
  return {
    ...first,
    key: looks.every(({ key }) => key !== null) ? looks.map(({ key }) => key).join('; ') : null,
    restarts: looks.reduce((sum, one) => sum + (one.restarts ?? 0), 0),
    memoryBytes: pids.length === 0 ? null : memoryOf(pids),
    pids,
  };
}

function containerLook({ Id, Name, State, RestartCount, HostConfig }: Container): Look {
  const pid = State.Running && State.Pid > 0 ? State.Pid : null;
  const exit: Exit | null = State.Running
    ? null
    : { code: State.ExitCode, ...(State.OOMKilled ? { result: 'oom-kill' } : {}) };
  const health = State.Health?.Status;
  const since = Date.parse(State.Running ? State.StartedAt : State.FinishedAt);
  return {
    ...noLook,
    state: stateOf(State),
    detail: health === undefined ? State.Status : `${State.Status} (${health})`,
    pid,
    key: pid === null ? null : `${Id.slice(0, 12)} of ${State.StartedAt}`,
    since: Number.isNaN(since) ? null : since,
    restarts: RestartCount,
    enabled: ['always', 'unless-stopped'].includes(HostConfig.RestartPolicy.Name),
    exit,
    pids: pid === null ? [] : [...withDescendants([pid])],
    ...(health === 'unhealthy'
      ? { problem: `Docker's own check of ${Name.slice(1)} says that it is unhealthy.` }
      : {}),
    ...(State.Error ? { problem: `Docker says: ${State.Error}` } : {}),
  };
}

/** Between two restarts it is said to be running as well. */
function stateOf(state: Container['State']): Look['state'] {
  if (state.Restarting) return 'restarting';
  switch (state.Status) {
    case 'running':
      return state.Health?.Status === 'starting' ? 'starting' : 'running';
    case 'created':
      return 'stopped';
    case 'exited':
      return state.ExitCode === 0 || [137, 143].includes(state.ExitCode) ? 'stopped' : 'failed';
    case 'removing':
      return 'stopping';
    case 'dead':
      return 'failed';
    default:
      // Paused: it holds its port and answers nobody.
      return 'unknown';
  }
}
