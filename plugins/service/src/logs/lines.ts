import { fileLines, filesOf } from '../kinds/log-files.ts';
import type { LinesOptions, ServiceLine } from '../kinds/manager.ts';
import type { Managers } from '../look/managers.ts';
import type { ServiceDefinition } from '../site.ts';

/** What a service prints: to the files that the profile names for it, else wherever its manager puts it. */
export function serviceLines(
  service: ServiceDefinition,
  managers: Managers,
  options: LinesOptions,
): AsyncIterable<ServiceLine> {
  if (service.logs.length > 0 && service.how.kind !== 'process')
    return fileLines(filesOf(service.logs), options);
  return managers[service.how.kind].lines(service, options);
}
