import { dirname, isAbsolute, resolve } from 'node:path';
import { findProgram, type Redact, type Site } from '@om-ops/kit';
import { portListeners, processOf } from '@om-ops/kit/proc';
import { containersOf } from '../kinds/compose.ts';
import type { Look } from '../kinds/look.ts';
import { serviceLines } from '../logs/lines.ts';
import { lookAtServices, type Managers } from '../look/managers.ts';
import { ownerOf } from '../look/owners.ts';
import { isUnclear, isUnwell, type ServiceHealth, serviceStatuses } from '../look/status.ts';
import type { PlainProcess, ServiceDefinition } from '../site.ts';
import { type Cause, nothingAround, type Surroundings } from './cause.ts';
import { pathCauses } from './paths.ts';
import { unitCauses } from './unit.ts';
import { spokenCauses, takenPorts } from './words.ts';

export interface Why {
  name: string;
  target: string;
  status: ServiceHealth;
  /** It runs, stays and answers. */
  isWell: boolean;
  /** The causes first, then what is only suspect. */
  causes: Cause[];
  /** What it has printed last, without secrets. */
  lastLines: string[];
}

export interface FindOptions {
  service: ServiceDefinition;
  all: readonly ServiceDefinition[];
  managers: Managers;
  site: Pick<Site, 'backend' | 'envFiles' | 'below'>;
  redact: Redact;
  signal: AbortSignal;
}

/** Everything that speaks for why a service does not start, stay or answer; all of it, and not the first only. */
export async function findCauses(options: FindOptions): Promise<Why> {
  const { service, all, managers, signal } = options;
  const [status] = await serviceStatuses([service], managers, signal);
  if (status === undefined) throw new Error(`${service.name} was not looked at`);
  const isWell = !isUnwell(status) && !isUnclear(status) && status.state === 'running';
  const looks = await lookAtServices(all, managers, signal);
  const look = looks.get(service.name) as Look;
  const lastLines = isWell ? [] : await printedLast(options, look);
  const { causes: own, around } = await managerCauses(options, status);
  const causes = [
    ...own,
    ...(isWell ? [] : spokenCauses(lastLines)),
    ...(isWell ? [] : await pathCauses(around, signal)),
    ...portCauses(options, looks, lastLines),
    ...needCauses(service, looks),
    ...answerCauses(status),
  ];
  const levels = ['cause', 'suspect'];
  return {
    name: service.name,
    target: service.target,
    status,
    isWell: isWell && causes.every(({ level }) => level === 'suspect'),
    causes: joined(causes).sort((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level)),
    lastLines,
  };
}

/** What two sources say is said once, with the evidence of both. */
function joined(causes: readonly Cause[]): Cause[] {
  const found: Cause[] = [];
  for (const one of causes) {
    const same = found.find(
      ({ code, message }) =>
        code === one.code &&
        (message === one.message || code === 'port-taken' || code === 'disk-full'),
    );
    if (same === undefined) found.push({ ...one, evidence: [...one.evidence] });
    else same.evidence.push(...one.evidence.filter((line) => !same.evidence.includes(line)));
  }
  return found;
}

async function managerCauses(
  { service, site, signal }: FindOptions,
  status: ServiceHealth,
): Promise<{ causes: Cause[]; around: Surroundings }> {
  const { how } = service;
  const files = site.envFiles.map((path) => ({ path: site.below(path), mayBeMissing: true }));
  switch (how.kind) {
    case 'systemd': {
      const found = await unitCauses(how.unit, signal);
      const { around } = found;
      return { ...found, around: { ...around, envFiles: [...around.envFiles, ...files] } };
    }
    case 'process':
      return { causes: absentCause(service, status), around: aroundProcess(how) };
    case 'compose':
      return {
        causes: [...absentCause(service, status), ...(await containerCauses(service, signal))],
        around: nothingAround,
      };
    case 'pm2':
      return {
        causes: absentCause(service, status),
        around: { ...nothingAround, envFiles: files },
      };
  }
}

function absentCause(
  { name }: ServiceDefinition,
  { state, problem = '', exit }: ServiceHealth,
): Cause[] {
  if (state !== 'absent' && state !== 'failed' && state !== 'flapping' && state !== 'stopped')
    return [];
  const code = state === 'absent' ? 'not-there' : state;
  return [
    {
      code,
      level: state === 'stopped' ? 'suspect' : 'cause',
      message: problem || `${name} is ${state}.`,
      evidence: exit === undefined ? [`state ${state}`] : [JSON.stringify(exit)],
      command: `om-ops service start ${name}`,
    },
  ];
}

