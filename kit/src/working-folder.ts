import { isAbsolute, resolve } from 'node:path';
import { OpsError, systemCode } from './errors.ts';

/** The folder the command was started in; undefined when it was deleted since somebody changed into it. */
export function workingFolder(): string | undefined {
  try {
    return process.cwd();
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'EACCES') return undefined;
    throw error;
  }
}

/** What a command ends with that cannot do without its working folder. */
export function noWorkingFolder(): OpsError {
  return new OpsError(
    'E_NO_WORKING_FOLDER',
    'The folder you are in does not exist any more, or may not be searched, so nothing can be found from it.',
    {
      exit: 'requirement',
      suggestions: [
        'Change to another folder: cd /',
        'Or name the profile by its whole path: --site /etc/om-ops/site.yaml',
      ],
    },
  );
}

/** An absolute path. @throws OpsError E_NO_WORKING_FOLDER (exit 5) for a relative one without a folder to start from. */
export function resolveFrom(cwd: string | undefined, path: string): string {
  if (isAbsolute(path)) return resolve(path);
  if (cwd === undefined) throw noWorkingFolder();
  return resolve(cwd, path);
}
