import { Flags, OpsError, parseDuration } from '@om-ops/kit';

/** How long an app is waited for. */
export const waitFlag = {
  timeout: Flags.string({
    summary: 'How long to wait until it is so: 90s, 5m; a bare number counts seconds.',
    helpValue: 'TIME',
    default: '60s',
  }),
};

const longestMs = 3_600_000;

/** @throws OpsError E_USAGE (exit 2) */
export function waitMs(text: string): number {
  const ms = parseDuration(/^\d+$/.test(text.trim()) ? `${text.trim()}s` : text);
  if (ms >= 1000 && ms <= longestMs) return ms;
  throw new OpsError('E_USAGE', `--timeout ${text} is not between a second and an hour.`, {
    exit: 'usage',
    suggestions: ['Write it as 90s or 5m.'],
  });
}
