import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lookAtRepository } from '@om-ops/kit';

const extensions =
  /\.(?:[cm]?[jt]sx?|vue|svelte|astro|py|rb|erb|php|go|rs|java|kt|ex|exs|sh|bash|ya?ml|toml|prisma)$|(?:^|\/)(?:Dockerfile|Procfile|Caddyfile)$/;
const passed = new Set([
  ...[
    'node_modules',
    '.git',
    'dist',
    'build',
    '.next',
    '.nuxt',
    'coverage',
    'vendor',
    '.venv',
    'venv',
    '__pycache__',
  ],
  ...['target', 'out', '.cache', 'uploads', 'logs', 'tmp'],
]);
const passedPaths =
  /(?:^|\/)(?:node_modules|vendor|dist|__tests__|tests?|spec|fixtures|\.github)\/|\.(?:test|spec)\.[a-z]+$|\.min\.js$/;

/** How many files are read at most: beyond it the answer is a part of the truth, and says so. */
export const mostFiles = 20_000;

export interface SourceFiles {
  /** Relative to the root. */
  paths: string[];
  /** More than {@link mostFiles} were there. */
  cut: boolean;
}

/** The source files below a folder: those of git where it is a checkout, else those found by walking. */
export async function sourceFiles(root: string, signal: AbortSignal): Promise<SourceFiles> {
  const listed = await fromGit(root, signal);
  const all = (listed ?? walked(root)).filter(
    (path) => extensions.test(path) && !passedPaths.test(path),
  );
  return { paths: all.slice(0, mostFiles), cut: all.length > mostFiles };
}

async function fromGit(root: string, signal: AbortSignal): Promise<string[] | undefined> {
  try {
    const { exitCode, stdout } = await lookAtRepository(
      root,
      ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
      {
        signal,
        accept: 'any',
      },
    );
    return exitCode === 0 ? stdout.split('\0').filter((path) => path !== '') : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function walked(root: string): string[] {
  const found: string[] = [];
  const waiting = [''];
  for (
    let folder = waiting.pop();
    folder !== undefined && found.length <= mostFiles;
    folder = waiting.pop()
  ) {
    let entries: import('node:fs').Dirent[];
    try {
      entries = readdirSync(join(root, folder), { withFileTypes: true });
    } catch {
      continue;
    }
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !passed.has(entry.name)) waiting.push(path);
      else if (entry.isFile()) found.push(path);
    }
  }
  return found;
}
