import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Program, program } from '@om-ops/kit';

/** The program `pm2` of a site. */
export function pm2Program(bin: string): Program {
  return program(bin, { install: 'Install it: sudo npm install -g pm2', version: ['--version'] });
}

/**
 * The version of the program, without running it: every call of it starts a daemon. Null when it is a
 * wrapper that does not lie in its package.
 */
export function programVersion(path: string): string | null {
  try {
    const manifest = join(dirname(realpathSync(path)), '../package.json');
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
    return name === 'pm2' && typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
