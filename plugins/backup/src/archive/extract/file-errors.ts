import { systemCode } from '@om-ops/kit/errors';
import { printableName, ReadingFailure } from '../tar/reader-damage.ts';

/** What the file system said while a member was written, as a failure that says what to do. */
export function writeFailure(error: unknown, member: Buffer, target: string): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof ReadingFailure) return error;
  const doing = `Cannot restore ${printableName(member)} into ${target}`;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new ReadingFailure('E_DISK_FULL', `${doing}: no space left on the disk.`, {
        suggestions: ['Free some space there, or restore to another disk with --to.'],
      });
    case 'EACCES':
    case 'EPERM':
      return new ReadingFailure('E_PERMISSION', `${doing}: permission denied.`, {
        exit: 'requirement',
        suggestions: ['Run the command with sudo, or restore to a folder you may write to.'],
      });
    case 'EROFS':
      return new ReadingFailure('E_READ_ONLY', `${doing}: the file system is read-only.`, {
        exit: 'requirement',
        suggestions: ['Restore to another disk with --to.'],
      });
    default:
      return new ReadingFailure('E_IO', `${doing}: ${reasonOf(error)}.`);
  }
}

/** Without the path of ours that Node puts at the end. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/,? (?:open|mkdir|link|symlink|rename|write|[a-z]+) '.*$/, '');
}
