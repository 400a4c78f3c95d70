import { printable } from '@om-ops/kit/text';
import type { Validation } from '../state/validate.ts';

/** How many lines of a failed test are shown, as om-recovery did. */
const most = 50;

export function validateText({ valid, conf, command, output }: Validation): string {
  const lines = output.slice(-most).map((line) => `  ${printable(line)}`);
  const verdict = valid ? `${conf} is valid.` : `${conf} is refused.`;
  return [`$ ${command}`, ...lines, verdict].join('\n');
}
