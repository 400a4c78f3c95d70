import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command, Interfaces } from '@om-ops/kit';
import { Plugin } from '@om-ops/kit/oclif';
import { withEnvelope } from './oclif-envelope.ts';

type Loadable = Interfaces.Plugin['commands'][number];

/** What the index holds of a plugin: `dist/core-plugins.json`, written by scripts/manifests.mjs. */
export interface IndexedPlugin {
  pjson: Interfaces.PJSON;
  manifest: Interfaces.Manifest;
}

/** The folder of the binary's package. */
export const binaryRoot = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * The binary and the plugins that come with it, as oclif wants them, from one file: oclif itself would look
 * for, read and parse three files of each at every start. Undefined without the index, before the first build.
 */
export function corePlugins(root = binaryRoot): Interfaces.Plugin[] | undefined {
  const path = join(root, 'dist/core-plugins.json');
  if (!existsSync(path)) return undefined;
  const [binary, ...plugins] = JSON.parse(readFileSync(path, 'utf8')) as IndexedPlugin[];
  if (binary === undefined) return undefined;
  return [
    new CorePlugin(binary, root, root),
    ...plugins.map((plugin) => new CorePlugin(plugin, root)),
  ];
}

/** A plugin of the index. Where it lies is looked up when something of it is loaded. */
class CorePlugin implements Interfaces.Plugin {
  readonly _base = '@oclif/core@indexed';
  readonly hasManifest = true;
  readonly commandsDir = undefined;
  readonly type = 'core';
  readonly valid = true;
  readonly isRoot: boolean;
  readonly name: string;
  readonly alias: string;
  readonly version: string;
  readonly pjson: Interfaces.PJSON;
  readonly moduleType: 'commonjs' | 'module';
  readonly manifest: Interfaces.Manifest;
  readonly commands: Loadable[];
  readonly hooks: Interfaces.Plugin['hooks'];
  readonly #binary: string;
  #root: string | undefined;

  constructor({ pjson, manifest }: IndexedPlugin, binary: string, root?: string) {
    this.#binary = binary;
    this.#root = root;
    this.isRoot = root !== undefined;
    this.name = pjson.name;
    this.alias = pjson.name;
    this.version = pjson.version;
    this.pjson = pjson;
    this.moduleType = pjson.type === 'module' ? 'module' : 'commonjs';
    this.manifest = manifest;
    this.commands = Object.entries(manifest.commands).map(([id, command]) => ({
      ...command,
      pluginAlias: pjson.name,
      pluginType: 'core',
      load: () => this.findCommand(id, { must: true }),
    }));
    this.hooks = hooksOf(pjson);
  }

  get root(): string {
    this.#root ??= folderOf(this.name, this.#binary);
    return this.#root;
  }

  get options(): Interfaces.Plugin['options'] {
    return { root: this.#binary, name: this.name, type: this.type };
  }

  get commandIDs(): string[] {
    return Object.keys(this.manifest.commands);
  }

  get topics(): Interfaces.Topic[] {
    return Object.entries(this.pjson.oclif.topics ?? {}).map(([name, topic]) => ({
      ...topic,
      name,
    }));
  }

  async load(): Promise<void> {}

  findCommand(id: string, options: { must: true }): Promise<Command.Class>;
  findCommand(id: string, options?: { must: boolean }): Promise<Command.Class> | undefined;
  findCommand(id: string): Promise<Command.Class> {
    return this.#load(id);
  }

  async #load(id: string): Promise<Command.Class> {
    const { relativePath } = this.manifest.commands[id] ?? {};
    if (relativePath === undefined || relativePath === null) {
      // One that keeps its commands some other way than a file each.
      const plugin = new Plugin({ root: this.#binary, name: this.name, type: this.type });
      await plugin.load();
      return withEnvelope(await plugin.findCommand(id, { must: true }));
    }
    const file = pathToFileURL(join(this.root, ...relativePath)).href;
    const { default: command } = (await import(file)) as { default: Command.Class };
    return withEnvelope(Object.assign(command, { id, plugin: this, isESM: true, relativePath }));
  }
}

function hooksOf({ oclif: { hooks = {} } }: Interfaces.PJSON): Interfaces.Plugin['hooks'] {
  return Object.fromEntries(
    Object.entries(hooks).map(([event, hook]) => [
      event,
      [hook]
        .flat()
        .map((one) =>
          typeof one === 'string'
            ? { identifier: 'default', target: one }
            : { ...one, identifier: one.identifier ?? 'default' },
        ),
    ]),
  );
}

/** As Node looks for a package: in the node_modules of the binary, then of the folders above. */
function folderOf(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
    if (dirname(folder) === folder) return join(from, 'node_modules', name);
  }
}
