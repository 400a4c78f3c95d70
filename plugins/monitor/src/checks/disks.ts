import { execLook } from '@om-ops/kit';
import { formatBytes, formatCount } from '@om-ops/kit/text';
import { starPattern } from '../named.ts';
import { type Room, readRoom, roomOf } from '../readers/disks.ts';
import type { Machine } from '../readers/machine.ts';
import { readMounts, watchedMounts } from '../readers/mounts.ts';
import { bytesOf } from '../site/amounts.ts';
import type { HealthSection, HealthThresholds } from '../site/health.ts';
import { forecastCheck } from './forecast.ts';
import {
  judged,
  levelOf,
  type OwnAnswer,
  ownCheck,
  shownMetric,
  type WatchedCheck,
  worstOf,
} from './watched-check.ts';

export interface DiskOptions {
  /** STATE, where history is. */
  state: string;
  machine: Machine;
  thresholds: HealthThresholds;
  mounts: HealthSection['mounts'];
  sourceOf(name: keyof HealthThresholds): string;
}

const tags = ['host', 'resources', 'disk'];

/** The room and the inodes of each file system, and the network mounts that the profile names. */
export function diskChecks({
  state,
  machine,
  thresholds,
  mounts,
  sourceOf,
}: DiskOptions): WatchedCheck[] {
  const own = watchedMounts(readMounts(machine), mounts.ignore.map(starPattern)).filter(
    ({ path }) => !mounts.network.includes(path),
  );
  const common = { tags, samples: 1, runbook: 'disk-filling' };
  return [
    ...own.flatMap(({ path }) => [
      ownCheck(`disk:${path}`, {
        ...common,
        title: `Room on ${path}`,
        reads: `The room of the file system at ${path} (statfs), as df counts it.`,
        source: sourceOf('disk'),
        command: 'om-ops analysis run entire',
        run: async () => diskAnswer(path, await readRoom(path), thresholds.disk),
      }),
      ownCheck(`inodes:${path}`, {
        ...common,
        title: `Inodes on ${path}`,
        reads: `The inodes of the file system at ${path} (statfs).`,
        source: sourceOf('inodes'),
        run: async () => inodesAnswer(path, await readRoom(path), thresholds.inodes),
      }),
      forecastCheck(path, {
        state,
        machine,
        thresholds: thresholds.disk,
        source: sourceOf('disk'),
      }),
    ]),
    ...mounts.network.map((path) =>
      ownCheck(`mount:${path}`, {
        ...common,
        title: `Network mount ${path}`,
        reads: `/proc/self/mountinfo, and the room at ${path}, asked in a child that may hang.`,
        kind: 'service',
        source: sourceOf('disk'),
        timeoutMs: 8000,
        run: (signal) => mountAnswer(path, machine, thresholds, signal),
      }),
    ),
  ];
}

/** Less than this is too little to work with, whatever share of a large file system it is. */
const tooLittle = 1e9;
/** A small one, as of the boot loader, has never more. */
const smallDisk = 5e9;

export function diskAnswer(
  path: string,
  room: Room | null,
  { warning, critical, free }: HealthThresholds['disk'],
): OwnAnswer {
  if (room === null) return { state: 'off', message: `${path} has no size of its own.` };
  const { percent, available, size } = room;
  const limits = { warning, critical, when: 'above' } as const;
  // A large disk at 96% may have more room than a small one ever had: both have to be short.
  const byRoom =
    available < bytesOf(free.critical)
      ? 'critical'
      : available < bytesOf(free.warning)
        ? 'warning'
        : 'healthy';
  const byPercent = levelOf(percent, limits);
  const isOut = size >= smallDisk && available < tooLittle;
  const state = isOut
    ? 'critical'
    : byPercent === 'critical'
      ? byRoom
      : byPercent === 'warning' && byRoom !== 'healthy'
        ? 'warning'
        : 'healthy';
  return {
    state,
    message: `${path} is ${percent}% full: ${formatBytes(available)} of ${formatBytes(size)} can still be written.`,
    metrics: [
      judged(`Room on ${path}`, percent, 'percent', limits),
      shownMetric('free', `Free on ${path}`, available, 'bytes'),
    ],
    arithmetic: [
      `used ${formatBytes(room.used)} / (used ${formatBytes(room.used)} + available ${formatBytes(available)}) = ${percent}%, rounded up as df has it`,
      `Bad only with little left as well: a warning below ${free.warning}, critical below ${free.critical}, and below 1 GB whatever the percent on all but the smallest`,
    ],
  };
}

function inodesAnswer(
  path: string,
  room: Room | null,
  { warning, critical }: HealthThresholds['inodes'],
): OwnAnswer {
  if (room === null || room.inodes === null)
    return { state: 'off', message: `${path} has no inodes to run out of.` };
  const { size, used, percent } = room.inodes;
  const limits = { warning, critical, when: 'above' } as const;
  return {
    state: levelOf(percent, limits),
    message: `${percent}% of the inodes of ${path} are in use: ${formatCount(size - used)} more files can be made.`,
    metrics: [judged(`Inodes on ${path}`, percent, 'percent', limits)],
  };
}

/**
 * A server that is gone holds up whoever asks for the room of its mount, for good, and no signal ends that: the one who
 * asks is left behind, and writes where nobody waits for its end.
 */
const askForRoom = `
out=$(mktemp) || exit 125
stat -f -c '%S %b %f %a %c %d' -- "$1" >"$out" 2>&1 </dev/null &
asked=$!
tries=0
while kill -0 "$asked" 2>/dev/null; do
  [ "$tries" -ge 40 ] && { rm -f "$out"; exit 124; }
  tries=$((tries + 1))
  sleep 0.1
done
wait "$asked"
code=$?
cat "$out"
rm -f "$out"
exit "$code"
`;

async function mountAnswer(
  path: string,
  machine: Machine,
  thresholds: HealthThresholds,
  signal: AbortSignal,
): Promise<OwnAnswer> {
  const mount = readMounts(machine).find((one) => one.path === path);
  if (mount === undefined) return { state: 'critical', message: `Nothing is mounted at ${path}.` };
  const { exitCode, stdout } = await execLook('sh', ['-c', askForRoom, 'sh', path], {
    signal,
    accept: 'any',
  });
  const what = `${path} (${mount.source})`;
  if (exitCode === 124) return { state: 'critical', message: `${what} does not answer.` };
  if (exitCode !== 0)
    return { state: 'critical', message: `${what} cannot be asked: ${stdout.trim()}.` };
  const [bsize = 0, blocks = 0, bfree = 0, bavail = 0, files = 0, ffree = 0] = stdout
    .trim()
    .split(' ')
    .map(Number);
  const room = roomOf({ bsize, blocks, bfree, bavail, files, ffree });
  const answer = diskAnswer(path, room, thresholds.disk);
  return { ...answer, state: worstOf(['healthy', answer.state]) };
}
