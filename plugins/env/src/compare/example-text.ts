import type { Example } from '../findings/example.ts';
import { isSecretName } from '../findings/value.ts';
import type { EnvKey } from '../read/env-file.ts';

/** The example with every variable that it lacks, without values: what is no secret and says nothing of this machine is kept. */
export function exampleText(
  example: Example | undefined,
  keys: ReadonlyMap<string, EnvKey>,
): string {
  const text = example?.text ?? '';
  const missing = [...keys.values()].filter(({ key }) => example?.keys.has(key) !== true);
  if (missing.length === 0) return text;
  const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  return `${text}${gap}${missing.map(({ key, assignment }) => `${key}=${sample(key, assignment.value)}\n`).join('')}`;
}

function sample(key: string, value: string): string {
  const isPlain =
    /^(?:true|false|on|off|yes|no|production|staging|development|test|info|warn|error|debug|\d{1,5})$/i.test(
      value,
    );
  return isPlain && !isSecretName(key) ? value : '';
}
