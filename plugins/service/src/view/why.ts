import { exitText } from '../kinds/look.ts';
import type { Why } from '../why/find.ts';

export function whyText({ name, target, status, causes, lastLines }: Why): string {
  const ended = status.exit === undefined ? '' : `, ${exitText(status.exit)}`;
  const head = `${name} (${target}): ${status.state}, ${status.detail}${ended}`;
  const found = causes.map(
    ({ level, message, evidence, command }) =>
      `${level === 'cause' ? '✖' : '?'} ${message}${evidence
        .filter((line) => line !== '')
        .map((line) => `\n    ${line}`)
        .join('')}${command === undefined ? '' : `\n    → ${command}`}`,
  );
  const said =
    lastLines.length === 0
      ? []
      : ['It printed last:', ...lastLines.slice(-8).map((line) => `  | ${line}`)];
  return [
    head,
    ...(found.length === 0 ? ['Nothing was found that speaks against it.'] : found),
    ...said,
  ].join('\n');
}
