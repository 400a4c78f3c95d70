import { OpsError } from '@om-ops/kit';
import { type EnvLine, envAssignments, parseEnvFile } from '@om-ops/kit/site';

/** A value as it is written, so that it is read back as it is; plain where that is safe in a shell too. */
export function writtenValue(name: string, value: string): string {
  const forms = /^[\w./:@%+,=-]*$/.test(value)
    ? [value]
    : [
        ...(value.includes("'") ? [] : [`'${value}'`]),
        ...(/["`]/.test(value) ? [] : [`"${value}"`]),
        `"${value.replace(/\n/g, '\\n')}"`,
        `'${value}'`,
        `\`${value}\``,
      ];
  const written = forms.find((form) => readBack(name, form) === value);
  if (written !== undefined) return written;
  throw new OpsError(
    'E_UNWRITABLE',
    `No way of quoting makes env files give this value of ${name} back as it is.`,
    {
      exit: 'usage',
      suggestions: [
        'A value with all of \' " ` in it cannot stand in an env file; choose another one.',
      ],
    },
  );
}

function readBack(name: string, written: string): string | undefined {
  const lines = parseEnvFile(`${name}=${written}\nAFTER=1\n`);
  const keys = envAssignments(lines);
  return keys.size === 2 && lines.length === 2 && keys.get('AFTER')?.value === '1'
    ? keys.get(name)?.value
    : undefined;
}

/** The text with the variable set: where it stands, comments and order kept; at the end when it is new. */
export function withVariable(text: string, name: string, value: string): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const written = writtenValue(name, value);
  const lines = parseEnvFile(text);
  const last = lines.findLast((line) => line.kind === 'assignment' && line.key === name);
  if (last === undefined || last.kind !== 'assignment') {
    const gap = text === '' || text.endsWith('\n') ? '' : eol;
    return `${text}${gap}${name}=${written}${eol}`;
  }
  const comment = last.comment === undefined ? '' : ` ${last.comment}`;
  const separator = last.separator === ':' ? ': ' : '=';
  const line = `${last.exported ? 'export ' : ''}${name}${separator}${written}${comment}`;
  const rows = text.split('\n');
  const crlf = rows[last.startLine - 1]?.endsWith('\r') === true ? '\r' : '';
  rows.splice(last.startLine - 1, last.endLine - last.startLine + 1, `${line}${crlf}`);
  return rows.join('\n');
}

/** Whether nothing but this variable changed. */
export function changesOnly(
  before: readonly EnvLine[],
  after: readonly EnvLine[],
  name: string,
): boolean {
  const others = (lines: readonly EnvLine[]) =>
    lines
      .filter((line) => line.kind !== 'assignment' || line.key !== name)
      .map(({ raw }) => raw.replace(/\r$/, ''));
  const one = others(before);
  const other = others(after);
  return one.length === other.length && one.every((raw, at) => raw === other[at]);
}
