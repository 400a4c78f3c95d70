// `build errors` of a log of 500 MB, against `grep -cE`. Reads the whole, and the last lines.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'om-ops-bench-'));
const log = join(folder, 'app.log');
const bytes = Number(process.argv[2] ?? 500) * 1e6;

function line(at: number): string {
  const time = new Date(1_764_000_000_000 + at * 100).toISOString();
  if (at % 200 === 3)
    return `${time}: TypeError: Cannot read properties of undefined (reading 'id${at}')\n    at handler (/srv/app/dist/routes/users.js:${at % 90}:15)\n`;
  if (at % 500 === 7)
    return `10.0.0.${at % 250} - - "GET /api/users/${at} HTTP/1.1" 500 ${at % 5000} "-" "curl/8"\n`;
  if (at % 1000 === 9)
    return `${time}: Error: Unknown column 'c${at % 7}' in 'field list'\n    at Query.execute {\n  code: 'ER_BAD_FIELD_ERROR',\n  errno: 1054\n}\n`;
  return `${time}: GET /api/items/${at} 200 ${at % 300} ms - user ${at % 1000} session ok\n`;
}

try {
  const fd = openSync(log, 'w');
  let written = 0;
  for (let at = 0; written < bytes; ) {
    let block = '';
    for (const end = at + 20_000; at < end; at += 1) block += line(at);
    written += writeSync(fd, block);
  }
  closeSync(fd);
  const started = performance.now();
  spawnSync('grep', ['-cE', 'MODULE_NOT_FOUND|SyntaxError|ER_BAD_FIELD_ERROR|500|Error:', log], {
    env: { LC_ALL: 'C', PATH: process.env.PATH },
  });
  console.log(`grep -cE: ${((performance.now() - started) / 1000).toFixed(2)} s`);
  // In a process of its own: what the log was made in has grown large.
  const program = `
    const [module, path, lines] = process.argv.slice(1);
    const { appErrors } = await import(module);
    const { Redactor, silentProgress } = await import('@om-ops/kit');
    const service = { manager: 'bench', name: 'bench', logFiles: async () => [{ path, stream: 'both' }] };
    const started = performance.now();
    const { errors } = await appErrors(service, { redact: new Redactor(), progress: silentProgress(), lines: lines === undefined ? undefined : Number(lines) });
    const peak = /VmHWM:\\s+(\\d+)/.exec((await import('node:fs')).readFileSync('/proc/self/status', 'utf8'))[1];
    console.log(((performance.now() - started) / 1000).toFixed(2) + ' s, ' + errors + ' error lines, ' + (process.cpuUsage().user / 1e6).toFixed(2) + ' s of CPU, peak ' + Math.round(peak / 1024) + ' MiB');`;
  const module = join(import.meta.dirname, '../../plugins/build/dist/errors/errors.js');
  for (const lines of [[], ['200']]) {
    const said = execFileSync(
      process.execPath,
      ['--input-type=module', '-e', program, module, log, ...lines],
      { cwd: join(import.meta.dirname, '../..'), encoding: 'utf8' },
    );
    console.log(`${lines.length === 0 ? 'the whole log' : 'the last 200 lines'}: ${said.trim()}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
