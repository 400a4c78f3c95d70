import { systemCode } from '@om-ops/kit/errors';
import { printableName, ReadingFailure } from '../tar/reader-damage.ts';

/** What the file system said while a member was written, as a failure that says what to do. */
export function writeFailure(error: unknown, member: Buffer, target: string): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof ReadingFailure) return error;
  const doing = `Cannot restore ${printableName(member)} into ${target}`;
  const kind = unsupportedKind(error, code);
  if (kind !== undefined)
    return new ReadingFailure(
      'E_NO_LINKS',
      `${doing}: the file system there keeps no ${kind} links, as FAT does not.`,
      {
        exit: 'requirement',
        suggestions: [
          'Restore to a disk with a file system of Linux: --to DIR',
          'Or restore what is no link: --only GLOB',
        ],
      },
    );
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

/** By symlink(2) and link(2) this, and not a want of permission, is what EPERM means for a folder one may write to. */
function unsupportedKind(error: unknown, code: string): 'symbolic' | 'hard' | undefined {
  if (!['EPERM', 'EOPNOTSUPP', 'ENOTSUP'].includes(code)) return undefined;
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'symlink' ? 'symbolic' : syscall === 'link' ? 'hard' : undefined;
}

/** Without the path of ours that Node puts at the end. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/,? (?:open|mkdir|link|symlink|rename|write|[a-z]+) '.*$/, '');
}
