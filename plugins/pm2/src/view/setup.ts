import type { Change } from '@om-ops/kit';
import type { SetupResult } from '../commands/pm2/setup.ts';
import { differenceText } from '../setup/plan.ts';

export function setupText(result: SetupResult): string {
  const { app, outcome, changed, changes, errorLines, file, home } = result;
  const from = file ?? 'npm start';
  switch (outcome) {
    case 'unchanged':
      return `${app} is in PM2 as ${from} has it, runs, and is saved for the next boot.`;
    case 'planned':
      return [
        ...changes.map(
          ({ what, detail, kind }) =>
            `Would ${verb(kind)} ${what}${detail === undefined ? '' : ` (${detail})`}`,
        ),
        'Nothing was changed: this was a dry run.',
      ].join('\n');
    case 'applied':
      return [
        ...changed.filter(({ what }) => what !== 'app').map((one) => `- ${differenceText(one)}`),
        `${app} runs in PM2 as ${from} has it, and is saved in ${home}/dump.pm2.`,
      ].join('\n');
    default:
      return errorLines.length === 0
        ? ''
        : ['The end of its error log:', ...errorLines.map((line) => `  ${line}`)].join('\n');
  }
}

function verb(kind: Change['kind']): string {
  switch (kind) {
    case 'permissions':
      return 'set the permissions of';
    case 'edit':
      return 'change';
    case 'create':
      return 'make';
    default:
      return kind;
  }
}
