import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram, OpsError, type Program, program, sitePath } from '@om-ops/kit';
import type { Pm2Place } from './place.ts';

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

/**
 * All that PM2 is given of an environment. What it gets it hands to every app for ever, and writes it
 * down: nothing of the operator's, and not the Node that om-ops runs on.
 *
 * @throws OpsError E_PROGRAM_MISSING (exit 5) when no node is left for PM2
 */
export function pm2Environment(
  { home, owner }: Pm2Place,
  path = process.env.PATH ?? '',
): Record<string, string> {
  const clean = sitePath(path);
  if (findProgram('node', clean) === undefined) {
    throw new OpsError(
      'E_PROGRAM_MISSING',
      'There is no node for PM2 on PATH: the one that om-ops runs on is not handed on.',
      {
        exit: 'requirement',
        suggestions: ['Install the Node of the site where PATH finds it.'],
      },
    );
  }
  return { PATH: clean, HOME: owner.home, PM2_HOME: home, LANG: 'C.UTF-8', USER: owner.name };
}
