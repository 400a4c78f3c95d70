import type { CheckAnswer } from '@om-ops/kit';
import { formatBytes, plural } from '@om-ops/kit/text';
import type { Machine } from '../readers/machine.ts';
import { isProcess, type ProcessRow, readProcesses } from '../readers/processes.ts';
import { userIds } from '../readers/users.ts';
import type { ProcessTarget } from '../site/checks.ts';
import { ownCheck, shownMetric, type WatchedCheck } from './watched-check.ts';

/** The processes, read once for all checks of a moment. */
export class ProcessTable {
  readonly #machine: Machine;
  #read: { at: number; rows: ProcessRow[] } | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  rows(): ProcessRow[] {
    const at = performance.now();
    // Tries of one check are further apart than this.
    if (this.#read === undefined || at - this.#read.at > 500)
      this.#read = { at, rows: readProcesses(this.#machine) };
    return this.#read.rows;
  }
}

export function processCheck(
  name: string,
  { match, user, min = 1 }: ProcessTarget,
  {
    table,
    tags,
    after,
    runbook = 'component-failure',
  }: {
    table: ProcessTable;
    tags: readonly string[];
    after: readonly string[];
    runbook?: string | undefined;
  },
): WatchedCheck {
  return ownCheck(`process:${name}`, {
    title: `The process ${name}`,
    reads: `The processes in /proc that are ${match}, or that an interpreter runs by this name.`,
    kind: 'service',
    samples: 2,
    tags: ['service', 'process', ...tags],
    after,
    runbook,
    command: 'om-ops health top',
    run: async (): Promise<CheckAnswer> => {
      const uid = user === undefined ? undefined : userIds().get(user);
      if (user !== undefined && uid === undefined)
        throw new Error(`this machine knows no user ${user}`);
      const found = table
        .rows()
        .filter(
          (row) =>
            row.pid !== process.pid &&
            isProcess(row, match) &&
            (uid === undefined || row.uid === uid),
        );
      const of = user === undefined ? '' : ` of ${user}`;
      const bytes = found.reduce((sum, { rss }) => sum + rss, 0);
      return {
        state: found.length < min ? 'critical' : 'healthy',
        message:
          found.length < min
            ? `${plural(found.length, 'process', 'processes')}${of} ${found.length === 1 ? 'matches' : 'match'} ${match}, and there have to be ${min}.`
            : `${plural(found.length, 'process', 'processes')}${of} ${found.length === 1 ? 'matches' : 'match'} ${match}, with ${formatBytes(bytes)} of memory.`,
        metrics: [
          {
            ...shownMetric('value', `Processes of ${name}`, found.length, 'count'),
            welcome: 'up',
            limit: { critical: min, when: 'below' },
          },
          shownMetric('memory', `Memory of ${name}`, bytes, 'bytes'),
        ],
      };
    },
  });
}
