import { bytesPath, readablePath } from '../tree/bytes-path.ts';

/** Control characters, direction marks and line separators: they would act on the terminal. */
const acting = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A member's name for messages: `readablePath`, and what acts on a terminal as `\xNN` as well. */
export function printableName(name: Buffer): string {
  return readablePath(bytesPath(name)).replace(acting, (character) =>
    Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(
      '',
    ),
  );
}