async function containerCauses(service: ServiceDefinition, signal: AbortSignal): Promise<Cause[]> {
  const found = await containersOf([service], signal).catch(() => new Map());
  const containers: {
    Name: string;
    State: { OOMKilled: boolean; Error: string; ExitCode: number };
  }[] = found.get(service.name) ?? [];
  return containers.flatMap(({ Name, State }): Cause[] => [
    ...(State.OOMKilled
      ? [
          {
            code: 'oom-kill',
            level: 'cause' as const,
            message: 'The kernel ended it for want of memory.',
            evidence: [`${Name.slice(1)}: OOMKilled`],
          },
        ]
      : []),
    ...(State.Error
      ? [
          {
            code: 'docker',
            level: 'cause' as const,
            message: 'Docker could not start it.',
            evidence: [State.Error],
          },
        ]
      : []),
  ]);
}

function aroundProcess({ argv, cwd, user, envFile, output, pidfile }: PlainProcess): Surroundings {
  const [program = '', first] = argv;
  const path = program.includes('/') ? resolve(cwd, program) : findProgram(program);
  const script = first !== undefined && /\.\w{1,4}$/.test(first) ? [resolve(cwd, first)] : [];
  return {
    programs: [path ?? (isAbsolute(program) ? program : resolve(cwd, program)), ...script],
    cwd,
    user,
    envFiles: envFile === null ? [] : [{ path: envFile, mayBeMissing: false }],
    writes: [dirname(output), ...(pidfile === null ? [] : [dirname(pidfile)])],
  };
}

async function printedLast(
  { service, managers, redact, signal }: FindOptions,
  { since }: Look,
): Promise<string[]> {
  const lines: string[] = [];
  // What it said long before it ended is not why.
  const from = since === null ? {} : { since: new Date(since - 10 * 60_000) };
  try {
    const options = { lines: 60, follow: false, redact, signal, ...from };
    for await (const { text } of serviceLines(service, managers, options)) lines.push(text);
  } catch {
    signal.throwIfAborted();
  }
  return lines;
}

function portCauses(
  { service, site, redact }: FindOptions,
  looks: ReadonlyMap<string, Look>,
  lines: readonly string[],
): Cause[] {
  const { http, tcp } = service.ready;
  const own = [
    ...(http === undefined
      ? []
      : [Number(new URL(http).port || (http.startsWith('https') ? 443 : 80))]),
    ...(tcp === undefined ? [] : [Number(tcp.slice(tcp.lastIndexOf(':') + 1))]),
    ...(service.name === 'backend' ? [site.backend.port] : []),
    ...takenPorts(lines),
  ];
  const pids = new Set(looks.get(service.name)?.pids ?? []);
  return [...new Set(own)].flatMap((port): Cause[] => {
    const holders = portListeners(port);
    const others = holders.flatMap((one) => one.pids).filter((pid) => !pids.has(pid));
    const [pid] = others;
    if (pid === undefined || holders.some((one) => one.pids.some((each) => pids.has(each))))
      return [];
    const owner = ownerOf(pid, looks);
    const command = redact.foreign(processOf(pid)?.argv.join(' ') ?? '').slice(0, 160);
    const who = owner === undefined ? `pid ${pid}` : `${owner} (pid ${pid})`;
    // Something in front of it may rightly hold what is asked for.
    return [
      {
        code: 'port-taken',
        level: http !== undefined && pids.size > 0 ? 'suspect' : 'cause',
        message: `Port ${port} is held by ${who}, and not by ${service.name}.`,
        evidence: [command],
        command: `om-ops service ports ${port}`,
      },
    ];
  });
}

function needCauses(service: ServiceDefinition, looks: ReadonlyMap<string, Look>): Cause[] {
  return service.after.flatMap((name): Cause[] => {
    const look = looks.get(name);
    if (look === undefined || look.state === 'running') return [];
    return [
      {
        code: 'needed-service',
        level: 'cause',
        message: `It needs ${name}, which does not run.`,
        evidence: [look.detail],
        command: `om-ops service why ${name}`,
      },
    ];
  });
}

function answerCauses({ state, ready }: ServiceHealth): Cause[] {
  if (state !== 'running' || ready?.ok !== false) return [];
  return [
    {
      code: 'no-answer',
      level: 'cause',
      message: 'Its process runs, and it does not answer.',
      evidence: [ready.detail],
    },
  ];
}
