import { relative } from 'node:path';
import {
  formatBytes,
  formatCount,
  formatTable,
  formatTime,
  plural,
  printable,
  styleFor,
} from '@om-ops/kit/text';
import type { Finding, VerifiedDist } from '../verify/verify.ts';

export interface VerifyResult {
  dists: VerifiedDist[];
  findings: Finding[];
  /** Sentences: what could not be looked at. */
  leftOut: string[];
}

const mostShown = 50;

export function verifyText({ dists, findings, leftOut }: VerifyResult): string {
  const style = styleFor(process.stdout);
  const table = formatTable<VerifiedDist>(
    [
      {
        head: '',
        cell: ({ status }) =>
          status === 'PASS'
            ? style.green(status)
            : status === 'FAIL'
              ? style.red.bold(status)
              : status,
      },
      { head: 'PART', cell: ({ part }) => part },
      { head: 'DIST', cell: ({ path }) => path },
      { head: 'FILES', cell: ({ files }) => formatCount(files), align: 'right' },
      { head: 'SIZE', cell: ({ bytes }) => formatBytes(bytes), align: 'right' },
      { head: 'NEWEST', cell: ({ newest }) => (newest === null ? '–' : formatTime(newest)) },
      {
        head: 'CHECKED',
        cell: ({ used, checked, node }) =>
          !used
            ? 'this site has none'
            : node === null
              ? 'nothing'
              : `${plural(checked.files, 'script')} on Node ${node.version} (${node.from})`,
      },
    ],
    dists,
  );
  const lines = findings.slice(0, mostShown).map((finding) => findingText(finding, dists));
  const more = findings.length - lines.length;
  return [
    table,
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    ...(more > 0 ? [`And ${formatCount(more)} more: om-ops build verify --json`] : []),
    ...leftOut.map((one) => `Not checked: ${printable(one)}`),
  ].join('\n\n');
}

export function findingText(
  { part, path, line, message }: Finding,
  dists: readonly { part: string; path: string }[],
): string {
  const dist = dists.find((one) => one.part === part)?.path ?? '';
  const below = relative(dist, path);
  const shown = below === '' ? path : `${part}: ${below}`;
  return printable(`${shown}${line === null ? '' : `:${line}`}  ${message}`);
}
