import type { OpsError } from './errors.ts';
import { printable } from './text/format.ts';

/** What `--json` prints: one of these, and nothing else on stdout. */
export type Envelope<R> =
  | { ok: true; command: string; result: R; warnings: readonly string[] }
  | {
      ok: false;
      command: string;
      error: { code: string; message: string; suggestions: readonly string[]; exit: number };
      result?: R;
      warnings: readonly string[];
    };

export function successEnvelope<R>(
  command: string,
  result: R,
  warnings: readonly string[],
): Envelope<R> {
  return { ok: true, command, result, warnings };
}

export function failureEnvelope<R>(
  command: string,
  error: OpsError,
  warnings: readonly string[],
  result?: R,
): Envelope<R> {
  const { code, message, suggestions, exit } = error;
  return {
    ok: false,
    command,
    error: { code, message, suggestions, exit },
    ...(result === undefined ? {} : { result }),
    warnings,
  };
}

/** An error as people read it: what happened, then what to do next. */
export function errorText(
  error: OpsError,
  paint: { red(text: string): string; dim(text: string): string },
): string {
  const lines = [
    `${paint.red('Error:')} ${printable(error.message)} ${paint.dim(`(${error.code})`)}`,
  ];
  for (const suggestion of error.suggestions) lines.push(`  → ${printable(suggestion)}`);
  return `${lines.join('\n')}\n`;
}
