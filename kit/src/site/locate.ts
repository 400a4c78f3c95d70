import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isOpsError, OpsError } from '../errors.ts';
import { shellWord } from '../shell.ts';
import { isThere } from '../store/folders.ts';
import { distrust, hasMadeUpPermissions, trustedUsers } from '../store/trust.ts';
import { noWorkingFolder, resolveFrom } from '../working-folder.ts';

export interface LocateOptions {
  /** From `--site`. */
  flag?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** Undefined when it does not exist any more: {@link workingFolder}. */
  cwd: string | undefined;
}

export interface Located {
  /** Undefined: no profile anywhere, the built-in defaults count. */
  file: string | undefined;
  /** Who named it: `--site`, `OM_OPS_SITE` or `search`. */
  by: '--site' | 'OM_OPS_SITE' | 'search' | 'built-in';
  /** The places a search looks at, in order. */
  searched: string[];
}

/** Finds the site profile. A file that was named but is not there is an error, never a fallback. @throws OpsError E_SITE_NOT_FOUND (exit 2), E_NO_WORKING_FOLDER (exit 5) */
export function locateProfile({ flag, env, cwd }: LocateOptions): Located {
  const configHome = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  const searched = [
    ...(cwd === undefined ? [] : [join(cwd, 'om-ops.yaml')]),
    join(configHome, 'om-ops', 'site.yaml'),
    '/etc/om-ops/site.yaml',
  ];
  const named = flag ?? (env.OM_OPS_SITE || undefined);
  if (named !== undefined) {
    const file = resolveFrom(cwd, named);
    const by = flag === undefined ? 'OM_OPS_SITE' : '--site';
    if (!isThere(file)) {
      throw new OpsError('E_SITE_NOT_FOUND', `There is no site profile ${file} (named by ${by}).`, {
        exit: 'usage',
        suggestions: [
          ...(/^~\//.test(named)
            ? [
                `The shell leaves ~ after = alone; write: ${by === '--site' ? '--site ' : 'OM_OPS_SITE="$HOME"'}${by === '--site' ? named : named.slice(1)}`,
              ]
            : []),
          'Write one: om-ops init',
          'Where om-ops looks: om-ops config path',
        ],
      });
    }
    return { file, by, searched };
  }
  // The profile that is meant may have been in it.
  if (cwd === undefined) throw noWorkingFolder();
  const file = searched.find((path) => isFound(path, path.startsWith(configHome)));
  if (file !== undefined) checkProfileOwner(file);
  return { file, by: file === undefined ? 'built-in' : 'search', searched };
}

/** Another user's HOME, as with `su`, may be closed to us, and a profile in it is none for us. */
function isFound(path: string, isInHome: boolean): boolean {
  try {
    return isThere(path);
  } catch (error) {
    if (isInHome && isOpsError(error) && error.code === 'E_PERMISSION') return false;
    throw error;
  }
}

/**
 * A profile names programs that are run and folders that are written to. One that merely lies where we
 * look must be of somebody who could run them himself.
 */
function checkProfileOwner(file: string): void {
  const why = distrust(statSync(file), trustedUsers());
  if (why === undefined || hasMadeUpPermissions(file)) return;
  throw new OpsError(
    'E_UNSAFE_SITE',
    `The site profile ${file} ${why}, so it is not used unasked.`,
    {
      exit: 'requirement',
      suggestions: [
        `If you trust what is in it, name it: --site ${shellWord(file)}`,
        `Or make it your own: chown ${process.geteuid?.() ?? 'root'} ${shellWord(file)} && chmod go-w ${shellWord(file)}`,
      ],
    },
  );
}
