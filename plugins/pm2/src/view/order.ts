import { formatDuration } from '@om-ops/kit/text';
import type { OrderResult } from '../app/carry-out.ts';

export function orderText(result: OrderResult): string {
  return result.dryRun ? plannedText(result) : doneText(result);
}

function plannedText({ app, order, changed, ids, pids, status, interrupts }: OrderResult): string {
  const unchanged = 'Nothing was changed: this was a dry run.';
  if (!changed) return `Nothing would be done: ${already(order, app)} ${unchanged}`;
  const of = `${ids.length === 1 ? 'id' : 'ids'} ${ids.join(', ')}${pids.before.length === 0 ? '' : `; pid ${pids.before.join(', ')}`}`;
  return `Would tell the PM2 of ${status.user} (${status.home}) to ${order} ${app} (${of}).${interrupts === null ? '' : ` ${interrupts}`} ${unchanged}`;
}

function doneText(result: OrderResult): string {
  const { app, order, changed, pids, health, status, errorLines } = result;
  if (errorLines.length > 0)
    return `${app} is ${status.status}. The end of its error log:\n${errorLines.map((line) => `  ${line}`).join('\n')}`;
  const answered =
    health === null
      ? ''
      : `; ${health.url} answers ${health.status} after ${formatDuration(health.ms)}`;
  switch (order) {
    case 'start':
    case 'restart':
      if (status.status !== 'online') return '';
      return `${app} is up as pid ${pids.after.join(', ')}${answered}.${changed ? '' : ' It was so already.'}`;
    case 'stop':
      if (status.status !== 'stopped') return '';
      return changed ? `${app} is stopped; om-ops pm2 start brings it back.` : already(order, app);
    case 'reset':
      if (status.restarts !== 0) return '';
      return changed ? `The restarts of ${app} are counted from 0.` : already(order, app);
  }
}

function already(order: OrderResult['order'], app: string): string {
  switch (order) {
    case 'stop':
      return `${app} is stopped already.`;
    case 'reset':
      return `The restarts of ${app} are at 0 already.`;
    default:
      return `${app} runs already.`;
  }
}
