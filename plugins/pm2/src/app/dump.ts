import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCode } from '@om-ops/kit';

/** What PM2 starts again after a boot: `dump.pm2`. */
export type Dump =
  | { entries: DumpEntry[] }
  /** `isDenied`: not ours to read. */
  | { problem: string; isDenied: boolean };

export interface DumpEntry {
  name: string;
  /** `stopped` is not started again. */
  status: string;
  script: string;
  cwd: string;
  mode: string;
  whole: Record<string, unknown>;
}

/** Reads what was saved; no entries when nothing was. */
export function readDump(home: string): Dump {
  const path = join(home, 'dump.pm2');
  try {
    const list: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!Array.isArray(list)) return { problem: `${path} holds no list`, isDenied: false };
    return { entries: list.map(entryOf) };
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { entries: [] };
    const isDenied = code === 'EACCES' || code === 'EPERM';
    return {
      problem: isDenied ? `${path} may not be read` : `${path}: ${messageOf(error)}`,
      isDenied,
    };
  }
}

function entryOf(value: unknown): DumpEntry {
  const whole =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const text = (key: string) => (typeof whole[key] === 'string' ? whole[key] : '');
  return {
    name: text('name'),
    status: text('status'),
    script: text('pm_exec_path'),
    cwd: text('pm_cwd'),
    mode: text('exec_mode'),
    whole,
  };
}
