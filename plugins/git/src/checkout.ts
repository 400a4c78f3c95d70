import { dirname, join } from 'node:path';
import { mayBeThere } from '@om-ops/kit';

/** Whether a folder lies in a checkout, by the look of it: git itself is not asked. */
export function mayBeCheckout(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (mayBeThere(join(at, '.git'))) return true;
    if (at === dirname(at)) return false;
  }
}
