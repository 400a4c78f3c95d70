import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Command, type Interfaces, messageOf, systemCode } from '@om-ops/kit';
import { Plugin } from '@om-ops/kit/oclif';
import { withEnvelope } from './oclif-envelope.ts';

/** Where oclif keeps installed plugins; asked for before oclif is started, which would already look into them. */
export function pluginFolder(env: NodeJS.ProcessEnv): string {
  const data = env.XDG_DATA_HOME || join(env.HOME || homedir(), '.local/share');
  return env.OM_OPS_DATA_DIR || join(data, 'om-ops');
}

interface Installed {
  name: string;
  type: 'user' | 'link';
  root?: string;
  tag?: string;
  url?: string;
}

/** The plugins that were installed or linked on this machine. One that cannot be loaded is warned of and left out. */
export async function installedPlugins(folder: string): Promise<Interfaces.Plugin[]> {
  const manifest = join(folder, 'package.json');
  const loaded = await Promise.all(
    installedIn(manifest).map(async ({ name, type, root = manifest, tag, url }) => {
      try {
        const plugin = new Plugin({ name, type, root, tag, url } as Interfaces.Options);
        await plugin.load();
        const find = plugin.findCommand.bind(plugin) as (id: string) => Promise<Command.Class>;
        return Object.assign(plugin, {
          findCommand: async (id: string) => withEnvelope(await find(id)),
        });
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : messageOf(error));
        return undefined;
      }
    }),
  );
  return loaded.filter((plugin) => plugin !== undefined);
}

/** Installed ones first, then linked ones, as oclif orders them. */
function installedIn(manifest: string): Installed[] {
  try {
    const { oclif } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      oclif?: { plugins?: Installed[] };
    };
    const plugins = oclif?.plugins ?? [];
    return (['user', 'link'] as const).flatMap((type) =>
      plugins.filter((one) => one.type === type),
    );
  } catch (error) {
    if (systemCode(error) !== 'ENOENT')
      process.emitWarning(`The installed plugins could not be read: ${messageOf(error)}`);
    return [];
  }
}
