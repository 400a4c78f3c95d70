import { formatBytes, formatDuration, formatTable } from '@om-ops/kit/text';
import { exitText } from '../kinds/look.ts';
import type { ServiceHealth } from '../look/status.ts';

export function statusText(services: readonly ServiceHealth[], now = Date.now()): string {
  const table = formatTable<ServiceHealth>(
    [
      { head: 'Service', cell: ({ name }) => name },
      { head: 'Run by', cell: ({ kind }) => kind },
      { head: 'State', cell: ({ state, wanted }) => (wanted ? state : `${state} (not wanted)`) },
      { head: 'Pid', cell: ({ pid }) => (pid === undefined ? '–' : String(pid)), align: 'right' },
      {
        head: 'Since',
        cell: ({ since }) =>
          since === undefined ? '–' : formatDuration(Math.max(0, now - Date.parse(since))),
      },
      { head: 'Restarts', cell: ({ restarts }) => String(restarts ?? '–'), align: 'right' },
      {
        head: 'Memory',
        cell: ({ memoryBytes }) => (memoryBytes === undefined ? '–' : formatBytes(memoryBytes)),
        align: 'right',
      },
      {
        head: 'At boot',
        cell: ({ enabled }) => (enabled === undefined ? '–' : enabled ? 'yes' : 'no'),
      },
      { head: 'Answers', cell: ({ ready }) => answers(ready) },
      {
        head: 'Ended with',
        cell: ({ exit, pid }) => (exit && pid === undefined ? exitText(exit) : ''),
      },
    ],
    services,
  );
  const notes = services.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [`- ${name}: ${problem}`],
  );
  return notes.length === 0 ? table : `${table}\n\n${notes.join('\n')}`;
}

function answers(ready: ServiceHealth['ready']): string {
  if (ready === undefined) return '–';
  return ready.ok === null ? 'not asked' : ready.ok ? 'yes' : 'no';
}
