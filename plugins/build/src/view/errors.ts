import {
  formatBytes,
  formatCount,
  formatTable,
  formatTime,
  plural,
  printable,
  printableName,
  styleFor,
} from '@om-ops/kit/text';
import type { AppErrors } from '../errors/errors.ts';
import type { ErrorGroup, SignatureErrors } from '../errors/summary.ts';

const mostGroups = 10;

export function errorsText({
  service,
  lastLines,
  files,
  lines,
  errors,
  signatures,
  beyond,
  leftOut,
}: AppErrors): string {
  const style = styleFor(process.stdout);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const where =
    lastLines === null
      ? plural(files.length, 'log file')
      : `the last lines of ${plural(files.length, 'log file')}`;
  const head = `${service.name}: ${plural(errors, 'error line')} in ${plural(lines, 'line')}, ${formatBytes(bytes)} of ${where}`;
  const counts = formatTable<SignatureErrors>(
    [
      { head: 'SIGNATURE', cell: ({ name }) => name },
      { head: 'LINES', cell: ({ count }) => formatCount(count), align: 'right' },
      { head: 'DIFFERENT', cell: ({ groups }) => formatCount(groups.length), align: 'right' },
      { head: 'LAST', cell: ({ groups }) => lastOf(groups) },
    ],
    signatures,
  );
  const blocks = signatures
    .filter(({ count }) => count > 0)
    .map(({ name, groups }) => {
      const shown = groups.slice(0, mostGroups).map(groupText);
      const more = groups.length - shown.length;
      return [
        style.bold(name),
        ...shown,
        ...(more > 0
          ? [`  And ${formatCount(more)} different ones more: om-ops build errors --json`]
          : []),
      ].join('\n');
    });
  return [
    head,
    counts,
    ...blocks,
    ...(beyond > 0
      ? [`${plural(beyond, 'error line')} more, of too many different kinds to tell them apart.`]
      : []),
    ...leftOut.map((one) => `Not read: ${printable(one)}`),
  ].join('\n\n');
}

function groupText({ count, first, last, sample, file }: ErrorGroup): string {
  const when =
    last === null
      ? ''
      : first === last
        ? `  ${formatTime(last)}`
        : `  ${formatTime(first ?? last)} to ${formatTime(last)}`;
  return `  ${formatCount(count)} ×${when}  ${printableName(file)}\n    ${printable(sample.trim())
    .replace(/[\r\n]+/g, ' ')
    .slice(0, 300)}`;
}

function lastOf(groups: readonly ErrorGroup[]): string {
  const times = groups
    .flatMap(({ last }) => (last === null ? [] : [last]))
    .sort((one, other) => Date.parse(one) - Date.parse(other));
  const newest = times.at(-1);
  return newest === undefined ? '–' : formatTime(newest);
}
