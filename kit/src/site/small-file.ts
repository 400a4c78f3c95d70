import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { OpsError } from '../errors.ts';

/** No profile and no env file that a person wrote is longer. */
export const smallFileBytes = 1024 * 1024;

/**
 * The text of a file of settings. Never waits, as reading a FIFO would until somebody writes to it.
 *
 * @param what `env file`
 * @throws OpsError E_NOT_A_FILE, E_TOO_LARGE (exit 5); the system's error otherwise
 */
export function readSmallFile(path: string, what: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) {
      const kind = stat.isDirectory() ? 'a folder' : stat.isFIFO() ? 'a FIFO' : 'a device';
      throw refusal('E_NOT_A_FILE', `Cannot read the ${what} ${path}: it is ${kind}, no file.`);
    }
    // What the size says may be outdated, or zero below /proc.
    const buffer = Buffer.allocUnsafe(Math.min(stat.size, smallFileBytes) + 65_536);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      length += read;
      if (length > smallFileBytes || length === buffer.length) {
        throw refusal(
          'E_TOO_LARGE',
          `Cannot read the ${what} ${path}: it is larger than 1 MiB, so it is hardly one.`,
        );
      }
      if (read === 0) return buffer.toString('utf8', 0, length);
    }
  } finally {
    closeSync(file);
  }
}

function refusal(code: 'E_NOT_A_FILE' | 'E_TOO_LARGE', message: string): OpsError {
  return new OpsError(code, message, {
    exit: 'requirement',
    suggestions: ['Check the path in the site profile: om-ops config show'],
  });
}
