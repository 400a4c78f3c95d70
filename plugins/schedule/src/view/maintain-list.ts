import { printableName, styleFor } from '@om-ops/kit/text';
import type { ListedTask } from '../list.ts';
import { cadenceWords } from './when.ts';

export interface MaintainListResult {
  now: string;
  tasks: ListedTask[];
}

export function maintainListText({ tasks }: MaintainListResult): string {
  const { bold, dim } = styleFor(process.stdout);
  const blocks = tasks.map((task) => {
    const when = task.state === 'off' ? 'off in the profile' : cadenceWords(task);
    const steps = task.steps.map(
      ({ command, installed, guarded }) =>
        `  om-ops ${printableName(command)}${installed ? '' : dim(' (not installed)')}${guarded ? dim(' (asks for YES APPLY)') : ''}`,
    );
    return [`${bold(task.id)}  ${printableName(task.title)}, ${when}`, ...steps].join('\n');
  });
  return `${blocks.join('\n')}\n\nRun one: om-ops maintain run TASK. Once at a time: om-ops maintain at TASK --in 5m`;
}
