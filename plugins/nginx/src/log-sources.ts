import {
  followFile,
  type LogSource,
  lastLines,
  type OutputLine,
  Redactor,
  type Site,
} from '@om-ops/kit';
import { nginxSection } from './site.ts';

/** nginx's error log. */
export async function nginxLogSources(site: Site): Promise<LogSource[]> {
  const { errorLog } = await site.section(nginxSection);
  const file = site.below(errorLog);
  return [
    {
      key: 'error',
      title: 'nginx errors',
      async *lines({ lines, follow }, signal): AsyncGenerator<OutputLine> {
        const redact = new Redactor();
        if (!follow) {
          for (const text of await lastLines(file, lines, { redact, signal }))
            yield { text, from: 'stderr' };
          return;
        }
        for await (const { text } of followFile(file, { lines, redact, signal }))
          yield { text, from: 'stderr' };
      },
    },
  ];
}
