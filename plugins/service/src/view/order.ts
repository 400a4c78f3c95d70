import type { OrderedService, OrderResult } from '../order-command.ts';

const done = { start: 'started', stop: 'stopped', restart: 'restarted', reload: 'reloaded' };

export function orderText({ outcome, changes, services }: OrderResult): string {
  if (outcome === 'planned')
    return changes
      .map(({ what, detail }) => `Would run: ${what}${detail === undefined ? '' : `  (${detail})`}`)
      .concat(services.filter((one) => one.outcome === 'unchanged').map(lineOf))
      .join('\n');
  return services
    .map((one) => [lineOf(one), ...one.lastLines.map((line) => `  | ${line}`)].join('\n'))
    .join('\n');
}

function lineOf(one: OrderedService): string {
  const { name, order, outcome, pids, state, ready } = one;
  const answers = ready === null ? '' : `; ${ready.detail}`;
  switch (outcome) {
    case 'planned':
      return `${name} would be ${done[order]}.`;
    case 'unchanged':
      return order === 'stop'
        ? `${name} does not run: nothing to stop.`
        : `${name} runs already as pid ${pids.before}.`;
    case 'not-begun':
      return `${name} was left as it was.`;
    case 'begun':
      return `${name} was told to ${order}.`;
    case 'failed':
      return order === 'reload'
        ? `${name} was not reloaded.`
        : `${name} did not ${order === 'stop' ? 'stop' : 'come up'}; it is ${state}.`;
    case 'done':
      return order === 'stop'
        ? `${name} is stopped.`
        : `${name} is up${pids.after === null ? '' : ` as pid ${pids.after}`}${answers}.`;
  }
}
