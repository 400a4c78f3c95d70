const harmless =
  /^(?:true|false|[\d.:, ]{0,40}|[A-Za-z]{0,24}|[a-z]{1,20}(?:[-_.][a-z]{1,20}){0,4}|\d{1,6}[kmg]b?|\.{0,2}\/[\w./@-]{0,200}|https?:\/\/[\w.:/-]{1,200}|[\w-]+(?:\.[\w-]+)+\.?(?::\d+)?|[A-Z][a-z]+\/[A-Z][a-z_]+(?:\/[A-Za-z_]+)?|(?:--[a-z-]+(?:=\d+)?(?: |$))+)$/;

/** True for values that say nothing: words, numbers, paths, hosts, addresses without credentials. */
export function isHarmless(value: string): boolean {
  return harmless.test(value) && !looksRandom(value);
}

/** True for what only a machine makes up: keys, tokens, hashes. */
export function looksRandom(text: string): boolean {
  return [...text.matchAll(/[A-Za-z0-9+_=-]{16,}/g)].some(
    ([word]) =>
      /[0-9]/.test(word) &&
      /[A-Za-z]/.test(word) &&
      // An option of a program: --max-old-space-size=900
      !/^-{0,2}[a-z]+(?:-[a-z]+)*(?:=\d+[kmgb]*)?$/.test(word),
  );
}
