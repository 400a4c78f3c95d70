import {
  type LogSource,
  logTimeOf,
  type OutputLine,
  Redactor,
  readEnvFiles,
  type Site,
} from '@om-ops/kit';
import { knownOrSaved } from '../app/known.ts';
import { pm2Setting } from '../app/look.ts';
import { hideSecrets, hideSecretValues } from '../app/secrets.ts';
import { appLogs } from './files.ts';
import { followAll } from './follow.ts';
import { type LogLine, lastOfAll } from './last.ts';

/** What the app prints, and what of it are errors. */
export function pm2LogSources(site: Site): LogSource[] {
  return [
    {
      key: 'app',
      title: 'The backend in PM2',
      lines: (options, signal) => read(site, false, options, signal),
    },
    {
      key: 'errors',
      title: 'The errors of the backend in PM2',
      lines: (options, signal) => read(site, true, options, signal),
    },
  ];
}

async function* read(
  site: Site,
  onlyErrors: boolean,
  { lines, follow, since }: Parameters<LogSource['lines']>[0],
  signal: AbortSignal,
): AsyncGenerator<OutputLine> {
  const redact = new Redactor();
  hideSecretValues(redact, Object.fromEntries(readEnvFiles(site).values));
  const setting = await pm2Setting(site);
  const processes = await knownOrSaved(setting, signal);
  hideSecrets(redact, processes);
  const logs = await appLogs(setting, processes, { onlyErrors, signal });
  const isWanted = ({ text }: LogLine) =>
    since === undefined || (logTimeOf(text) ?? Number.POSITIVE_INFINITY) >= since.getTime();
  const all = follow
    ? followAll(logs, lines, { redact, signal })
    : (await lastOfAll(logs, lines, { redact, signal })).lines;
  for await (const line of all)
    if (isWanted(line))
      yield { text: line.text, from: line.from === 'stderr' ? 'stderr' : 'stdout' };
}
