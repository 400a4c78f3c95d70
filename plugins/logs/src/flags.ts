import { Args, Flags, parseSince } from '@om-ops/kit';

export const sourceArgs = {
  sources: Args.string({
    multiple: true,
    description: 'Sources of the profile. Default: all of them.',
  }),
};

export const sinceFlag = {
  since: Flags.string({
    summary: 'Not older than this: 2h, 7d, 2026-11-22, "2026-11-22 06:00".',
    helpValue: 'TIME',
  }),
};

export const untilFlag = {
  until: Flags.string({ summary: 'Older than this.', helpValue: 'TIME' }),
};

/** In ms since 1970. @throws OpsError E_USAGE (exit 2) */
export function windowOf(flags: { since?: string | undefined; until?: string | undefined }): {
  since?: number;
  until?: number;
} {
  const { since, until } = flags;
  return {
    ...(since === undefined ? {} : { since: parseSince(since).getTime() }),
    ...(until === undefined ? {} : { until: parseSince(until).getTime() }),
  };
}
