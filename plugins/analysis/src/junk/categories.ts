import type { JunkCategory } from '../analysis.ts';

const folders: Readonly<Record<string, JunkCategory>> = {
  node_modules: 'node_modules',
  dist: 'dist',
  build: 'build',
  '.vite': '.vite',
  '.cache': '.cache',
  '.tmp': '.tmp',
  _cursor_session_backup: '_cursor_session_backup',
  logs: 'logs',
  '.git': '.git',
  coverage: 'coverage',
};

/** What a folder of this name is; undefined when it is nothing of the kind. */
export function folderCategory(name: string): JunkCategory | undefined {
  if (name.startsWith('.venv')) return '.venv';
  return Object.hasOwn(folders, name) ? folders[name] : undefined;
}

const archives = new Set(['.tar', '.tgz', '.tbz', '.tbz2', '.txz', '.tzst', '.zip', '.7z', '.rar']);
const compressions = new Set(['.gz', '.bz2', '.xz', '.zst', '.lz4', '.lzma', '.z']);

/**
 * What a file is by its extension, in lower case; `archive-if-tar` when its name has to end in
 * `.tar` before the extension.
 */
export function extensionCategory(extension: string): JunkCategory | 'archive-if-tar' | undefined {
  if (extension === '.log') return '.log';
  if (archives.has(extension)) return 'backup-archive';
  return compressions.has(extension) ? 'archive-if-tar' : undefined;
}
