import { Flags, OpsError, type Site, wholeNumber } from '@om-ops/kit';
import type { EditOptions } from './edit/plan.ts';
import type { NginxSection } from './site.ts';

const size = Flags.custom<string>({
  parse: async (input) => {
    if (/^\d+[kmg]?$/i.test(input)) return input;
    throw new OpsError('E_BAD_SIZE', `${input} is no size as nginx writes it.`, {
      exit: 'usage',
      suggestions: ['Give it as 50m or 1g; 0 is without limit.'],
    });
  },
});

/** What `baseline` and `apply` are told. */
export const baselineFlags = {
  'max-body-size': size({
    summary: 'The largest upload that is let through; default: nginx.maxBodySize of the profile.',
    helpValue: '50m',
  }),
  timeout: wholeNumber({
    helpValue: '300',
    summary: 'Seconds to wait for the backend; default: nginx.timeoutSeconds of the profile.',
    min: 1,
    max: 86_400,
  }),
  listen: Flags.string({
    summary: 'Of several servers, the one that listens there.',
    helpValue: '443|127.0.0.1:8080',
  }),
  file: Flags.string({ summary: 'Of several locations, the one in this file.', helpValue: 'FILE' }),
  replace: Flags.boolean({
    summary: 'Leave nothing but the baseline in the location, as om-recovery did.',
    default: false,
  }),
};

export interface BaselineFlags {
  'max-body-size'?: string | undefined;
  timeout?: number | undefined;
  listen?: string | undefined;
  file?: string | undefined;
  replace: boolean;
}

export function editOptions(site: Site, section: NginxSection, flags: BaselineFlags): EditOptions {
  return {
    serverName: section.serverName,
    location: section.location,
    port: site.backend.port,
    maxBodySize: flags['max-body-size'] ?? section.maxBodySize,
    timeoutSeconds: flags.timeout ?? section.timeoutSeconds,
    listen: flags.listen,
    file: flags.file,
    replace: flags.replace,
  };
}
