import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { execLook, fromSystemError, OpsError } from '@om-ops/kit';
import type { Pm2Place } from '../daemon/place.ts';
import type { Source } from './ecosystem.ts';

type Plain = Record<string, unknown>;

/** What an ecosystem file says of one app. */
export interface Ecosystem {
  app: Plain;
  /** The environment after the file was read: what it loads itself (dotenv) goes to the app as well. */
  env: Record<string, string>;
}

/** Printed before the answer: the file may print something of its own. */
const mark = '\u0001om-ops ecosystem\u0001';

/** Reads the file as PM2 does. Runs on the Node of the site. */
const reader = `
const [file, kind] = process.argv.slice(1);
const config = kind === 'js' ? require(file) : require('node:vm').runInThisContext('(' + require('node:fs').readFileSync(file, 'utf8') + ')');
process.stdout.write(${JSON.stringify(mark)} + JSON.stringify({ config, env: process.env }) + '\\n');
`;

/**
 * Reads an ecosystem file with the environment that PM2 will have, in its folder and as PM2's user, and takes
 * the app out of it.
 *
 * @throws OpsError E_ECOSYSTEM (exit 5) when it cannot be read or does not have the app
 */
export async function readEcosystem(
  source: Exclude<Source, { kind: 'npm' }>,
  app: string,
  { place, env, signal }: { place: Pm2Place; env: Record<string, string>; signal: AbortSignal },
): Promise<Ecosystem> {
  const { file, kind } = source;
  const read =
    kind === 'yaml'
      ? { config: await yaml(file), env }
      : await evaluated(file, kind, { place, env, signal });
  const apps = appsOf(read.config);
  const found = apps.filter(({ name }) => name === app);
  const [one] = found;
  if (one === undefined) {
    const names = apps.map(({ name }) => String(name));
    throw broken(
      file,
      `it has no app ${app}${names.length === 0 ? '' : `, only ${names.join(', ')}`}`,
      [`Name it there, or correct pm2.app in the site profile: pm2: {app: ${names[0] ?? 'NAME'}}`],
    );
  }
  if (found.length > 1)
    throw broken(file, `it has ${found.length} apps called ${app}`, [
      'Give each app a name of its own.',
    ]);
  return { app: one, env: read.env };
}

async function evaluated(
  file: string,
  kind: string,
  { place, env, signal }: { place: Pm2Place; env: Record<string, string>; signal: AbortSignal },
): Promise<{ config: unknown; env: Record<string, string> }> {
  const { exitCode, stdout, stderr } = await execLook('node', ['-e', reader, file, kind], {
    cwd: dirname(file),
    env,
    inheritEnv: false,
    signal,
    accept: 'any',
    ...(place.isOther ? { user: place.owner.uid } : {}),
  });
  const at = stdout.lastIndexOf(mark);
  if (exitCode !== 0 || at === -1) {
    const said = stderr.split('\n').find((line) => /Error/.test(line)) ?? 'it prints no definition';
    throw broken(file, said.trim(), [
      'Mend the file: node -p "require(process.argv[1])" FILE shows what it gives.',
    ]);
  }
  return JSON.parse(stdout.slice(at + mark.length)) as {
    config: unknown;
    env: Record<string, string>;
  };
}

async function yaml(file: string): Promise<unknown> {
  const { parse } = await import('yaml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw fromSystemError(error, 'read', file);
  }
  try {
    return parse(text);
  } catch (error) {
    throw broken(
      file,
      error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
      ['Mend the file.'],
    );
  }
}

/** `{apps: […]}`, `{pm2: […]}`, a list, or one app. */
function appsOf(config: unknown): Plain[] {
  const inner = isPlain(config) ? (config.apps ?? config.pm2 ?? config) : config;
  return [inner]
    .flat()
    .filter(isPlain)
    .map((app) => ({ ...app, name: app.name ?? nameOf(app) }));
}

/** PM2 names an app after its script. */
function nameOf({ script }: Plain): string | undefined {
  return typeof script === 'string'
    ? script
        .split('/')
        .at(-1)
        ?.replace(/\.[^.]+$/, '')
    : undefined;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function broken(file: string, why: string, suggestions: string[]): OpsError {
  return new OpsError(
    'E_ECOSYSTEM',
    `The ecosystem file ${file} cannot be used: ${why.replace(/\.$/, '')}.`,
    {
      exit: 'requirement',
      suggestions,
    },
  );
}
