import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { OpsError } from '@om-ops/kit/errors';

/**
 * `plugins install ./x.tgz` with the path as npm's `file:PATH`: oclif takes a bare path for a GitHub
 * repository, and npm does not undo what a URL makes of a blank. Everything else is left as it is.
 *
 * @throws OpsError E_NOT_FOUND, E_NOT_A_FILE (exit `usage`) for what is plainly a path and no archive
 */
export function withPluginUrls(argv: readonly string[], cwd?: string): string[] {
  const isInstall = argv[0] === 'plugins' && (argv[1] === 'install' || argv[1] === 'add');
  const isJoined = argv[0] === 'plugins:install' || argv[0] === 'plugins:add';
  if (!isInstall && !isJoined) return [...argv];
  return argv.map((word, index) => {
    const looksLikePath =
      /^(\.{0,2}\/|~\/)/.test(word) || (/\.(tgz|tar\.gz)$/.test(word) && !word.includes(':'));
    if (index < (isJoined ? 1 : 2) || !looksLikePath) return word;
    return `file:${archive(absolute(word, cwd))}`;
  });
}

function archive(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new OpsError('E_NOT_FOUND', `There is no file ${path}.`, {
      exit: 'usage',
      suggestions: ['Check the path; a relative one counts from the current folder.'],
    });
  if (stat.isFile()) return path;
  // npm links a folder, and what the plugin needs is then looked for from where the folder really is.
  throw new OpsError(
    'E_NOT_A_FILE',
    `Cannot install ${path}: a plugin is installed from its packed file.`,
    {
      exit: 'usage',
      suggestions: [
        `Pack it first: npm pack ${path}`,
        'Then install what that wrote: om-ops plugins install ./NAME-VERSION.tgz',
      ],
    },
  );
}

/** The word itself in a working folder that does not exist any more: nothing is there to be found. */
function absolute(word: string, cwd: string | undefined): string {
  try {
    return resolve(cwd ?? '', word);
  } catch {
    return word;
  }
}
