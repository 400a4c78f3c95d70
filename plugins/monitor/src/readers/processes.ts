import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { kernelText, type Machine } from './machine.ts';

export interface ProcessRow {
  pid: number;
  ppid: number;
  /** The kernel's short name of it. */
  name: string;
  argv: readonly string[];
  uid: number;
  /** `R`, `S`, `D`, `Z`. */
  state: string;
  /** Of the processor since its start, in ticks of 1/100 s. */
  ticks: number;
  /** Bytes. */
  rss: number;
  /** Ticks after the start of the machine. */
  start: number;
}

const pageBytes = 4096;

/** Those that can be seen; one that ends meanwhile is left out. Kernel threads have no argv. */
export function readProcesses({ proc }: Machine): ProcessRow[] {
  return readdirSync(proc).flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const stat = kernelText(proc, entry, 'stat');
    const uid = ownerOf(join(proc, entry));
    if (stat === null || uid === null) return [];
    const close = stat.lastIndexOf(')');
    // The name may itself hold blanks and brackets.
    const fields = stat.slice(close + 2).split(' ');
    return [
      {
        pid: Number(entry),
        ppid: Number(fields[1]),
        name: stat.slice(stat.indexOf('(') + 1, close),
        argv: (kernelText(proc, entry, 'cmdline') ?? '').split('\0').filter((word) => word !== ''),
        uid,
        state: fields[0] ?? '',
        ticks: Number(fields[11]) + Number(fields[12]),
        rss: Number(fields[21]) * pageBytes,
        start: Number(fields[19]),
      },
    ];
  });
}

function ownerOf(path: string): number | null {
  try {
    return statSync(path).uid;
  } catch {
    return null;
  }
}

const interpreters =
  /^(?:node|nodejs|bun|deno|python[\d.]*|ruby[\d.]*|perl[\d.]*|php[\d.]*|java|dotnet|uv|poetry|bundle|npm|npx|pnpm|yarn)$/;
const shells = /^-?(?:sh|bash|dash|ash|zsh|ksh)$/;

/**
 * Whether a process is what is meant by `celery`: the program itself, or what an interpreter runs. One that only
 * has the word among its arguments (`tail -f celery.log`, `vim celery.py`) is another.
 */
export function isProcess({ name, argv, state }: ProcessRow, wanted: string): boolean {
  // A zombie holds its number and does nothing.
  if (state === 'Z' || state === 'X' || argv.length === 0) return false;
  const [program = '', ...rest] = argv;
  // Who writes a blank or a slash means the command line.
  if (/[\s/]/.test(wanted)) return argv.join(' ').includes(wanted);
  if (name.includes(wanted) || program.includes(wanted)) return true;
  if (shells.test(basename(program)))
    return rest[0]?.startsWith('-') === false && rest[0].includes(wanted);
  return interpreters.test(basename(program)) && rest.join(' ').includes(wanted);
}
