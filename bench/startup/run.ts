// What starting a command costs against the smallest oclif program there can be, with 20 plugins in
// `oclif.plugins` and with those there are, with the compile cache, without one, and with an empty one.
// node bench/startup/run.ts [ROUNDS]
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compare, type Measure, type Peer, program, ratio } from '../analysis/measure.ts';

const checkout = join(import.meta.dirname, '../..');
const node = process.execPath;
const folder = mkdtempSync(join(tmpdir(), 'om-ops-startup-'));

function write(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
}

/** One command, no plugin, with its manifest. */
function smallestProgram(): string {
  const root = join(folder, 'small');
  write(join(root, 'package.json'), {
    name: 'small',
    version: '1.0.0',
    type: 'module',
    oclif: {
      bin: 'small',
      commands: { strategy: 'pattern', target: './dist/commands' },
      topicSeparator: ' ',
    },
  });
  write(
    join(root, 'dist/commands/hello.js'),
    `import { Command } from '@oclif/core';
     export default class Hello extends Command { async run() { this.log('hello'); } }`,
  );
  write(
    join(root, 'run.js'),
    `import { execute } from '@oclif/core'; await execute({ dir: import.meta.url });`,
  );
  write(join(root, 'oclif.manifest.json'), {
    version: '1.0.0',
    commands: {
      hello: {
        id: 'hello',
        aliases: [],
        args: {},
        flags: {},
        hasDynamicHelp: false,
        hiddenAliases: [],
        pluginAlias: 'small',
        pluginName: 'small',
        pluginType: 'core',
        strict: true,
        isESM: true,
        relativePath: ['dist', 'commands', 'hello.js'],
      },
    },
  });
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  return join(root, 'run.js');
}

interface Indexed {
  pjson: { name: string; oclif: { plugins?: string[]; topics?: Record<string, unknown> } };
  manifest: { commands: Record<string, { id: string }> };
}

/** A copy of the binary with plugins like `backup` until there are `count`. */
function withPlugins(count: number): string {
  const root = join(folder, `plugins-${count}`);
  for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
    cpSync(join(checkout, part), join(root, part), { recursive: true });
  mkdirSync(join(root, 'node_modules'));
  for (const name of readdirSync(join(checkout, 'node_modules')))
    symlinkSync(join(checkout, 'node_modules', name), join(root, 'node_modules', name));
  const path = join(root, 'dist/core-plugins.json');
  const index = JSON.parse(readFileSync(path, 'utf8')) as Indexed[];
  const model = index.find(({ pjson }) => pjson.name.endsWith('plugin-backup'))!;
  for (let at = index.length - 1; at < count; at++) {
    const copy = structuredClone(model);
    copy.pjson.name = `@om-ops/plugin-copy${at}`;
    copy.pjson.oclif.topics = { [`copy${at}`]: { description: 'A copy' } };
    copy.manifest.commands = Object.fromEntries(
      Object.values(copy.manifest.commands).map((command) => {
        const id = command.id.replace('backup', `copy${at}`);
        return [id, { ...command, id }];
      }),
    );
    index.push(copy);
  }
  writeFileSync(path, JSON.stringify(index));
  return join(root, 'bin/om-ops');
}

const small = smallestProgram();
const many = withPlugins(20);
const few = join(checkout, 'bin/om-ops');
const env = ['OM_OPS_STATE=/nonexistent/om-ops-startup', `XDG_DATA_HOME=${folder}`, 'NO_COLOR=1'];

function om(bin: string, cache: string, ...argv: string[]): Measure {
  return program('env', ...env, `XDG_CACHE_HOME=${cache}`, bin, ...argv);
}

const warm = join(folder, 'warm');
const none = '/proc/nowhere';
mkdirSync(warm);
let emptied = 0;
const fresh = () => {
  const path = join(folder, `empty-${emptied++}`);
  mkdirSync(path);
  return path;
};

const commands = { version: ['version'], help: ['--help'], list: ['backup', 'list'] };
const peers: Peer[] = [
  { name: 'smallest oclif program', run: () => program(node, small, 'hello') },
  ...Object.entries(commands).flatMap(([name, argv]): Peer[] => [
    { name: `${name}, 20 plugins`, run: () => om(many, warm, ...argv) },
    { name: `${name}, as installed`, run: () => om(few, warm, ...argv) },
    { name: `${name}, 20, no cache`, run: () => om(many, none, ...argv) },
    { name: `${name}, 20, empty cache`, run: () => om(many, fresh(), ...argv) },
  ]),
];

try {
  for (const peer of peers) peer.run();
  const results = compare(peers, Number(process.argv[2] ?? 15));
  const most = { version: 1.2, help: 1.3, list: 1.4 };
  for (const [name, limit] of Object.entries(most))
    for (const how of ['20 plugins', 'as installed', '20, no cache', '20, empty cache'])
      ratio(results, `${name}, ${how}`, 'smallest oclif program', limit);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
