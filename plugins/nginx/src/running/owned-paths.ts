import { resolve } from 'node:path';
import { type Configuration, type Node, wordsOf } from '../config/configuration.ts';
import { utf8 } from '../routing/effective.ts';
import type { Built } from './program.ts';

/** What nginx opens or makes as soon as it reads a configuration, only to test it too. */
export interface OwnedPaths {
  pidFile: string;
  /** Access and error logs, the pid file. */
  files: readonly string[];
  folders: readonly string[];
  /** Where its master complains. */
  errorLogs: readonly string[];
}

/** @param prefix of the running master, if it was started with one */
export function ownedPaths(
  { main }: Configuration,
  built: Built,
  prefix = built.prefix,
): OwnedPaths {
  const below = (path: string) => resolve(prefix, path);
  const isFile = (path: string) =>
    !/^(?:off|stderr|syslog:.*|memory:.*|)$/.test(path) && !path.includes('$');
  const of = (nodes: readonly Node[], ...names: readonly string[]): string[] =>
    nodes.flatMap((node) => [
      ...(names.includes(node.directive.name) ? [utf8(wordsOf(node)[0] ?? '')] : []),
      ...of(node.children, ...names),
    ]);
  const mainOf = (name: string) =>
    main
      .filter(({ directive }) => directive.name === name)
      .map((node) => utf8(wordsOf(node)[0] ?? ''));
  const pidFile = below(mainOf('pid')[0] ?? built.pid);
  const mainErrors = mainOf('error_log');
  const errorLogs = (mainErrors.length === 0 ? [built.errorLog] : mainErrors)
    .filter(isFile)
    .map(below);
  const logs = [...of(main, 'access_log', 'error_log'), built.accessLog, built.errorLog]
    .filter(isFile)
    .map(below);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'scgi', 'uwsgi'].map(
    (name) => `${name}_temp_path`,
  );
  const caches = ['proxy_cache_path', 'fastcgi_cache_path', 'scgi_cache_path', 'uwsgi_cache_path'];
  const folders = [...of(main, ...temporary, ...caches), ...built.tempPaths]
    .filter(isFile)
    .map(below);
  return {
    pidFile,
    files: [...new Set([pidFile, ...logs])],
    folders: [...new Set(folders)],
    errorLogs,
  };
}
