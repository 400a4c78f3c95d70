// Makes the next versions: `changeset version` for the kit and the plugins, then the binary, which changesets does
// not see because it is the workspace's root, then everything that states a version. `--dry-run` says what would be.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.env.OM_OPS_RELEASE_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), '..');
const dryRun = process.argv.includes('--dry-run');
const ranks = ['patch', 'minor', 'major'];

const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error !== undefined || status !== 0) {
    console.error(
      `${command} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}.`,
    );
    process.exit(1);
  }
}

/** Package name → version, of all that changesets sees. */
function versions() {
  const folders = ['kit', ...readdirSync(join(root, 'plugins')).map((name) => `plugins/${name}`)];
  return new Map(
    folders
      .map((folder) => read(`${folder}/package.json`))
      .map(({ name, version }) => [name, version]),
  );
}

/** How far a version went: `minor` from 1.2.3 to 1.3.0; undefined when it stayed. */
function stepBetween(before, after) {
  if (before === after) return undefined;
  const [one, other] = [before, after].map((version) => version.split('.').map(Number));
  return one[0] !== other[0] ? 'major' : one[1] !== other[1] ? 'minor' : 'patch';
}

function raised(version, step) {
  const [major, minor, patch] = version.split('.').map(Number);
  if (step === 'major') return `${major + 1}.0.0`;
  return step === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

function pending() {
  return readdirSync(join(root, '.changeset')).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
}

/** The step a changeset asks for the binary itself: `'om-ops': minor`. Taken out, because changesets refuses the name. */
function takeRootSteps() {
  const steps = [];
  for (const name of pending()) {
    const path = join(root, '.changeset', name);
    const text = readFileSync(path, 'utf8');
    const [, head = '', body = ''] = /^---\n([\s\S]*?)---\n([\s\S]*)$/.exec(text) ?? [];
    const kept = head.split('\n').filter((line) => {
      const [, step] = /^['"]?om-ops['"]?:\s*(patch|minor|major)\s*$/.exec(line) ?? [];
      if (step !== undefined) steps.push({ step, text: body.trim() });
      return step === undefined;
    });
    if (kept.join('') === '') rmSync(path);
    else writeFileSync(path, `---\n${kept.filter(Boolean).join('\n')}\n---\n${body}`);
  }
  return steps;
}

function release() {
  const own = takeRootSteps();
  const before = versions();
  if (pending().length > 0) run(join(root, 'node_modules/.bin/changeset'), 'version');
  const changed = [...versions()]
    .map(([name, version]) => ({
      name,
      version,
      step: stepBetween(before.get(name) ?? '0.0.0', version),
    }))
    .filter(({ step }) => step !== undefined);
  const step = [...changed, ...own]
    .map((one) => ranks.indexOf(one.step))
    .reduce((a, b) => Math.max(a, b), -1);
  if (step === -1) return undefined;
  const manifest = read('package.json');
  const version = raised(manifest.version, ranks[step]);
  for (const { name, version: theirs } of changed)
    if (manifest.dependencies?.[name] !== undefined) manifest.dependencies[name] = theirs;
  writeFileSync(
    join(root, 'package.json'),
    `${JSON.stringify({ ...manifest, version }, null, 2)}\n`,
  );
  const log = join(root, 'CHANGELOG.md');
  const older = existsSync(log) ? readFileSync(log, 'utf8').replace(/^# om-ops\n+/, '') : '';
  const lines = [
    ...own.map(({ text }) => `- ${text}`),
    ...changed.map((one) => `- ${one.name} ${one.version}`),
  ];
  writeFileSync(
    log,
    `# om-ops\n\n## ${version}\n\n${lines.join('\n')}\n${older === '' ? '' : `\n${older}`}`,
  );
  return { version, changed };
}

function asked() {
  const folder = mkdtempSync(join(tmpdir(), 'om-ops-release-'));
  try {
    const output = join(folder, 'status.json');
    run(join(root, 'node_modules/.bin/changeset'), 'status', `--output=${output}`);
    return JSON.parse(readFileSync(output, 'utf8')).releases;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (dryRun) {
  for (const { name, oldVersion, newVersion } of asked())
    console.log(`${name} ${oldVersion} → ${newVersion}`);
  console.log('om-ops goes as far as the one of them that goes farthest.');
} else {
  const made = release();
  if (made === undefined)
    console.log('Nothing to release: there is no changeset. Write one: npx changeset');
  else {
    for (const { name, version } of made.changed) console.log(`${name} ${version}`);
    console.log(`om-ops ${made.version}`);
    if (!process.argv.includes('--versions-only')) {
      run(
        'npm',
        'install',
        '--package-lock-only',
        '--no-audit',
        '--no-fund',
        '--loglevel',
        'error',
      );
      run('npm', 'run', 'build');
      run('npm', 'run', 'readme');
    }
  }
}
