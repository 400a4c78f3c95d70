import { OpsError } from './errors.ts';

/**
 * What time it is, for whatever is done by the clock: `OM_OPS_NOW` (ISO 8601) where it is set, as tests of schedules
 * do, which then stands still.
 *
 * @throws OpsError E_USAGE (exit 2)
 */
export function currentTime(env: NodeJS.ProcessEnv = process.env): Date {
  const given = env.OM_OPS_NOW;
  if (!given) return new Date();
  const time = new Date(given);
  if (Number.isNaN(time.getTime()))
    throw new OpsError('E_USAGE', `OM_OPS_NOW is no time: \`${given}\`.`, {
      exit: 'usage',
      suggestions: ['It is for tests only; unset it, or write it as 2026-03-29T02:30:00+01:00.'],
    });
  return time;
}
