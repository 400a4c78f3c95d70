import { formatFacts, formatTime, plural, printable, styleFor } from '@om-ops/kit/text';
import type { NginxStatus } from '../state/status.ts';

export function statusText(status: NginxStatus): string {
  const style = styleFor(process.stdout);
  const { version, bin, conf, files, master, workers, answers, certificates, findings } = status;
  const serving = workers.filter(({ leaving }) => !leaving);
  const leaving = workers.length - serving.length;
  const facts: [string, string][] = [
    ['nginx', `${version} (${bin})`],
    ['configuration', `${conf}, ${plural(files, 'file')}`],
    [
      'master',
      master === null
        ? style.red('not running')
        : `${master.pid}, since ${formatTime(master.startedAt)}`,
    ],
    ...(master === null
      ? []
      : [
          [
            'workers',
            `${serving.map(({ pid }) => pid).join(', ') || 'none'}${leaving > 0 ? `, and ${leaving} leaving` : ''}`,
          ] as [string, string],
        ]),
    ...answers.map(({ url, said }): [string, string] => ['answers', `${url}: ${said}`]),
    ...certificates.map(({ path, daysLeft, problem }): [string, string] => [
      'certificate',
      `${path}: ${daysLeft === null ? problem : `${daysLeft} d left`}`,
    ]),
  ];
  const notes = findings.map(({ state, message }) => {
    const mark = state === 'critical' ? style.red('critical') : style.yellow('warning');
    return `${mark}  ${printable(message)}`;
  });
  return [formatFacts(facts), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}
