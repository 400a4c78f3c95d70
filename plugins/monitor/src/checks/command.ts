import { type CheckAnswer, exec, type Site, type State } from '@om-ops/kit';
import { msOf } from '../site/amounts.ts';
import type { CommandTarget } from '../site/checks.ts';
import { ownCheck, shownMetric, type WatchedCheck } from './watched-check.ts';

/** A program of the site's own whose exit code says how something is. */
export function commandCheck(
  name: string,
  { argv, timeout = '10s', exitCodes }: CommandTarget,
  {
    site,
    tags,
    after,
    runbook,
  }: {
    site: Pick<Site, 'root'>;
    tags: readonly string[];
    after: readonly string[];
    runbook?: string | undefined;
  },
): WatchedCheck {
  return ownCheck(`command:${name}`, {
    title: `The command ${name}`,
    reads: `The exit code of ${argv[0]}, started in the root of the site.`,
    kind: 'service',
    samples: 2,
    tags: ['command', ...tags],
    after,
    ...(runbook === undefined ? {} : { runbook }),
    timeoutMs: msOf(timeout),
    run: async (signal) => {
      const [program = '', ...args] = argv;
      const started = performance.now();
      const { exitCode, stdout, stderr } = await exec(program, args, {
        cwd: site.root,
        accept: 'any',
        signal,
      });
      if (exitCode < 0) throw new Error(`${program} was ended by a signal`);
      return {
        state: stateOf(exitCode, exitCodes),
        message: said(program, exitCode, firstLine(stdout) ?? firstLine(stderr)),
        metrics: [
          shownMetric('value', `Running ${name}`, Math.round(performance.now() - started), 'ms'),
        ],
      } satisfies CheckAnswer;
    },
  });
}

function stateOf(exitCode: number, meanings: CommandTarget['exitCodes']): State {
  return meanings?.[String(exitCode)] ?? (exitCode === 0 ? 'healthy' : 'critical');
}

const firstLine = (text: string): string | undefined =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '')
    // What follows a bar is for programs, by the custom of Nagios.
    ?.split('|')[0]
    ?.trim()
    .slice(0, 300);

function said(program: string, exitCode: number, line: string | undefined): string {
  const ended = `${program} ended with ${exitCode}`;
  if (line === undefined || line === '') return `${ended}.`;
  return exitCode === 0 ? line : `${ended}: ${line}`;
}
