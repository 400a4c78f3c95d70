import { shellQuoted } from '@om-ops/kit';
import { isEscaped, pathBytes } from './escape.ts';

/** One word of a shell command that names `path` (in the escaped form of escape.ts) and nothing else. */
export function pathWord(path: string): string {
  return shellQuoted(isEscaped(path) ? pathBytes(path) : path);
}
