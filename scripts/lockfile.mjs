// Fails when package-lock.json lacks an optional dependency of a package in it: npm leaves out what it could not
// get (builds for other platforms), and `npm ci` then refuses the lockfile on the machines that need it.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @param packages of package-lock.json, by the folder they are installed into
 * @returns `node_modules/esbuild: @esbuild/linux-arm64`, one for each that is missing
 */
export function missingOptional(packages) {
  return Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !foldersAbove(folder).some((at) => `${at}node_modules/${name}` in packages))
      .map((name) => `${folder || 'package.json'}: ${name}`),
  );
}

/** Where Node looks for what a package needs, each with a slash at its end. */
function foldersAbove(folder) {
  const parts = folder === '' ? [] : folder.split('/');
  return ['', ...parts.map((_, at) => `${parts.slice(0, at + 1).join('/')}/`)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const missing = missingOptional(packages);
  if (missing.length > 0) {
    console.error(`package-lock.json lacks optional dependencies:\n  ${missing.join('\n  ')}`);
    console.error(
      'Write it anew where the registry has them: rm -r node_modules package-lock.json && npm install',
    );
    process.exitCode = 1;
  }
}
