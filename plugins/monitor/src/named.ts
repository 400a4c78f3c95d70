/** Whether somebody who writes `disk`, `disk:/` or `disk:*` means `disk:/`: whole, the part before `:` or `.`, or `*` for any characters. */
export function isNamed(id: string, wanted: string): boolean {
  if (id === wanted || id.startsWith(`${wanted}:`) || id.startsWith(`${wanted}.`)) return true;
  return wanted.includes('*') && starPattern(wanted).test(id);
}

export function starPattern(written: string): RegExp {
  const plain = written.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${plain.join('.*')}$`);
}
