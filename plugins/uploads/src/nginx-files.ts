import type { ConfigFile } from '@om-ops/kit';

/** The main configuration files of nginx that any plugin knows of. */
export async function nginxFiles(abilities: {
  configFiles(): Promise<{ values: readonly { value: ConfigFile }[] }>;
}): Promise<string[]> {
  const { values } = await abilities.configFiles();
  return values.flatMap(({ value }) => (value.kind === 'nginx' ? [value.path] : []));
}
