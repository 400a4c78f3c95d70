import { homedir, userInfo } from 'node:os';

/**
 * What the system tells of most users, and not of a uid without a passwd line, as in a container: their
 * shell and their home, for which oclif and Node ask before anything else, and throw.
 */
export function completeAccount(env: NodeJS.ProcessEnv = process.env): void {
  if (!env.SHELL) {
    try {
      userInfo();
    } catch {
      env.SHELL = '/bin/sh';
    }
  }
  if (!env.HOME) {
    try {
      homedir();
    } catch {
      env.HOME = '/';
    }
  }
}
