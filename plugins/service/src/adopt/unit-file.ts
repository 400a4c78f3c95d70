import { isAbsolute, resolve } from 'node:path';
import { findProgram, OpsError } from '@om-ops/kit';
import type { PlainProcess } from '../site.ts';

export interface UnitFor {
  name: string;
  site: string;
  plain: PlainProcess;
  user: string;
  /** Units that it has to start after. */
  after: readonly string[];
}

/**
 * The unit that keeps a plain process running as it is started now.
 *
 * @throws OpsError E_PROGRAM_MISSING (exit 5)
 */
export function unitText({ name, site, plain, user, after }: UnitFor): string {
  const { argv, cwd, envFile, output } = plain;
  const [program = '', ...args] = argv;
  const words = [programPath(program, cwd), ...args].map(word);
  const needs = after.length === 0 ? [] : [`Wants=${after.join(' ')}`];
  return [
    '[Unit]',
    `Description=${specifier(`${name} of ${site}`)}`,
    `After=${['network-online.target', ...after].join(' ')}`,
    'Wants=network-online.target',
    ...needs,
    '',
    '[Service]',
    'Type=simple',
    `User=${user}`,
    `WorkingDirectory=${specifier(cwd)}`,
    ...(envFile === null ? [] : [`EnvironmentFile=${specifier(envFile)}`]),
    `ExecStart=${words.join(' ')}`,
    'Restart=on-failure',
    'RestartSec=2',
    `StandardOutput=append:${specifier(output)}`,
    `StandardError=append:${specifier(output)}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

function programPath(program: string, cwd: string): string {
  if (isAbsolute(program)) return program;
  if (program.includes('/')) return resolve(cwd, program);
  const found = findProgram(program);
  if (found !== undefined) return found;
  throw new OpsError('E_PROGRAM_MISSING', `The program ${program} is not on the PATH.`, {
    exit: 'requirement',
    suggestions: ['Name it by its path in the site profile: om-ops config path'],
  });
}

/** As systemd takes a word apart: quotes, backslashes, specifiers and variables mean something to it. */
export function word(text: string): string {
  const plain = specifier(text).replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(plain)
    ? plain
    : `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function specifier(text: string): string {
  return text.replaceAll('%', '%%');
}
