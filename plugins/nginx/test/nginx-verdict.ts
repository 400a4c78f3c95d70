import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '@om-ops/test-support/daemon';

/** Where Debian has them. */
const modulesFolder = '/usr/lib/nginx/modules';

/** What nginx says of a text as text; it ends its reading at the first thing it refuses, whatever that is. */
const refusals =
  /^(?:unexpected "[\s\S]"$|unexpected end of file|Lua code block missing|too long parameter)/;
/** Said when it has read everything. */
const readWhole =
  /^(?:duplicate location|invalid location config: no runnable|the size \d+ of |could not build|no "events" section)/;

export interface Verdict {
  /** `unclear`: it stumbled over what the words mean, and read no further. */
  is: 'read' | 'refused' | 'unclear';
  line: number | undefined;
  message: string;
}

export type Around = 'types' | 'server' | 'lua';

/** The whole file a piece is judged in. Latin1. */
export function wholeFile(folder: string, around: Around, piece: string): string {
  const modules = ['ndk_http', 'ngx_http_lua'].map(
    (name) => `load_module ${modulesFolder}/${name}_module.so;\n`,
  );
  const before = around === 'lua' ? modules.join('') : '';
  const head = `${before}pid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\n`;
  return `${head}${around === 'lua' ? 'server' : around} {\n${piece}\n}\n}\n`;
}

/** How the real nginx reads a piece. */
export async function nginxVerdict(
  folder: string,
  around: Around,
  piece: string,
): Promise<Verdict> {
  mkdirSync(folder, { recursive: true });
  const conf = join(folder, 'nginx.conf');
  writeFileSync(conf, Buffer.from(wholeFile(folder, around, piece), 'latin1'));
  const { stderr, code } = await run(programPath('nginx'), ['-t', '-c', conf]);
  rmSync(folder, { recursive: true });
  if (code === 0) return { is: 'read', line: undefined, message: '' };
  const [, message = stderr, line] =
    /\[(?:emerg|error)\] (?:\d+#\d+: )?([\s\S]*?)(?: in \S+nginx\.conf:(\d+))?\n/.exec(stderr) ??
    [];
  const is = refusals.test(message) ? 'refused' : readWhole.test(message) ? 'read' : 'unclear';
  return { is, line: line === undefined ? undefined : Number(line), message };
}

function run(program: string, args: string[]): Promise<{ stderr: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('latin1').on('data', (data: string) => {
      stderr += data;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ stderr, code }));
  });
}
