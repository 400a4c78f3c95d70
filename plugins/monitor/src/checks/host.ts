import { setTimeout as delay } from 'node:timers/promises';
import { formatBytes, formatDuration, plural } from '@om-ops/kit/text';
import { ofThisBoot, type Readings } from '../pass/readings.ts';
import { type CpuTimes, cpuTimes, cpuUse, usableProcessors } from '../readers/cpu.ts';
import { readLoad, readPressure } from '../readers/load.ts';
import { type Machine, uptimeSeconds } from '../readers/machine.ts';
import { oomKills, readMemory } from '../readers/memory.ts';
import { msOf } from '../site/amounts.ts';
import type { HealthThresholds } from '../site/health.ts';
import {
  judged,
  levelOf,
  type OwnAnswer,
  ownCheck,
  shownMetric,
  type WatchedCheck,
} from './watched-check.ts';

export interface HostOptions {
  machine: Machine;
  thresholds: HealthThresholds;
  /** Of the passes before. */
  readings: readonly Readings[];
  /** Where a threshold comes from. */
  sourceOf(name: keyof HealthThresholds): string;
}

const host = ['host', 'resources'];

/** The processors, the memory, the load, and what the kernel had to end. */
export function hostChecks(options: HostOptions): WatchedCheck[] {
  const { machine, thresholds, sourceOf } = options;
  return [
    ownCheck('cpu', {
      title: 'Processors',
      reads:
        'The counters of /proc/stat at two moments, and the limit of the control group (cpu.max).',
      tags: host,
      source: sourceOf('cpu'),
      samples: 4,
      runbook: 'high-cpu',
      command: 'om-ops health top --by cpu',
      run: (signal) => cpuAnswer(options, signal),
    }),
    ownCheck('memory', {
      title: 'Memory',
      reads:
        'MemTotal and MemAvailable of /proc/meminfo, and the limits of the control group and those above it, without the page cache that is not in use.',
      tags: host,
      source: sourceOf('memory'),
      samples: 4,
      runbook: 'high-memory',
      command: 'om-ops health top --by memory',
      run: async () => memoryAnswer(machine, thresholds.memory),
    }),
    ownCheck('load', {
      title: 'Load',
      reads: 'The third number of /proc/loadavg, for each processor that may be used.',
      tags: host,
      source: sourceOf('load'),
      samples: 4,
      runbook: 'high-cpu',
      command: 'om-ops health top --by cpu',
      run: async () => loadAnswer(machine, thresholds.load),
    }),
    ownCheck('oom', {
      title: 'Processes ended for want of memory',
      reads: 'The counter oom_kill of /proc/vmstat, now and at the last look.',
      kind: 'event',
      tags: host,
      samples: 1,
      runbook: 'high-memory',
      command: 'om-ops health top --by memory',
      run: async () => oomAnswer(options),
    }),
  ];
}

/** How long two looks at the counters are apart, where nobody has looked before. */
const pauseMs = 200;
/** What is measured over less than this says nothing of what goes on. */
const shortSeconds = 45;

