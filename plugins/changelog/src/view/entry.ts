import type { Entry } from '@om-ops/kit';
import { formatTime, printable, styleFor } from '@om-ops/kit/text';

/** Who, what, when, and the text below it. */
export function entryBlock(entry: Entry): string {
  const style = styleFor(process.stdout);
  const head = [style.dim(formatTime(entry.timestamp)), style.bold(entry.type), entry.actor];
  if (entry.outcome !== null) {
    head.push(entry.outcome === 'fail' ? style.red('fail') : style.green(printable(entry.outcome)));
  }
  const lines = printable(entry.content).split('\n');
  for (const path of entry.attachments) lines.push(`attached: ${printable(path)}`);
  return `${head.join('  ')}\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
