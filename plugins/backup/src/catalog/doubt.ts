import { formatBytes, formatTime, plural } from '@om-ops/kit/text';
import type { Category } from '../categories.ts';
import type { KnownSidecar } from './sidecar.ts';

/** What of a backup says how much there was to back up. */
export type Contents = Pick<
  KnownSidecar,
  'createdAt' | 'files' | 'sourceBytes' | 'mounts' | 'databases' | 'acceptedLess'
>;

/** Below one tenth nearly everything is gone. Of bytes it takes more: one large file makes most of many a site. */
const fewFiles = 10;
const fewBytes = 100;
const bytesThatCount = 1024 * 1024;

/**
 * Why a backup that was made without an error is hardly what should have been in it: the folder of
 * a disk that is not mounted is there and empty. A sentence; undefined when nothing speaks for it.
 *
 * @param last the last one before it that was good
 */
export function doubtOf(
  category: Category,
  now: Contents,
  last: Contents | undefined,
): string | undefined {
  if (now.acceptedLess === true) return undefined;
  if (category === 'database') return databaseDoubt(now, last);
  const before = last === undefined ? '' : `, and the last good backup, of ${timeOf(last)},`;
  if (now.files === 0 && last?.files !== 0)
    return last === undefined
      ? 'It has 0 files: its source is empty. Is it mounted?'
      : `It has 0 files${before} had ${last.files}. Is its source mounted?`;
  if (last === undefined) return undefined;
  const gone = (last.mounts ?? []).filter((mount) => !(now.mounts ?? []).includes(mount));
  if (gone.length > 0 && now.files < last.files)
    return `${gone.join(', ')} was a mount point and is none now: it has ${plural(now.files, 'file')}${before} had ${last.files}. Is it mounted?`;
  if (now.files * fewFiles <= last.files && now.files < last.files)
    return `It has ${plural(now.files, 'file')}${before} had ${last.files}. Is all of its source mounted?`;
  if (last.sourceBytes >= bytesThatCount && now.sourceBytes * fewBytes <= last.sourceBytes)
    return `It has ${formatBytes(now.sourceBytes)}${before} had ${formatBytes(last.sourceBytes)}. Is all of its source mounted?`;
  return undefined;
}

function databaseDoubt(now: Contents, last: Contents | undefined): string | undefined {
  for (const { name, tables } of last?.databases ?? []) {
    if (tables === undefined || tables === 0) continue;
    const found = now.databases?.find((database) => database.name === name);
    // What an older program did not count says nothing.
    if (now.databases === undefined || (found !== undefined && found.tables === undefined))
      continue;
    if (found === undefined)
      return `The database ${name} is not in it, and the last good backup, of ${timeOf(last)}, had its ${plural(tables, 'table')}.`;
    if ((found.tables ?? 0) * fewFiles <= tables)
      return `The database ${name} has ${plural(found.tables ?? 0, 'table')}, and in the last good backup, of ${timeOf(last)}, it had ${tables}. Is it the right server?`;
  }
  const empty = (now.databases ?? []).filter(
    ({ name, tables }) =>
      tables === 0 && last?.databases?.find((database) => database.name === name)?.tables !== 0,
  );
  return empty.length === 0
    ? undefined
    : `The database ${empty.map(({ name }) => name).join(', ')} has 0 tables. Is it the right server?`;
}

function timeOf(last: Contents | undefined): string {
  return last === undefined ? '' : formatTime(last.createdAt);
}
