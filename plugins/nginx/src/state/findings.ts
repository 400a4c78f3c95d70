import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { systemCode } from '@om-ops/kit';
import type { Configuration } from '../config/configuration.ts';
import { duplicatesOf, duplicateText, serversOf } from '../routing/servers.ts';
import type { Master } from '../running/master.ts';
import { unreadFiles } from '../running/running.ts';

/** Something about nginx that somebody has to know. */
export interface Finding {
  kind:
    | 'not-running'
    | 'unread'
    | 'duplicate'
    | 'backup-included'
    | 'pid-file'
    | 'certificate'
    | 'no-workers';
  state: 'warning' | 'critical';
  /** A sentence. */
  message: string;
  file: string | null;
}

const backupName =
  /(?:~|\.(?:bak|backup|orig|old|save|saved|copy|swp|tmp|disabled|off|dpkg-(?:old|dist|new)|rpm(?:save|new)|ucf-(?:old|dist)|\d{4}-?\d\d-?\d\d\S*)\d*)$/i;

/** Whether a file's name says that it is kept and not meant to be read. */
export function isBackupName(path: string): boolean {
  return backupName.test(path);
}

/** What is wrong with a configuration by itself. */
export function configurationFindings(configuration: Configuration): Finding[] {
  const duplicates = duplicatesOf(serversOf(configuration)).map(
    (duplicate): Finding => ({
      kind: 'duplicate',
      state: 'warning',
      message: duplicateText(duplicate),
      file: duplicate.ignored,
    }),
  );
  const backups = configuration.files
    .filter(({ path }) => path !== configuration.conf && isBackupName(basename(path)))
    .map(
      ({ path }): Finding => ({
        kind: 'backup-included',
        state: 'warning',
        message: `${path} looks like a copy that was put aside, and nginx reads it: an include takes every file of its folder.`,
        file: path,
      }),
    );
  return [...duplicates, ...backups];
}

/** What differs between what is on the disk and what runs. */
export function runningFindings(
  configuration: Configuration,
  master: Master | undefined,
  pidFile: string,
): Finding[] {
  if (master === undefined)
    return [
      {
        kind: 'not-running',
        state: 'critical',
        message: `No running nginx reads ${configuration.conf}.`,
        file: configuration.conf,
      },
    ];
  const unread = unreadFiles(configuration, master).map(
    (path): Finding => ({
      kind: 'unread',
      state: 'warning',
      message: `${path} was changed after nginx had read it: what is on the disk is not what runs.`,
      file: path,
    }),
  );
  const workers = master.workers.filter(({ isLeaving }) => !isLeaving);
  const idle: Finding[] =
    workers.length > 0
      ? []
      : [
          {
            kind: 'no-workers',
            state: 'critical',
            message: `The nginx master (${master.pid}) has no workers.`,
            file: null,
          },
        ];
  return [...idle, ...unread, ...pidFindings(master, pidFile)];
}

function pidFindings({ pid }: Master, pidFile: string): Finding[] {
  const said = pidIn(pidFile);
  if (said === undefined || said === String(pid)) return [];
  const what = said === null ? 'does not exist' : said === '' ? 'is empty' : `names ${said}`;
  return [
    {
      kind: 'pid-file',
      state: 'warning',
      message: `${pidFile} ${what}, and the master is ${pid}: nginx -s reload does not reach it.`,
      file: pidFile,
    },
  ];
}

/** Null: there is none; undefined: it may not be read. */
function pidIn(path: string): string | null | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? null : undefined;
  }
}
