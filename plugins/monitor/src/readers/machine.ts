import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentTime, systemCode } from '@om-ops/kit';

/** Where the kernel tells what the machine does. */
export interface Machine {
  /** `/proc`. */
  proc: string;
  /** `/sys`. */
  sys: string;
  now(): Date;
}

/**
 * This machine. `OM_OPS_PROC`, `OM_OPS_SYS` and `OM_OPS_NOW` (a time) put others in its place: they are for tests,
 * which read made trees at a made moment.
 */
export function thisMachine(env: NodeJS.ProcessEnv = process.env): Machine {
  const { OM_OPS_PROC, OM_OPS_SYS } = env;
  return { proc: OM_OPS_PROC || '/proc', sys: OM_OPS_SYS || '/sys', now: () => currentTime(env) };
}

/** The text of a file of the kernel; null where this kernel has none, or it may not be read. */
export function kernelText(...path: [string, ...string[]]): string | null {
  try {
    return readFileSync(join(...path), 'utf8');
  } catch (error) {
    // ESRCH: the process has ended. EOPNOTSUPP: pressure is compiled in and switched off.
    const absent = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ESRCH', 'EOPNOTSUPP', 'EISDIR'];
    if (absent.includes(systemCode(error) ?? '')) return null;
    throw error;
  }
}

/** The same, of what every Linux has. @throws Error a sentence without a full stop */
export function neededText(...path: [string, ...string[]]): string {
  const text = kernelText(...path);
  if (text === null) throw new Error(`${join(...path)} cannot be read`);
  return text;
}

/** Of `/proc/sys/kernel/random/boot_id`; empty where it cannot be read. */
export function bootId({ proc }: Machine): string {
  return kernelText(proc, 'sys/kernel/random/boot_id')?.trim() ?? '';
}

/** How long the machine has been running. */
export function uptimeSeconds({ proc }: Machine): number {
  return Number.parseFloat(kernelText(proc, 'uptime') ?? '') || 0;
}
