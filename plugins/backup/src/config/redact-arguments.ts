import { looksSecretSetting, redacted } from '@om-ops/kit';
import { isHarmless, isPlainSetting, looksRandom } from './harmless.ts';

/** `--password x`, `--token=x` in the middle of a text. */
export function hideArguments(text: string): string {
  return text.replace(
    /(--?)([A-Za-z][\w-]*)(=|\s+)("[^"]*"|'[^']*'|[^\s"']+)/g,
    (whole, dashes: string, name: string, gap: string) =>
      looksSecretSetting(name) ? `${dashes}${name}${gap}${redacted}` : whole,
  );
}

/** True for an option whose value is the next argument, and a secret: `--token`, `-p`. */
export function isSecretOption(argument: string): boolean {
  const name = /^--?([A-Za-z][\w-]*)$/.exec(argument)?.[1];
  return name !== undefined && (looksSecretSetting(name) || isShort(name));
}

/** `-p` is a password as often as a port. */
function isShort(name: string): boolean {
  return /^(?:[pPakt]|pw)$/.test(name);
}

/** What is given to an option that may be secret, when it may be shown. */
export function isPlainAfter(option: string, value: string): boolean {
  return isShort(option.replace(/^-+/, '')) && /^\d{1,5}$/.test(value);
}

const path = /^(?:\.{0,2}\/)?[\w.@-]+(?:\/[\w.@-]+)*\/?$/;

/** One argument of a command. */
export function redactArgument(argument: string): string {
  const option = /^(--?[A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(argument);
  const name = option?.[1];
  if (name === undefined) return isPlainArgument(argument) ? argument : redacted;
  const value = option?.[2];
  if (value === undefined) {
    // `-pSECRET` of MySQL
    return /^-[^-]/.test(name) && looksRandomOption(name) ? redacted : argument;
  }
  return !looksSecretSetting(name) && isPlainArgument(value) ? argument : `${name}=${redacted}`;
}

function looksRandomOption(option: string): boolean {
  return /^-[pPa].{2,}$/.test(option) || looksRandom(option);
}

function isPlainArgument(value: string): boolean {
  const isFile = path.test(value) && /[/.]/.test(value) && !looksRandom(value);
  return isFile || isHarmless(value) || isPlainSetting(value);
}

/** A whole command line. */
export function redactArguments(text: string): string {
  let option: string | undefined;
  return text.replace(/(?:[^\s"']|"[^"]*"|'[^']*'|["'])+/g, (argument) => {
    const before = option;
    option = isSecretOption(argument) ? argument : undefined;
    if (before !== undefined && !isPlainAfter(before, argument)) return redacted;
    return redactArgument(argument);
  });
}
