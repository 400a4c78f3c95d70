import { OpsError } from '@om-ops/kit';

/** More is no title. */
const longestTitle = 300;
const longestNotes = 20_000;

/** One line. @throws OpsError E_BAD_TITLE (exit `usage`) */
export function givenTitle(text: string): string {
  const title = oneLine(text);
  if (title !== '' && title.length <= longestTitle) return title;
  const why =
    title === '' ? 'A milestone needs a title.' : `The title has ${title.length} characters.`;
  throw new OpsError('E_BAD_TITLE', why, {
    exit: 'usage',
    suggestions: [`Give up to ${longestTitle} characters: --title "…"; --notes takes more.`],
  });
}

/** One line; null for nothing, which takes the owner away. @throws OpsError E_BAD_OWNER (exit `usage`) */
export function givenOwner(text: string): string | null {
  const owner = oneLine(text);
  if (owner.length <= longestTitle) return owner === '' ? null : owner;
  throw new OpsError('E_BAD_OWNER', `The owner has ${owner.length} characters.`, {
    exit: 'usage',
    suggestions: [`Give a name of up to ${longestTitle} characters: --owner "…"`],
  });
}

/** Null for nothing, which takes the notes away. @throws OpsError E_BAD_NOTES (exit `usage`) */
export function givenNotes(text: string): string | null {
  const notes = text.trim();
  if (notes.length <= longestNotes) return notes === '' ? null : notes;
  throw new OpsError('E_BAD_NOTES', `The notes have ${notes.length} characters.`, {
    exit: 'usage',
    suggestions: [`Give up to ${longestNotes}, and say where the rest is.`],
  });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
