import { type Call, type Fault, plainName } from './shim.ts';

export interface Injection {
  kind: 'error' | 'full' | 'kill' | 'signal';
  /** For people. */
  text: string;
  fault: Pick<Fault, 'calls' | 'at' | 'act' | 'sticky'>;
}

/** Calls that take room on the disk. */
const spaceTaking = ['open', 'mkdir', 'write', 'link', 'symlink', 'truncate'];
const failing = ['rename', 'link', 'unlink', 'rmdir', 'mkdir', 'fsync', 'syncfs', 'close', 'write'];
const naming = ['rename', 'link', 'unlink', 'rmdir', 'mkdir'];
const lasting = ['rename', 'link', 'fsync', 'syncfs'];

/** At most so many of each kind for one operation, unless all are wanted. */
const most = { error: 6, full: 2, kill: 4, signal: 2 } as const;

/** What is to happen to which call of a run that went well. */
export function injectionsFor(calls: readonly Call[], all: boolean): Injection[] {
  const written = new Set(calls.filter(({ name }) => name === 'open').map(({ path }) => path));
  const counted = calls.filter(({ name, path }) => name !== 'close' || written.has(path));
  const chosen = all ? counted : lastOfEach(counted);
  const one = (kind: Injection['kind'], call: Call, fault: Injection['fault'], what: string) => ({
    ...{ kind, fault },
    text: `${what} at ${call.number} ${call.name} ${call.path.replace(/.*\/om-ops-test-\w+\//, '')}`,
  });
  const errors = chosen
    .filter(({ name }) => failing.includes(name))
    .map((call) => one('error', call, { at: call.number, act: { error: 'EIO' } }, 'EIO'));
  const full = chosen
    .filter(({ name }) => spaceTaking.includes(name))
    .map((call) => {
      const taking = calls.filter(({ name }) => spaceTaking.includes(name));
      const at = taking.indexOf(call) + 1;
      const act = { error: 'ENOSPC' } as const;
      return one('full', call, { calls: spaceTaking, at, act, sticky: true }, 'ENOSPC from');
    });
  const kills = chosen.flatMap((call) => [
    ...(naming.includes(call.name)
      ? [one('kill', call, { at: call.number, act: 'kill-before' }, 'kill before')]
      : []),
    ...(lasting.includes(call.name)
      ? [one('kill', call, { at: call.number, act: 'kill-after' }, 'kill after')]
      : []),
  ]);
  const signals = counted
    .filter((_call, at) => at % 10 === 5)
    .map((call) => one('signal', call, { at: call.number, act: 'signal' }, 'SIGTERM'));
  const groups = { error: errors, full, kill: kills, signal: signals };
  return Object.entries(groups).flatMap(([kind, group]) =>
    all ? group : spread(group, most[kind as keyof typeof most]),
  );
}

/** Of calls that differ in numbers only, the last one. */
function lastOfEach(calls: readonly Call[]): Call[] {
  const last = new Map<string, Call>();
  for (const call of calls) {
    const path = plainName(call.path).replace(/\d+/g, '0');
    last.set(`${call.name} ${path}`, call);
  }
  return [...last.values()].sort((one, other) => one.number - other.number);
}

/** So many of them, from the first to the last. */
function spread<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from(
    { length: most },
    (_, at) => all[Math.round((at * (all.length - 1)) / (most - 1))] as T,
  );
}
