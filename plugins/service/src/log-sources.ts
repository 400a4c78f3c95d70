import { type LogSource, looksSecretSetting, Redactor, readEnvFiles, type Site } from '@om-ops/kit';
import { serviceLines } from './logs/lines.ts';
import { allManagers } from './look/managers.ts';
import { definedServices } from './site.ts';

/** What each service prints; apps in PM2 are the matter of the plugin that knows PM2. */
export async function serviceLogSources(site: Site): Promise<LogSource[]> {
  const services = (await definedServices(site)).filter(({ how }) => how.kind !== 'pm2');
  return services.map((service) => ({
    key: service.name,
    title: `The service ${service.name}`,
    async *lines({ lines, follow, since }, signal) {
      const redact = new Redactor();
      for (const [key, value] of readEnvFiles(site).values)
        if (looksSecretSetting(key)) redact.add(value);
      const managers = await allManagers(site, undefined);
      yield* serviceLines(service, managers, {
        lines,
        follow,
        ...(since === undefined ? {} : { since }),
        redact,
        signal,
      });
    },
  }));
}
