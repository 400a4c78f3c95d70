import type { Detected } from './detect.ts';

export interface ProfileAnswers {
  name: string;
  root: string;
  state: string;
}

/** A JSON string is a YAML string too; plain words stay plain. */
function scalar(text: string): string {
  return /^[A-Za-z_./][\w./@-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

function list(items: readonly string[]): string {
  return `[${items.map(scalar).join(', ')}]`;
}

function databaseLines(database: Detected['database']): string[] {
  const { engine, evidence, files, databases, host, port, user, envKeys } = database;
  if (engine === undefined)
    return ['database:', '  engine: none           # mysql, postgres or sqlite'];
  const lines = [
    'database:',
    `${`  engine: ${engine}`.padEnd(24)} # from ${evidence.join(' and ')}`,
  ];
  if (engine === 'sqlite') {
    lines.push(
      files.length > 0
        ? `  files: ${list(files)}`
        : '  files: []              # empty: found from the env files',
    );
  } else {
    lines.push(
      databases.length > 0
        ? `  databases: ${list(databases)}`
        : '  databases: []          # empty: found from the env files',
      host === undefined ? '  # host: 127.0.0.1' : `  host: ${scalar(host)}`,
      ...(port === undefined ? [] : [`  port: ${port}`]),
      ...(user === undefined ? [] : [`  user: ${scalar(user)}`]),
      engine === 'mysql'
        ? '  # socket: /run/mysqld/mysqld.sock'
        : '  # socket: /var/run/postgresql',
    );
  }
  const keys = Object.entries(envKeys).map(([role, names = []]) => `${role}: ${list(names)}`);
  lines.push(
    '  # The names of the settings in the env files; the values stay there.',
    keys.length > 0
      ? `  envKeys: {${keys.join(', ')}}`
      : '  # envKeys: {name: [DB_NAME], user: [DB_USER], password: [DB_PASSWORD], host: [DB_HOST], port: [DB_PORT], url: [DATABASE_URL]}',
  );
  return lines;
}

function categoryLines(detected: Detected): string[] {
  const { backend, frontend, images, nginxFolder } = detected;
  const line = (name: string, source: string | undefined, rest = '') =>
    `    ${`${name}:`.padEnd(11)}${source === undefined ? 'null       # this site has none' : `{source: ${scalar(source)}${rest}}`}`;
  return [
    'backup:',
    '  compression: {level: 6}',
    '  categories:',
    '    # `exclude` is added to node_modules, dist, build, logs, .git, .env* and the like.',
    line('prod', '.', ', exclude: [uploads/tmp]'),
    line('server', backend?.dir),
    line('front-end', frontend?.dir),
    line('images', images),
    line('nginx', nginxFolder, ', include: [nginx.conf, sites-available, sites-enabled]'),
  ];
}

/** A commented site profile with what was answered and what was found. */
export function profileText(
  answers: ProfileAnswers,
  detected: Detected,
  /** Of the profile, by the plugins that are installed. */
  sections: ReadonlySet<string>,
): string {
  const { backend, frontend, envFiles, ecosystem } = detected;
  const lines = [
    '# om-ops site profile. Every key is optional; what is missing has the built-in default.',
    '# Check it: om-ops config validate    See every value: om-ops config show',
    '# Relative paths are below root.',
    '',
    `site: ${scalar(answers.name)}`,
    `root: ${scalar(answers.root)}`,
    '# Backups, logs, reports and locks. Keep it on another disk than root, if you can.',
    `state: ${scalar(answers.state)}`,
    '',
    '# Read for database names and credentials; never copied, and shown nowhere. The first that has a key counts.',
    `envFiles: ${list(envFiles)}`,
    '',
    ...(backend === undefined
      ? ['# backend: {dir: server, dist: dist, port: 3001}']
      : [
          `backend: {dir: ${scalar(backend.dir)}, dist: ${scalar(backend.dist)}${backend.port === undefined ? '' : `, port: ${backend.port}`}}`,
        ]),
    ...(frontend === undefined
      ? ['# frontend: {dir: front-end, dist: dist}']
      : [`frontend: {dir: ${scalar(frontend.dir)}, dist: ${scalar(frontend.dist)}}`]),
    '',
    ...categoryLines(detected),
    '',
    ...databaseLines(detected.database),
    ...(backend === undefined && frontend === undefined
      ? []
      : [
          '',
          'analysis:',
          `  scopes: {prod: .${backend === undefined ? '' : `, server: ${scalar(backend.dir)}`}${frontend === undefined ? '' : `, front-end: ${scalar(frontend.dir)}`}}`,
        ]),
  ];
  // A section that nobody checks would only be complained of.
  if (ecosystem !== undefined && sections.has('pm2'))
    lines.push('', `pm2: {ecosystem: ${scalar(ecosystem)}}`);
  return `${lines.join('\n')}\n`;
}
