import { type CpuTimes, cpuTimes } from '../readers/cpu.ts';
import { bootId, type Machine, uptimeSeconds } from '../readers/machine.ts';
import { oomKills } from '../readers/memory.ts';
import { readDiskTraffic, readNetwork, type Traffic } from '../readers/traffic.ts';

/** Counters of the machine at one moment: what went on is told by two of them. */
export interface Readings {
  bootId: string;
  /** When, by the machine's own clock, which nobody sets. */
  uptimeSeconds: number;
  cpu: CpuTimes | null;
  oomKills: number | null;
  traffic: Traffic[];
}

export function readReadings(machine: Machine): Readings {
  return {
    bootId: bootId(machine),
    uptimeSeconds: uptimeSeconds(machine),
    cpu: orNull(() => cpuTimes(machine)),
    oomKills: oomKills(machine),
    traffic: [...readNetwork(machine), ...readDiskTraffic(machine)],
  };
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    // The check that needs it says why.
    return null;
  }
}

/** Those of this start of the machine, and not of its future: a restored copy of another machine has such. */
export function ofThisBoot(readings: readonly Readings[], machine: Machine): Readings[] {
  const boot = bootId(machine);
  const now = uptimeSeconds(machine);
  return readings.filter((one) => one.bootId === boot && one.uptimeSeconds <= now);
}

const keptSeconds = 15 * 60;

/** What the next pass needs: the last quarter of an hour, and at least the newest. */
export function keptReadings(earlier: readonly Readings[], now: Readings): Readings[] {
  const recent = earlier.filter(
    (one) =>
      one.bootId === now.bootId &&
      one.uptimeSeconds < now.uptimeSeconds &&
      now.uptimeSeconds - one.uptimeSeconds <= keptSeconds,
  );
  // At one look a second they would be hundreds: of those that are close together the older ones stay apart.
  const spaced = recent.filter((one, at) => {
    const next = recent[at + 1] ?? now;
    return next.uptimeSeconds - one.uptimeSeconds >= 5 || at === recent.length - 1;
  });
  return [...spaced.slice(-40), now];
}
