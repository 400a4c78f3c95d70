import { readFileSync } from 'node:fs';
import type { Machine } from '../readers/machine.ts';
import { uptimeSeconds } from '../readers/machine.ts';
import { type ProcessRow, readProcesses } from '../readers/processes.ts';
import type { ShownProcess } from '../report/types.ts';

const mostShown = 8;
const ticksPerSecond = 100;

/** What takes the processors, between two looks, by program and user. */
export class BusyProcesses {
  readonly #machine: Machine;
  #before: { at: number; ticks: Map<string, number> } | undefined;
  #users: Map<number, string> | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  look(): ShownProcess[] {
    const at = uptimeSeconds(this.#machine);
    const rows = readProcesses(this.#machine).filter(({ argv }) => argv.length > 0);
    const before = this.#before;
    this.#before = { at, ticks: new Map(rows.map((row) => [keyOf(row), row.ticks])) };
    const seconds = before === undefined ? 0 : at - before.at;
    const groups = new Map<string, ShownProcess & { cpuPercent: number }>();
    for (const row of rows) {
      const used =
        before === undefined ? 0 : row.ticks - (before.ticks.get(keyOf(row)) ?? row.ticks);
      const cpu = seconds > 0 ? (100 * Math.max(0, used)) / ticksPerSecond / seconds : 0;
      const group = `${row.name}\n${row.uid}`;
      const { count, cpuPercent, rss } = groups.get(group) ?? { count: 0, cpuPercent: 0, rss: 0 };
      groups.set(group, {
        name: row.name,
        user: this.#userOf(row.uid),
        count: count + 1,
        cpuPercent: cpuPercent + cpu,
        rss: rss + row.rss,
      });
    }
    return [...groups.values()]
      .sort((one, other) => other.cpuPercent - one.cpuPercent || other.rss - one.rss)
      .slice(0, mostShown)
      .map((row) => ({
        ...row,
        cpuPercent: seconds > 0 ? Math.round(row.cpuPercent * 10) / 10 : null,
      }));
  }

  forget(): void {
    this.#before = undefined;
  }

  #userOf(uid: number): string {
    this.#users ??= namesById();
    return this.#users.get(uid) ?? String(uid);
  }
}

/** A number is given to another process later on. */
function keyOf({ pid, start }: ProcessRow): string {
  return `${pid} ${start}`;
}

function namesById(): Map<number, string> {
  try {
    return new Map(
      readFileSync('/etc/passwd', 'utf8')
        .split('\n')
        .map((line) => line.split(':'))
        .filter((fields) => fields.length > 3)
        .map(([name = '', , uid]) => [Number(uid), name]),
    );
  } catch {
    return new Map();
  }
}
