import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A tree of /proc and /sys that an empty, idle machine has, with one file or the other changed. */
export interface MadeMachine {
  proc: string;
  sys: string;
  /** What makes commands read it. */
  env: Record<string, string>;
  set(path: string, content: string): void;
}

const idle: Readonly<Record<string, string>> = {
  'proc/stat':
    'cpu  100 0 100 9800 0 0 0 0 0 0\ncpu0 50 0 50 4900 0 0 0 0 0 0\ncpu1 50 0 50 4900 0 0 0 0 0 0\n',
  'proc/meminfo':
    'MemTotal:       1000000 kB\nMemFree:          50000 kB\nMemAvailable:    900000 kB\n',
  'proc/loadavg': '0.10 0.20 0.30 1/100 4711\n',
  'proc/uptime': '100000.00 190000.00\n',
  'proc/vmstat': 'nr_free_pages 1\noom_kill 0\n',
  'proc/self/mountinfo': '22 27 0:21 / /proc rw - proc proc rw\n',
  'proc/sys/kernel/random/boot_id': '11111111-2222-3333-4444-555555555555\n',
};

export function madeMachine(
  folder: string,
  files: Readonly<Record<string, string>> = {},
): MadeMachine {
  const set = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  for (const [path, content] of Object.entries({ ...idle, ...files })) set(path, content);
  mkdirSync(join(folder, 'sys'), { recursive: true });
  const [proc, sys] = [join(folder, 'proc'), join(folder, 'sys')];
  return { proc, sys, set, env: { OM_OPS_PROC: proc, OM_OPS_SYS: sys } };
}
