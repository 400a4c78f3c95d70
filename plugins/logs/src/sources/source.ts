import type { Abilities, LogSource, Site } from '@om-ops/kit';
import { OpsError } from '@om-ops/kit';
import { type FormatName, type LogsSection, logsSection } from '../site.ts';
import { filesOf, type LogFile } from './files.ts';

/** Where the application writes. */
export interface Source {
  name: string;
  format: FormatName;
  /** The oldest first; empty when it is no files. */
  files: LogFile[];
  /** Absolute patterns; empty when it is no files. */
  patterns: string[];
  /** What gives its lines when no file does: a service, or another plugin. */
  lines: LogSource | null;
}

/**
 * The sources of the profile; where it names none, whatever the other plugins know.
 *
 * @throws OpsError E_UNKNOWN_SOURCE (exit 2), E_NO_SOURCES (5)
 */
export async function logSources(
  site: Site,
  abilities: Pick<Abilities, 'logSources'>,
  names: readonly string[] = [],
): Promise<{ sources: Source[]; section: LogsSection; failures: string[] }> {
  const section = await site.section(logsSection);
  const entries = Object.entries(section.sources);
  const needsOthers =
    entries.length === 0 || entries.some(([, { service }]) => service !== undefined);
  const others = needsOthers ? await abilities.logSources() : { values: [], failures: [] };
  const failures = others.failures.map(({ topic, reason }) => `${topic}: ${reason}`);
  const all =
    entries.length === 0
      ? others.values.map(
          ({ topic, value }): Source => ({
            name: `${topic}.${value.key}`,
            format: 'auto',
            files: [],
            patterns: [],
            lines: value,
          }),
        )
      : await Promise.all(
          entries.map(async ([name, { files = [], service, format = 'auto' }]): Promise<Source> => {
            const patterns = files.map((one) => site.below(one));
            const lines = others.values.find(
              ({ topic, value }) => topic === 'service' && value.key === service,
            )?.value;
            if (service !== undefined && lines === undefined) throw noService(name, service);
            return { name, format, patterns, files: await filesOf(patterns), lines: lines ?? null };
          }),
        );
  for (const name of names) if (!all.some((one) => one.name === name)) throw unknown(name, all);
  const sources = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  if (sources.length === 0) throw noSources();
  return { sources, section, failures };
}

function noService(name: string, service: string): OpsError {
  return new OpsError(
    'E_SITE_INVALID',
    `logs.sources.${name} is what the service ${service} prints, and no installed plugin knows its output.`,
    {
      exit: 'usage',
      suggestions: [
        'See the services: om-ops service list',
        'Of an app in PM2 name the files: {files: [~/.pm2/logs/app-*.log]}',
      ],
    },
  );
}

function unknown(name: string, all: readonly Source[]): OpsError {
  return new OpsError('E_UNKNOWN_SOURCE', `There is no source ${name}.`, {
    exit: 'usage',
    suggestions: [`There is: ${all.map((one) => one.name).join(', ')}`],
  });
}

function noSources(): OpsError {
  return new OpsError('E_NO_SOURCES', 'The site profile names no logs, and no plugin knows one.', {
    exit: 'requirement',
    suggestions: ['Name them in the site profile: logs: {sources: {app: {files: ["logs/*.log"]}}}'],
  });
}
