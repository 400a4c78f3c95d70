import { basename } from 'node:path';
import { kernelText, type Machine } from './machine.ts';
import { type ProcessRow, readProcesses } from './processes.ts';

/** One process at two moments. */
export interface ProcessUse {
  row: ProcessRow;
  /** Of one processor, in percent, between the two moments. */
  cpuPercent: number;
  /** Bytes a second, read and written; null: only root and its owner may know. */
  ioBytes: number | null;
}

interface Moment {
  at: number;
  rows: Map<number, ProcessRow>;
  io: Map<number, number | null>;
}

const ticksPerSecond = 100;

/** What each process took between now and the end of `pause`; one that came or went meanwhile is left out. */
export async function readUse(machine: Machine, pause: () => Promise<void>): Promise<ProcessUse[]> {
  const before = moment(machine);
  await pause();
  const after = moment(machine);
  const seconds = (after.at - before.at) / 1000;
  return [...after.rows.values()].flatMap((row) => {
    const then = before.rows.get(row.pid);
    if (then === undefined || then.start !== row.start || row.pid === process.pid) return [];
    const [was, is] = [before.io.get(row.pid) ?? null, after.io.get(row.pid) ?? null];
    return [
      {
        row,
        cpuPercent: (100 * (row.ticks - then.ticks)) / ticksPerSecond / seconds,
        ioBytes: was === null || is === null ? null : Math.max(0, (is - was) / seconds),
      },
    ];
  });
}

function moment(machine: Machine): Moment {
  const at = performance.now();
  const rows = new Map(readProcesses(machine).map((row) => [row.pid, row]));
  const io = new Map([...rows.keys()].map((pid) => [pid, ioOf(machine, pid)]));
  return { at, rows, io };
}

function ioOf({ proc }: Machine, pid: number): number | null {
  const text = kernelText(proc, String(pid), 'io');
  if (text === null) return null;
  const number = (name: string) =>
    Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return number('read_bytes') + number('write_bytes');
}

/** Who keeps a process: a unit of systemd, a container, a session; null: nobody that its control group tells. */
export function unitOf({ proc }: Machine, pid: number): string | null {
  const text = kernelText(proc, String(pid), 'cgroup') ?? '';
  const path = /^(?:0::|\d+:name=systemd:)(\/.*)$/m.exec(text)?.[1] ?? '';
  const container =
    /(?:docker|libpod|containerd|cri-containerd)[-/]([0-9a-f]{12})[0-9a-f]{52}/.exec(path);
  if (container !== null) return `container ${container[1]}`;
  const unit = path.split('/').findLast((part) => /\.(?:service|scope|slice)$/.test(part));
  return unit === undefined || unit === 'user.slice' ? null : unit;
}

/** The app that PM2 runs as this process; null: it is none, or its environment may not be read. */
export function pm2AppOf({ proc }: Machine, pid: number): string | null {
  // The environment is full of secrets: nothing but these two names is taken out of it.
  const variables = (kernelText(proc, String(pid), 'environ') ?? '').split('\0');
  const value = (name: string) =>
    variables.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  return /^\d+$/.test(value('pm_id') ?? '') ? (value('name') ?? null) : null;
}

const interpreters =
  /^(?:node|nodejs|bun|deno|python[\d.]*|ruby[\d.]*|perl[\d.]*|php[\d.]*|sh|bash|dash)$/;

/** What a process is called: its program, and of an interpreter what that runs. Never its other arguments, which may be secrets. */
export function commandOf({ name, argv }: ProcessRow): string {
  const [program] = argv;
  if (program === undefined) return `[${name}]`;
  const short = basename(program.split(' ')[0] ?? program).replace(/:$/, '') || name;
  if (!interpreters.test(short)) return short;
  const at = argv.findIndex((word, index) => index > 0 && !word.startsWith('-'));
  const isModule = at > 1 && argv[at - 1] === '-m';
  // What follows -c or -e is a program, and not the name of one.
  if (at < 1 || /^-(?:\w*[ce]|-eval|-print)$/.test(argv[at - 1] ?? '')) return short;
  return `${short} ${isModule ? argv[at] : basename(argv[at] ?? '')}`;
}
