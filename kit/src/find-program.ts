import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

// Debian keeps nginx and friends where an unprivileged PATH does not look.
const besides = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of a program on PATH, or undefined. */
export function findProgram(program: string, path = process.env.PATH ?? ''): string | undefined {
  if (program.includes('/')) return isExecutable(program) ? program : undefined;
  for (const folder of [...path.split(':'), ...besides]) {
    if (folder !== '' && isExecutable(join(folder, program))) return join(folder, program);
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
