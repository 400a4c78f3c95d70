import { looksSecretSetting, type Redactor } from '@om-ops/kit';
import type { AppProcess } from './process.ts';

/** Registers the secrets that an app was given: it may print them itself. */
export function hideSecrets(redactor: Redactor, processes: readonly AppProcess[]): void {
  for (const { env } of processes) hideSecretValues(redactor, env);
}

export function hideSecretValues(redactor: Redactor, env: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(env)) if (looksSecretSetting(key)) redactor.add(value);
}
