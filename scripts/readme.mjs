// Writes the command list of README.md from the manifests. `--check` writes nothing and fails when it is stale.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifests = [root, ...globSync(join(root, 'plugins/*')).sort()].map((folder) =>
  JSON.parse(readFileSync(join(folder, 'oclif.manifest.json'), 'utf8')),
);
const commands = manifests
  .flatMap(({ commands }) => Object.values(commands))
  .filter(({ hidden }) => hidden !== true)
  .sort((a, b) => a.id.localeCompare(b.id));

function usage({ id, args }) {
  const words = Object.values(args ?? {}).map(({ name, required, multiple }) => {
    const word = `${name.toUpperCase()}${multiple ? '…' : ''}`;
    return required ? word : `[${word}]`;
  });
  return ['om-ops', ...id.split(':'), ...words].join(' ');
}

const rows = commands.map((command) => `| \`${usage(command)}\` | ${command.summary} |`);
const list = ['| command | does |', '|---|---|', ...rows].join('\n');

const path = join(root, 'README.md');
const before = readFileSync(path, 'utf8');
const [head, rest] = before.split('<!-- commands -->\n');
const tail = rest?.split('<!-- /commands -->')[1];
if (tail === undefined) throw new Error('README.md has lost the marks around its command list.');
const after = `${head}<!-- commands -->\n${list}\n<!-- /commands -->${tail}`;
if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('The command list of README.md is stale: run `npm run readme` and commit it.');
    process.exitCode = 1;
  }
} else writeFileSync(path, after);
