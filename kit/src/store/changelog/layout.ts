import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, systemCode } from '../../errors.ts';
import { isTemporaryName } from '../temporary.ts';
import { sessionIdOf } from './session.ts';

/** The files of a changelog, below STATE/changelog. */
export interface Layout {
  folder: string;
  sessions: string;
  index: string;
  active: string;
  report: string;
}

export function layoutOf(stateDir: string): Layout {
  const folder = join(stateDir, 'changelog');
  return {
    folder,
    sessions: join(folder, 'sessions'),
    index: join(folder, 'index.json'),
    active: join(folder, 'active_session.json'),
    report: join(folder, 'report.html'),
  };
}

const dayPattern = /^\d{4}-\d\d-\d\d$/;

/** The folders of days, newest first. */
export function dayFolders(layout: Layout): string[] {
  return namesIn(layout.sessions)
    .filter((name) => dayPattern.test(name))
    .sort()
    .reverse();
}

/** The session folders of a day, newest first, as full paths. */
export function sessionFolders(layout: Layout, day: string): string[] {
  return namesIn(join(layout.sessions, day))
    .filter((name) => sessionIdOf(name) !== undefined && !isTemporaryName(name))
    .sort((one, other) => (clockOf(one) < clockOf(other) ? 1 : -1))
    .map((name) => join(layout.sessions, day, name));
}

function clockOf(name: string): string {
  return name.split('__')[1] ?? '';
}

/** The names in a folder; none when it does not exist. @throws OpsError E_PERMISSION */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw fromSystemError(error, 'list', folder);
  }
}
