import type { State } from '@om-ops/kit';
import { styleFor } from '@om-ops/kit/text';

/** The word of a level, painted as far as the terminal likes. */
export function levelWord(level: State): string {
  const style = styleFor(process.stdout);
  switch (level) {
    case 'healthy':
      return style.green(level);
    case 'warning':
      return style.yellow(level);
    case 'critical':
      return style.red.bold(level);
    case 'unknown':
      return style.magenta(level);
    default:
      return style.dim(level);
  }
}
