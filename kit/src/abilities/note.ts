/** A note of a panel, and the command that it ends with. */
export interface Note {
  text: string;
  command: string | null;
}

/** A note ends with the command that mends it: `There is none. Make one: om-ops backup run`. */
export function noteOf(note: string): Note {
  const match = /^(?<text>.*?)[:;,]? *(?<command>om-ops [a-z][^:;]*?)\.?$/s.exec(note);
  const { text = note, command } = match?.groups ?? {};
  if (command === undefined) return { text: note, command: null };
  // `Make one` says nothing more once the command stands beside it.
  const whole = /^(.+[.!?]) [^.!?]{1,24}$/s.exec(text)?.[1] ?? text;
  return { text: /[.!?]$/.test(whole) ? whole : `${whole}.`, command };
}
