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

const plainSetting =
  /^(?:|true|false|yes|no|on|off|null|none|auto|default|max|\d{1,5}(?:[kmg]b?|ms|s)?|development|dev|production|prod|test|testing|staging|local|localhost|trace|debug|info|notice|warn|warning|error|fatal|silent|verbose|combined|cluster|fork|utf-?8|UTC|(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/[A-Za-z_]{2,20}|[a-z]{2}_[A-Z]{2}(?:\.UTF-8)?|(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?|https?:\/\/(?:localhost|(?:\d{1,3}\.){3}\d{1,3})(?::\d{1,5})?\/?|\/(?:var|srv|opt|etc|home|root|usr|tmp|run|mnt|data)(?:\/[a-z][a-z0-9._-]{0,30}){1,10}\/?|\.{1,2}(?:\/[a-z.][a-z0-9._-]{0,30}){1,10}\/?)$/;

/** True only for values that cannot be a secret whatever setting they belong to. */
export function isPlainSetting(value: string): boolean {
  return plainSetting.test(value) && !looksRandom(value);
}