async function cpuAnswer(options: HostOptions, signal: AbortSignal): Promise<OwnAnswer> {
  const { machine, thresholds, readings } = options;
  const earlier = earlierTimes(
    machine,
    ofThisBoot(readings, machine),
    msOf(thresholds.cpu.average) / 1000,
  );
  let before: CpuTimes;
  let seconds: number;
  if (earlier === undefined) {
    before = cpuTimes(machine);
    await delay(pauseMs, undefined, { signal });
    seconds = pauseMs / 1000;
  } else {
    before = earlier.cpu;
    seconds = earlier.seconds;
  }
  const times = cpuTimes(machine);
  const use = cpuUse(before, times);
  if (use === null) throw new Error('the counters of the kernel stand still');
  const usable = usableProcessors(machine, times);
  const limits = { ...thresholds.cpu, when: 'above' } as const;
  const found = levelOf(use.percent, limits);
  const { one } = readLoad(machine);
  // Starting om-ops is itself a second of work: what was short must be borne out by the load of the last minute.
  const borneOut = levelOf((100 * one) / times.processors, limits);
  const isShort = seconds < shortSeconds;
  const state = isShort && found !== 'healthy' && borneOut === 'healthy' ? 'healthy' : found;
  const over = isShort && seconds < 1 ? 'at this moment' : `over ${formatDuration(seconds * 1000)}`;
  const steal =
    use.stealPercent >= 5
      ? `, ${use.stealPercent.toFixed(0)}% taken by other guests of the host`
      : '';
  const wait =
    use.iowaitPercent >= 10 ? `, ${use.iowaitPercent.toFixed(0)}% waiting for disks` : '';
  const short =
    !isShort || found === 'healthy'
      ? ''
      : `, and the load of the last minute (${one.toFixed(2)}) ${state === found ? 'bears it out' : 'says that it is short'}`;
  const limited =
    usable < times.processors ? ` (of which ${Number(usable.toFixed(2))} may be used here)` : '';
  return {
    state,
    message: `${plural(times.processors, 'processor')}${limited} ${times.processors === 1 ? 'is' : 'are'} ${use.percent.toFixed(0)}% busy ${over}${steal}${wait}${short}.`,
    metrics: [
      judged('Processors', rounded(use.percent), 'percent', limits),
      shownMetric('iowait', 'Waiting for disks', rounded(use.iowaitPercent), 'percent'),
      shownMetric('steal', 'Taken by other guests', rounded(use.stealPercent), 'percent'),
    ],
    arithmetic: [
      `${times.total - before.total} ticks went by on all processors in ${seconds.toFixed(1)} s, ${times.idle - before.idle} of them idle: (${times.total - before.total} − ${times.idle - before.idle}) / ${times.total - before.total} = ${use.percent.toFixed(1)}%`,
      `Measured over less than ${shortSeconds} s it counts only when the load of a minute bears it out: ${one.toFixed(2)} on ${times.processors} processors, ${((100 * one) / times.processors).toFixed(0)}%`,
    ],
  };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** The reading that is nearest to so long ago; undefined when there is none that is old enough to compare with. */
function earlierTimes(
  machine: Machine,
  readings: readonly Readings[],
  average: number,
): { cpu: CpuTimes; seconds: number } | undefined {
  const now = uptimeSeconds(machine);
  const known = readings.flatMap(({ cpu, uptimeSeconds: at }) =>
    cpu === null || now - at < 5 || now - at > Math.max(5 * average, 15 * 60)
      ? []
      : [{ cpu, seconds: now - at }],
  );
  const distance = (one: { seconds: number }) => Math.abs(one.seconds - average);
  return known.sort((one, other) => distance(one) - distance(other))[0];
}

function memoryAnswer(
  machine: Machine,
  { warning, critical }: HealthThresholds['memory'],
): OwnAnswer {
  const memory = readMemory(machine);
  const { total, available, limit, swapTotal, swapFree } = memory;
  const own = 100 * (1 - available / total);
  const limited = limit === null ? 0 : (100 * limit.used) / limit.limit;
  // Whichever runs out first: a container may be full on a machine that is empty.
  const percent = Math.max(own, limited);
  const limits = { warning, critical, when: 'above' } as const;
  const ofMachine = `${own.toFixed(0)}% of the memory is in use, ${formatBytes(available)} of ${formatBytes(total)} can still be had`;
  const ofLimit =
    limit === null
      ? ''
      : `; of the ${formatBytes(limit.limit)} that the control group ${limit.group} may have, ${limited.toFixed(0)}%`;
  return {
    state: levelOf(percent, limits),
    message: `${ofMachine}${ofLimit}.`,
    metrics: [
      judged('Memory', rounded(percent), 'percent', limits),
      shownMetric('available', 'Memory to be had', available, 'bytes'),
      ...(swapTotal === 0
        ? []
        : [
            shownMetric(
              'swap',
              'Swap in use',
              rounded(100 * (1 - swapFree / swapTotal)),
              'percent',
            ),
          ]),
    ],
    arithmetic: [
      `1 − MemAvailable ${formatBytes(available)} / MemTotal ${formatBytes(total)} = ${own.toFixed(1)}%`,
      limit === null
        ? 'No control group has a limit below that of the machine.'
        : `Control group ${limit.group}: ${formatBytes(limit.used)} / ${formatBytes(limit.limit)} = ${limited.toFixed(1)}%; the higher of the two counts`,
    ],
  };
}

function loadAnswer(machine: Machine, { warning, critical }: HealthThresholds['load']): OwnAnswer {
  const load = readLoad(machine);
  const processors = usableProcessors(machine, cpuTimes(machine));
  const perProcessor = load.fifteen / processors;
  const limits = { warning, critical, when: 'above' } as const;
  const pressure = readPressure(machine);
  const waited = pressure
    .filter(({ some300 }) => some300 >= 10)
    .map(
      ({ resource, some300 }) =>
        `${some300.toFixed(0)}% of the time something waited for ${resource === 'io' ? 'disks' : resource === 'cpu' ? 'a processor' : 'memory'}`,
    );
  const why = waited.length === 0 ? '' : `; in the last five minutes ${waited.join(', ')}`;
  return {
    state: levelOf(perProcessor, limits),
    message: `The load of 15 minutes is ${load.fifteen.toFixed(2)}, ${perProcessor.toFixed(2)} a processor${why}.`,
    metrics: [
      judged('Load of a processor', rounded(perProcessor), 'count', limits),
      shownMetric('one', 'Load of a minute', load.one, 'count'),
      ...pressure.map(({ resource, some60 }) =>
        shownMetric(`pressure-${resource}`, `Waiting for ${resource}`, some60, 'percent'),
      ),
    ],
    arithmetic: [
      `${load.fifteen.toFixed(2)} / ${processors} processors = ${perProcessor.toFixed(2)}`,
      ...pressure.map(
        ({ resource, some60, some300 }) =>
          `Something waited for ${resource}: ${some60.toFixed(1)}% of the last minute, ${some300.toFixed(1)}% of the last five (shown, and judged by nothing)`,
      ),
    ],
  };
}

function oomAnswer({ machine, readings }: HostOptions): OwnAnswer {
  const kills = oomKills(machine);
  if (kills === null)
    return { state: 'off', message: 'This kernel does not count what it ends for want of memory.' };
  const before = ofThisBoot(readings, machine).at(-1)?.oomKills ?? null;
  const since = before === null ? 0 : kills - before;
  const all = kills === 0 ? 'none' : String(kills);
  return {
    state: since > 0 ? 'warning' : 'healthy',
    message:
      since > 0
        ? `The kernel ended ${plural(since, 'process', 'processes')} for want of memory since the last look, ${all} since the machine was started.`
        : `The kernel ended ${kills === 0 ? 'no process' : plural(kills, 'process', 'processes')} for want of memory since the machine was started${kills === 0 || before === null ? '' : ', and none since the last look'}.`,
    metrics: [shownMetric('value', 'Ended for want of memory', kills, 'count')],
  };
}
