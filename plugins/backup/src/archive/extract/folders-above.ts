import type { ReadEntry } from '../tar/reader-entry.ts';
import { joinParts, type NameParts, parseName } from './member-name.ts';

/** The last unselected folder and those above it: what is selected below gets folders like them. */
export class FoldersAbove {
  #folders: { parts: NameParts; entry: ReadEntry }[] = [];

  note(entry: ReadEntry): void {
    const parsed = entry.type === 'directory' ? parseName(entry.path) : undefined;
    if (!parsed || !('parts' in parsed)) return;
    const { parts } = parsed;
    this.#folders = this.#folders.filter((folder) => isAbove(folder.parts, parts));
    this.#folders.push({ parts, entry });
  }

  find(parts: NameParts): ReadEntry | undefined {
    const key = joinParts(parts);
    return this.#folders.find((folder) => joinParts(folder.parts).equals(key))?.entry;
  }
}

function isAbove(folder: NameParts, parts: NameParts): boolean {
  return (
    folder.length < parts.length && folder.every((part, at) => part.equals(parts[at] as Buffer))
  );
}
