/** Why a service does not start, stay or answer, as far as something speaks for it. */
export interface Cause {
  /** Stable: `port-taken`, `oom-kill`. */
  code: string;
  /** `suspect`: it need not be the reason. */
  level: 'cause' | 'suspect';
  /** One sentence. */
  message: string;
  /** What speaks for it: lines, numbers, names; without secrets. */
  evidence: string[];
  /** What helps or shows more, as a command. */
  command?: string;
}

/** What is looked at of a service, whoever runs it. */
export interface Surroundings {
  /** Programs and scripts that have to be there and may be started. */
  programs: string[];
  cwd: string | null;
  user: string | null;
  /** `mayBeMissing`: nobody minds when it is not there. */
  envFiles: { path: string; mayBeMissing: boolean }[];
  /** Folders that it writes to. */
  writes: string[];
}

export const nothingAround: Surroundings = {
  programs: [],
  cwd: null,
  user: null,
  envFiles: [],
  writes: [],
};
