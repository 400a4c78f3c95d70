/** A key as Node's readline tells it. */
export interface Key {
  name?: string | undefined;
  /** What the terminal sent for it. */
  sequence?: string | undefined;
  ctrl?: boolean | undefined;
  meta?: boolean | undefined;
  shift?: boolean | undefined;
}

export function isEnter({ name }: Key): boolean {
  return name === 'return' || name === 'enter';
}

/** The character that a key writes; empty for one that writes none. */
export function typedIn({ sequence = '', ctrl, meta }: Key): string {
  if (ctrl === true || meta === true) return '';
  return /^[^\p{Cc}\p{Cs}]$/u.test(sequence) ? sequence : '';
}
