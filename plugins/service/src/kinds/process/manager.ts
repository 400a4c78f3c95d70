import { OpsError } from '@om-ops/kit';
import { accountOf, startedAt, withDescendants } from '@om-ops/kit/proc';
import type { PlainProcess, ServiceDefinition } from '../../site.ts';
import { fileLines, filesOf } from '../log-files.ts';
import { type Look, noLook } from '../look.ts';
import type { Manager } from '../manager.ts';
import { memoryOf } from '../memory.ts';
import { endProcess } from './end.ts';
import { findProcess } from './found.ts';
import { startProcess } from './start.ts';

export function plainOf({ how }: ServiceDefinition): PlainProcess {
  if (how.kind !== 'process') throw new Error(`${how.kind} is no plain process`);
  return how;
}

export const plainProcess: Manager = {
  kind: 'process',
  source: 'proc',
  async look(services) {
    return new Map(
      await Promise.all(
        services.map(async (one): Promise<[string, Look]> => [one.name, await lookAt(one)]),
      ),
    );
  },
  command(service, order, { pid }) {
    const { argv, user } = plainOf(service);
    const start = `${argv.join(' ')}${user === null ? '' : `, as ${user}`}`;
    const end = `SIGTERM to pid ${pid}`;
    if (order === 'restart') return pid === null ? start : `${end}, then ${start}`;
    return order === 'stop' ? end : order === 'reload' ? `SIGHUP to pid ${pid}` : start;
  },
  async order(service, order, look, progress) {
    const plain = plainOf(service);
    if (order === 'reload')
      throw new OpsError(
        'E_NO_RELOAD',
        `${service.name} cannot be reloaded: nothing says what it does at SIGHUP.`,
        { suggestions: [`Restart it: om-ops service restart ${service.name}`] },
      );
    const account = plain.user === null ? undefined : await accountOf(plain.user);
    const found = findProcess(plain, account?.uid);
    refuseSeveral(service, found.processes.length);
    const [running] = found.processes;
    // Who was shown one process means that one and no other.
    if (order !== 'start' && running !== undefined && keyOf(running) === look.key)
      await endProcess(running, progress);
    if (order !== 'stop') await startProcess(plain, progress);
  },
  async *lines(service, options) {
    const { output } = plainOf(service);
    yield* fileLines(filesOf([output, ...service.logs]), options);
  },
};

const keyOf = ({ pid, startTicks }: { pid: number; startTicks: number }) =>
  `${pid} of ${startTicks}`;

async function lookAt(service: ServiceDefinition): Promise<Look> {
  const plain = plainOf(service);
  const account = plain.user === null ? undefined : await accountOf(plain.user);
  if (plain.user !== null && account === undefined)
    return {
      ...noLook,
      state: 'absent',
      detail: 'no such user',
      problem: `There is no user ${plain.user} on this machine.`,
    };
  const { processes, stale } = findProcess(plain, account?.uid);
  const [one] = processes;
  const problem =
    processes.length > 1
      ? `It was started ${processes.length} times: pids ${processes.map(({ pid }) => pid).join(', ')}.`
      : stale;
  const told = problem === undefined ? {} : { problem };
  if (one === undefined) return { ...noLook, state: 'stopped', detail: 'no process', ...told };
  const pids = [...withDescendants(processes.map(({ pid }) => pid))];
  return {
    ...noLook,
    state: 'running',
    detail: processes.length > 1 ? `running ${processes.length} times` : 'running',
    pid: one.pid,
    key: processes.map(keyOf).join('; '),
    since: Math.round(startedAt(one)),
    enabled: false,
    memoryBytes: memoryOf(pids),
    pids,
    ...told,
  };
}

function refuseSeveral({ name }: ServiceDefinition, count: number): void {
  if (count < 2) return;
  throw new OpsError(
    'E_AMBIGUOUS_SERVICE',
    `${name} was started ${count} times, and nothing says which of them is meant.`,
    {
      suggestions: [
        `See them: om-ops service status ${name}`,
        'End those that are too many by their pid, then try again.',
      ],
    },
  );
}
