import type { LoadedPlugins, Site } from '@om-ops/kit';
import {
  checkSection,
  checkTopLevel,
  coreSection,
  leaves,
  type ProfileDocument,
  type ProfileProblem,
  type SiteSection,
  z,
} from '@om-ops/kit/site';

/** Every section of the site profile there is: the core's and the plugins'. */
export async function loadSections({ plugins }: LoadedPlugins): Promise<SiteSection<unknown>[]> {
  const sections: SiteSection<unknown>[] = [coreSection as SiteSection<unknown>];
  for (const { contribution } of plugins)
    sections.push(...((await contribution.sections?.()) ?? []));
  return sections;
}

export interface ProfileCheck {
  problems: ProfileProblem[];
  /** Sections that stand in the profile although no installed plugin owns them, and the plugin that does. */
  unchecked: { section: string; plugin: string }[];
}

/** Checks a whole profile against every installed plugin's section. */
export async function checkProfile(
  document: ProfileDocument,
  sections: readonly SiteSection<unknown>[],
  knownSections: Readonly<Record<string, string>>,
): Promise<ProfileCheck> {
  const owned = new Set(sections.flatMap(({ key }) => (key === undefined ? [] : [key])));
  const problems = await checkTopLevel(document, [...owned, ...Object.keys(knownSections)]);
  for (const section of sections)
    problems.push(...(await checkSection(section, document)).problems);
  const unchecked = Object.entries(knownSections)
    .filter(([key]) => !owned.has(key) && Object.hasOwn(document.values, key))
    .map(([section, plugin]) => ({ section, plugin }));
  problems.sort((a, b) => a.line - b.line);
  return { problems, unchecked };
}

export interface ResolvedProfile {
  /** Every value, nested as in the file. */
  values: Record<string, unknown>;
  /** Where each value came from, by dotted key. */
  sources: { key: string; from: string }[];
}

/** Every value of the profile and where it came from. */
export async function resolveProfile(
  site: Site,
  sections: readonly SiteSection<unknown>[],
): Promise<ResolvedProfile> {
  const values: Record<string, unknown> = {};
  for (const section of sections) {
    const value = await site.section(section);
    if (section.key === undefined) {
      Object.assign(values, value, { root: site.root, state: site.state });
    } else values[section.key] = value;
  }
  const sources = [...leaves(values)].map(({ path }) => ({
    key: path.join('.'),
    from: site.sourceOf(path),
  }));
  return { values, sources };
}

/** JSON Schema (2020-12) of the whole profile; no key is required, since every one has a default. */
export function profileSchema(
  sections: readonly SiteSection<unknown>[],
  knownSections: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const { key, schema, defaults } of sections) {
    const json = withDefaults(z.toJSONSchema(schema, { io: 'input' }), defaults);
    delete json.$schema;
    if (key === undefined) Object.assign(properties, json.properties);
    else properties[key] = json;
  }
  for (const key of Object.keys(knownSections)) properties[key] ??= { type: 'object' };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'om-ops site profile',
    type: 'object',
    properties,
    additionalProperties: false,
  };
}

type JsonSchema = Record<string, unknown> & { properties?: Record<string, JsonSchema> };

function withDefaults(schema: Record<string, unknown>, defaults: unknown): JsonSchema {
  const out: JsonSchema = { ...schema };
  delete out.required;
  if (out.properties !== undefined) {
    out.properties = Object.fromEntries(
      Object.entries(out.properties).map(([key, inner]) => [
        key,
        withDefaults(inner, (defaults as Record<string, unknown> | undefined)?.[key]),
      ]),
    );
  } else if (defaults !== undefined) out.default = defaults;
  const items = out.additionalProperties;
  if (typeof items === 'object' && items !== null) {
    out.additionalProperties = withDefaults(items as JsonSchema, undefined);
  }
  return out;
}
