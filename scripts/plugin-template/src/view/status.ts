import { plural } from '@om-ops/kit/text';
import type { FolderStatus } from '../folder.ts';

export function statusText({ path, entries }: FolderStatus): string {
  return `${path}: ${plural(entries, 'entry', 'entries')}`;
}
