/** How a service stands at one moment, as its manager says it. */
export interface Look {
  /** `restarting`: it has ended, and its manager is about to start it again. */
  state:
    | 'running'
    | 'starting'
    | 'stopping'
    | 'restarting'
    | 'stopped'
    | 'failed'
    | 'absent'
    | 'unknown';
  /** The manager's own words: `active (running)`. */
  detail: string;
  /** Its main process; null when it has none. */
  pid: number | null;
  /** Which start of it this is: another one has another word. Null when nothing runs. */
  key: string | null;
  /** Since when it runs or does not, in ms since 1970. */
  since: number | null;
  restarts: number | null;
  /** Whether it comes back at boot; null where that cannot be told. */
  enabled: boolean | null;
  exit: Exit | null;
  memoryBytes: number | null;
  cpuPercent: number | null;
  /** All its processes, as far as they are known. */
  pids: readonly number[];
  /** What is wrong although it may run, as a sentence. */
  problem?: string;
}

/** What its main process ended with last. */
export interface Exit {
  code?: number;
  signal?: string;
  /** The manager's verdict: `exit-code`, `oom-kill`, `start-limit-hit`. */
  result?: string;
}

export const noLook: Look = {
  state: 'unknown',
  detail: 'not asked',
  pid: null,
  key: null,
  since: null,
  restarts: null,
  enabled: null,
  exit: null,
  memoryBytes: null,
  cpuPercent: null,
  pids: [],
};

/** That it could not be seen, and why. */
export function unseen(why: string): Look {
  return { ...noLook, detail: 'unknown', problem: why };
}

/** What systemd means by statuses that no program has: it came no further. */
const beforeStart: Readonly<Record<number, string>> = {
  200: 'CHDIR: its working folder cannot be entered',
  202: 'FDS: its descriptors could not be set up',
  203: 'EXEC: its program cannot be started',
  205: 'LIMITS: its limits could not be set',
  206: 'OOM_ADJUST: its place in the order of killing could not be set',
  208: 'STDIN: its standard input could not be set up',
  209: 'STDOUT: its standard output could not be opened',
  214: 'SETSCHEDULER: its scheduling could not be set',
  216: 'GROUP: its group is not known or cannot be taken',
  217: 'USER: its user is not known or cannot be taken',
  218: 'CAPABILITIES: its capabilities could not be set',
  219: 'CGROUP: its control group could not be set up',
  222: 'STDERR: its standard error could not be opened',
  226: 'NAMESPACE: its mounts could not be set up',
  233: 'RUNTIME_DIRECTORY: its runtime folder could not be made',
  238: 'STATE_DIRECTORY: its state folder could not be made',
  240: 'LOGS_DIRECTORY: its log folder could not be made',
  243: 'CREDENTIALS: its credentials could not be loaded',
};

export function exitMeaning(code: number): string | undefined {
  return beforeStart[code];
}

export function exitText({ code, signal, result }: Exit): string {
  const how =
    signal !== undefined
      ? `ended by ${signal}`
      : code !== undefined
        ? `exit status ${[code, beforeStart[code]].filter(Boolean).join('/')}`
        : undefined;
  const verdict = result === undefined || result === 'success' ? undefined : result;
  return [how, verdict === undefined ? undefined : `result ${verdict}`]
    .filter((part) => part !== undefined)
    .join(', ');
}
