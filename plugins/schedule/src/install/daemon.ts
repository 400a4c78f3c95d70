import { readdirSync, readFileSync } from 'node:fs';

const daemons = new Set(['cron', 'crond', 'fcron', 'dcron', 'anacron']);

/** Whether a cron daemon is seen among the processes. One on the host of a container is not. */
export function cronRuns(): boolean {
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const [first = '', second = ''] = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      const program = first.slice(first.lastIndexOf('/') + 1);
      return daemons.has(program) || (program === 'busybox' && daemons.has(second));
    } catch {
      return false;
    }
  });
}
