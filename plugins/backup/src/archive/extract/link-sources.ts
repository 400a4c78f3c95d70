import type { TarEntry } from '../tar/format.ts';
import { type BytesPath, bytesOf } from '../tree/bytes-path.ts';
import { joinParts, type NameParts, parseName } from './member-name.ts';
import type { Selection } from './selection.ts';

/** Files (or symbolic links) that are not selected, each with the first selected hard link to it. */
export type NeededLinks = [file: BytesPath, firstLink: BytesPath][];

/**
 * With a selection, what hard links stand for may not be selected itself. Then the file is written
 * under the name of the first link to it, and the other links are made to that one. Which files these
 * are is known only after a first pass, since they come before their links.
 */
export class LinkSources {
  readonly #selection: Selection;
  /** Unselected hard links, and the file each stands for. */
  readonly #links = new Map<BytesPath, BytesPath>();
  readonly #firstLinks: Map<BytesPath, BytesPath>;

  constructor(selection: Selection, needed: NeededLinks = []) {
    this.#selection = selection;
    this.#firstLinks = new Map(needed);
  }

  /** A member that is not selected. */
  note({ type, path, linkTarget }: TarEntry): void {
    if (type !== 'hardlink' || linkTarget === undefined) return;
    const [link, target] = [parseName(path), parseName(linkTarget)];
    if ('parts' in link && 'parts' in target)
      this.#links.set(keyOf(link.parts), this.#fileBehind(keyOf(target.parts)));
  }

  /** In the first pass: a selected hard link. */
  need(parts: NameParts, source: NameParts): void {
    const file = this.#fileBehind(keyOf(source));
    if (!this.#selection.has(bytesOf(file)) && !this.#firstLinks.has(file))
      this.#firstLinks.set(file, keyOf(parts));
  }

  needed(): NeededLinks {
    return [...this.#firstLinks];
  }

  /** In the second pass: the name under which an unselected file has to be written, if any. */
  nameFor(path: Buffer): Buffer | undefined {
    if (this.#firstLinks.size === 0) return undefined;
    const parsed = parseName(path);
    const link = 'parts' in parsed ? this.#firstLinks.get(keyOf(parsed.parts)) : undefined;
    return link === undefined ? undefined : bytesOf(link);
  }

  /** In the second pass: what a selected hard link is made to; undefined when it is written already. */
  sourceOf(parts: NameParts, source: NameParts): NameParts | undefined {
    const file = this.#fileBehind(keyOf(source));
    const first = this.#firstLinks.get(file);
    if (first === keyOf(parts)) return undefined;
    const parsed = parseName(bytesOf(first ?? file));
    return 'parts' in parsed ? parsed.parts : source;
  }

  #fileBehind(name: BytesPath): BytesPath {
    return this.#links.get(name) ?? name;
  }
}

function keyOf(parts: NameParts): BytesPath {
  return joinParts(parts).toString('latin1');
}
