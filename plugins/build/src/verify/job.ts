/** What the script that runs on the app's Node is told. */
export interface CheckJob {
  /** Absolute. */
  files: readonly string[];
  /** `browser`: each is a module or a script, whichever reads; no package.json decides. */
  as: 'node' | 'browser';
}

/** What it answers. */
export interface CheckAnswer {
  /** The version it ran on. */
  node: string;
  files: number;
  bytes: number;
  findings: RawFinding[];
}

export interface RawFinding {
  /** Absolute. */
  file: string;
  line: number | null;
  kind: 'syntax' | 'module-kind' | 'import' | 'unreadable';
  message: string;
  /** It was read as an ES module, whose errors come without a line. */
  module?: boolean;
  /** It was found by its look, and may be in a comment or a string, or be caught where it fails. */
  doubt?: {
    form: 'require' | 'import()' | 'commonjs';
    specifier: string;
    as: 'module' | 'commonjs';
  };
}
