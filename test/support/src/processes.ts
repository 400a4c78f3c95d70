import { readdirSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  pid: number;
  parent: number;
  name: string;
}

/** The processes there are, from /proc. */
export function runningProcesses(): RunningProcess[] {
  const found: RunningProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const [, name = '', rest = ''] = /\((.*)\) (.*)$/s.exec(stat) ?? [];
      found.push({ pid: Number(entry), parent: Number(rest.split(' ')[1]), name });
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/** Processes that this one started, and that they started. */
export function childProcesses(): RunningProcess[] {
  const all = runningProcesses();
  const ours = new Set([process.pid]);
  for (let size = 0; size !== ours.size; ) {
    size = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  return all.filter(({ pid }) => pid !== process.pid && ours.has(pid));
}

export interface LeakWatch {
  /** Ends it. What was seen: `argv of 123 (mariadb-dump)`; how many looks there were; the names of our children. */
  stop(): { leaks: string[]; looks: number; children: Set<string> };
}

/** Looks, again and again, whether a secret shows in the arguments of any process or in the environment of a child. */
export function watchForLeaks(secrets: readonly string[], everyMs = 5): LeakWatch {
  const leaks = new Set<string>();
  const children = new Set<string>();
  let looks = 0;
  const look = () => {
    looks += 1;
    const ours = new Set(childProcesses().map(({ pid }) => pid));
    for (const { pid, name } of runningProcesses()) {
      if (ours.has(pid)) children.add(name);
      for (const file of ours.has(pid) ? ['cmdline', 'environ'] : ['cmdline']) {
        let text: string;
        try {
          text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
        } catch {
          continue;
        }
        if (pid !== process.pid && secrets.some((secret) => text.includes(secret))) {
          leaks.add(`${file === 'cmdline' ? 'argv' : file} of ${pid} (${name})`);
        }
      }
    }
  };
  const timer = setInterval(look, everyMs);
  return {
    stop() {
      clearInterval(timer);
      return { leaks: [...leaks], looks, children };
    },
  };
}
