import { messageOf } from '@om-ops/kit';

/** What oclif says in several lines and colours, as one sentence. */
export function plainMessage(thrown: unknown): string {
  const message = messageOf(thrown)
    .replace(/\u001b\[[\d;]*m/g, '')
    .replace(/\s*See more help with --help\s*/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  return /[.?!]$/.test(message) ? message : `${message}.`;
}
