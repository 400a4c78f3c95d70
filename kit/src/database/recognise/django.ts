import { dirname, join } from 'node:path';
import { engineNamed } from '../engine-name.ts';
import type { DatabaseEnvKeys } from '../section.ts';
import type { FileFinding } from './files.ts';

/** Where the settings of a Django project lie, seen from the folder of its package. */
export const djangoSettings = [
  'settings.py',
  ...['base', 'common', 'production', 'prod'].map((name) => `settings/${name}.py`),
];

const roles = {
  NAME: 'name',
  USER: 'user',
  PASSWORD: 'password',
  HOST: 'host',
  PORT: 'port',
} as const;

/** `os.environ["X"]`, `os.getenv('X', …)`, `config("X")`, `env.str("X")`. */
const fromEnv = String.raw`(?:os\.)?(?:environ(?:\.get)?|getenv|config|env(?:\.\w+)?)\s*[[(]\s*["'](\w+)["']`;

/** What the settings of a Django project say of its default database. */
export function django(path: string, text: string): FileFinding[] {
  const code = text.replace(/^\s*#.*$/gm, '');
  const begin = /^DATABASES\b[^=\n]*=|^DATABASES\[["']default["']\]\s*=/m.exec(code);
  if (begin === null) return [];
  const block = code.slice(begin.index).split(/\n(?=[A-Z_]{3,}\s*=)/)[0] ?? '';
  const backend = /["']ENGINE["']\s*:\s*["']([\w.]+)["']/.exec(block)?.[1];
  // Where it is taken from an address (dj_database_url), the env files have that.
  const named = engineNamed(backend ?? '');
  if (named === undefined) return [];
  const envKeys: Partial<DatabaseEnvKeys> = {};
  const finding: FileFinding = { path, named };
  for (const [field, role] of Object.entries(roles)) {
    const key = new RegExp(`["']${field}["']\\s*:\\s*(?:int\\()?\\s*${fromEnv}`).exec(block)?.[1];
    const plain = new RegExp(`["']${field}["']\\s*:\\s*["']([^"']*)["']`).exec(block)?.[1];
    if (key !== undefined) envKeys[role] = [key];
    else if (plain !== undefined && plain !== '') take(finding, role, plain);
  }
  if (named.engine === 'sqlite') {
    const file = /["']NAME["']\s*:[^\n]*["']([\w./-]+)["']/.exec(block)?.[1];
    const { databases: _, ...rest } = finding;
    return [{ ...rest, ...(file === undefined ? {} : { files: [join(projectOf(path), file)] }) }];
  }
  return [Object.keys(envKeys).length > 0 ? { ...finding, envKeys } : finding];
}

function take(finding: FileFinding, role: keyof DatabaseEnvKeys, value: string): void {
  if (role === 'name') finding.databases = [value];
  else if (role === 'user') finding.user = value;
  else if (role === 'host') finding.host = value;
  else if (role === 'password') finding.holdsPassword = true;
  else if (role === 'port' && Number(value) > 0) finding.port = Number(value);
}

/** BASE_DIR: above the package of the settings. */
function projectOf(path: string): string {
  return dirname(dirname(path.replace(/\/settings\/\w+\.py$/, '/settings.py')));
}
