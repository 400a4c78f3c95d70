/** How far a piece of work has come. Every field replaces the one reported before it. */
export interface ProgressState {
  /** What is being done now, as a noun phrase: `reading`, `hashing heads`. */
  stage?: string;
  /** Bytes done so far. */
  bytes?: number;
  /** Bytes there are in all, once known. */
  totalBytes?: number;
  files?: number;
  totalFiles?: number;
  /** Free text for what has no number: a database's name, a URL. */
  detail?: string;
}

/**
 * What a domain function is handed to say how far it has come and to learn that it must stop.
 * It may call `report` as often as it likes: whoever draws it throttles.
 */
export interface Progress {
  report(state: ProgressState): void;
  /** Something the user has to know although the work goes on. One sentence. */
  warn(message: string): void;
  /** Aborted on Ctrl-C, SIGTERM and SIGHUP. Give the event loop a turn at least every 100 ms, or it never fires. */
  readonly signal: AbortSignal;
}

/** For callers that want neither progress nor a way to stop: benches and tests. */
export function silentProgress(): Progress {
  return { report() {}, warn() {}, signal: new AbortController().signal };
}
