import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * `plugins install ./x.tgz` with the path as a `file:` URL: oclif takes a bare path for a GitHub
 * repository. Everything else is left as it is.
 */
export function withPluginUrls(argv: readonly string[], cwd?: string): string[] {
  const isInstall = argv[0] === 'plugins' && (argv[1] === 'install' || argv[1] === 'add');
  const isJoined = argv[0] === 'plugins:install' || argv[0] === 'plugins:add';
  if (!isInstall && !isJoined) return [...argv];
  return argv.map((word, index) => {
    const looksLikePath = /^(\.{0,2}\/|~\/)/.test(word) || /\.(tgz|tar\.gz)$/.test(word);
    if (index < (isJoined ? 1 : 2) || !looksLikePath || word.includes(':')) return word;
    const path = absolute(word, cwd);
    return existsSync(path) ? pathToFileURL(path).href : word;
  });
}

/** The word itself in a working folder that does not exist any more: nothing is there to be found. */
function absolute(word: string, cwd: string | undefined): string {
  try {
    return resolve(cwd ?? '', word);
  } catch {
    return word;
  }
}
