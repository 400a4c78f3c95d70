/**
 * Characters that cannot be seen or that turn, break or steer the text around them, and lone
 * surrogates: a name may hold any of them to look like another, to act on a terminal, or to be
 * pasted as something else than was read. The one list of all that quotes, prints or draws names.
 */
export const hiddenCharacter = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Every hidden character of a text that is shown, except what makes one picture of an emoji: the
 * variation selector behind it, the joiner between two.
 */
export const hiddenInSight = new RegExp(
  [
    String.raw`(?!(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f]`,
    String.raw`|(?<=[0-9#*])\ufe0f\u20e3`,
    String.raw`|(?<=(?:\p{Extended_Pictographic}|\p{Emoji_Modifier})\ufe0f?)\u200d\p{Extended_Pictographic})`,
    hiddenCharacter.source,
  ].join(''),
  'gu',
);

/** How a hidden character is written where it would have stood: `\n`, `\u202e`, `\u{e0041}`. */
export function spelledCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  const code = character.codePointAt(0)!.toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
