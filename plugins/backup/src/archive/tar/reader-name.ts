import { hiddenCharacter } from '@om-ops/kit/hidden-characters';
import { bytesPath, readablePath } from '../tree/bytes-path.ts';

const everyHidden = new RegExp(hiddenCharacter.source, 'gu');

/** A member's name for messages: `readablePath`, and hidden characters as `\xNN` as well. */
export function printableName(name: Buffer): string {
  return readablePath(bytesPath(name)).replace(everyHidden, (character) =>
    Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(
      '',
    ),
  );
}
