import { createRequire } from 'node:module';
import type { ChalkInstance } from 'chalk';

/** Whether text for a stream may hold colours: FORCE_COLOR, then NO_COLOR, then a terminal that is not dumb and no CI. */
export function wantsColour(
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.CI !== undefined && env.CI !== '' && env.CI !== 'false') return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Chalk as a stream wants it. */
export function styleFor(
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): ChalkInstance {
  // Loaded when something is printed in earnest: most of the time of a short command is loading.
  const { Chalk } = createRequire(import.meta.url)('chalk') as typeof import('chalk');
  return new Chalk({ level: wantsColour(stream, env) ? 2 : 0 });
}
