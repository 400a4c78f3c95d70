// `npm run new-plugin NAME` makes plugins/NAME from scripts/plugin-template, with a section, a command and a test
// that pass `npm test` as they are, and puts it where plugins are listed.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function stop(message) {
  console.error(message);
  process.exit(2);
}

function run(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0)
    stop(`${command} ${args.join(' ')} failed; what was made so far is in plugins/${topic}.`);
}

const [topic = ''] = process.argv.slice(2);
if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(topic))
  stop('Name the topic: npm run new-plugin NAME, small letters, digits and dashes.');
const folder = join(root, 'plugins', topic);
if (existsSync(folder)) stop(`plugins/${topic} is there already.`);
const manifestPath = join(root, 'package.json');
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
const taken = Object.keys(
  JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')).commands,
);
if (taken.some((id) => id.split(':')[0] === topic))
  stop(`om-ops has commands \`${topic}\` of its own.`);

const words = topic.split('-');
const upper = (word) => word[0].toUpperCase() + word.slice(1);
const pascal = words.map(upper).join('');
const camel = pascal[0].toLowerCase() + pascal.slice(1);
const kit = JSON.parse(readFileSync(join(root, 'kit/package.json'), 'utf8')).version;
const values = {
  __topic__: topic,
  __section__: camel,
  __camel__: camel,
  __Pascal__: pascal,
  __Title__: words.map(upper).join(' '),
  __kit__: `^${kit.split('.')[0]}.0.0`,
};
const filled = (text) =>
  Object.entries(values).reduce((at, [mark, value]) => at.replaceAll(mark, value), text);

const template = join(root, 'scripts/plugin-template');
for (const name of globSync('**/*', { cwd: template })) {
  if (statSync(join(template, name)).isDirectory()) continue;
  const path = join(folder, filled(name));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, filled(readFileSync(join(template, name), 'utf8')));
}

const name = `@om-ops/plugin-${topic}`;
manifest.oclif.plugins.push(name);
manifest.dependencies = Object.fromEntries(
  Object.entries({ ...manifest.dependencies, [name]: '1.0.0' }).sort(([one], [other]) =>
    one < other ? -1 : 1,
  ),
);
writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
const projectPath = join(root, 'tsconfig.json');
const project = readFileSync(projectPath, 'utf8');
writeFileSync(
  projectPath,
  project.replace(
    '    { "path": "./src" }',
    `    { "path": "./plugins/${topic}" },\n    { "path": "./src" }`,
  ),
);

run('npm', 'install', '--no-audit', '--no-fund', '--loglevel', 'error', '--prefer-offline');
run('npm', 'run', '--silent', 'fix');
console.log(`plugins/${topic} is there, with one command: om-ops ${topic} status
Next: give it its real domain, then npm test -- unit ${topic}. docs/plugin-anatomy.md says what goes where.`);
