import { createHash } from 'node:crypto';
import { combinedLine } from '../scan/format.ts';

const message = /"(?:message|msg|event|error|err)"\s*:\s*"((?:[^"\\]|\\.){1,2000})"/;
const leading =
  /^(?:[[(]?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?\s?(?:Z|[+-]\d\d:?\d\d)?[\])]?|[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d)[\s:|-]*/;

/** What of a line is the same each time it is written, before what differs is masked. */
export function messageIn(line: string): string {
  if (line.startsWith('{')) {
    const [, found] = message.exec(line) ?? [];
    if (found !== undefined) return found;
  }
  const access = combinedLine.exec(line);
  if (access !== null) return `${access[4]} ${access[5]?.replace(/\?.*/, '')} ${access[6]}`;
  return line.replace(leading, '').slice(0, 2000);
}

const varying =
  /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})|([\w.+-]+@[\w-]+\.[\w.-]*\w)|(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?Z?)|(\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b)|(\b0x[0-9a-f]+\b|\b[a-z]{0,2}(?=[0-9a-f]*\d)[0-9a-f]{6,}\b)|(\d+(?:\.\d+)?)/gi;

/** `could not write project 9f3a2b71` and every other of its kind: `could not write project <hex>`. */
export function templateOf(text: string): string {
  return text
    .replace(varying, (_all, uuid, mail, time, address, hex) =>
      uuid
        ? '<uuid>'
        : mail
          ? '<e-mail>'
          : time
            ? '<time>'
            : address
              ? '<address>'
              : hex
                ? '<hex>'
                : '<n>',
    )
    .slice(0, 300);
}

/** The same for the same template, in every run. */
export function templateId(template: string): string {
  return createHash('sha256').update(template, 'latin1').digest('hex').slice(0, 12);
}
