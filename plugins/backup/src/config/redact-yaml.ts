import type { Redactor } from '@om-ops/kit';
import { parseAllDocuments, stringify } from 'yaml';
import { redactEcosystem } from './redact-ecosystem.ts';

/**
 * A PM2 ecosystem file in YAML without secrets, by the rules of one in JSON. It is written anew, without comments and
 * what PM2 does not look at: that is for aliases, which have taken it over. Undefined when the text cannot be read well enough to be sure.
 */
export function redactYamlEcosystem(text: string, redactor: Redactor): string | undefined {
  const [document, ...others] = parseAllDocuments(text, { merge: true });
  if (document === undefined || !('toJS' in document)) return undefined;
  if (others.length > 0 || document.errors.length > 0) return undefined;
  try {
    const seen = seenByPm2(document.toJS());
    if (seen === undefined) return undefined;
    const clean = redactEcosystem(JSON.stringify(seen, null, 2), redactor);
    return clean === undefined ? undefined : stringify(JSON.parse(clean), { lineWidth: 0 });
  } catch {
    // Aliases without end, or what is no JSON any more.
    return undefined;
  }
}

/** Undefined for what is no ecosystem file: what its values are for could not be told. */
function seenByPm2(root: unknown): object | undefined {
  if (typeof root !== 'object' || root === null) return undefined;
  if (!('apps' in root)) return Array.isArray(root) || 'script' in root ? root : undefined;
  const { apps, deploy } = root as { apps: unknown; deploy?: unknown };
  return { apps, ...(deploy === undefined ? {} : { deploy }) };
}
