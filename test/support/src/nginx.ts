import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Daemon, programPath, startDaemon } from './daemon.ts';
import { runningProcesses } from './processes.ts';
import { type CleansUp, temporaryFolder } from './temp.ts';

/** A folder of nginx's own: configuration, logs, pid file, temporary folders. */
export interface NginxFolder {
  folder: string;
  conf: string;
  errorLog: string;
  pidFile: string;
  /** Writes a file below the folder, and returns its path. */
  put(name: string, text: string | Uint8Array): string;
  /** What `nginx -t` says, its exit code with it. */
  test(): { code: number; output: string };
}

/** What every main file of a test begins with: nothing of it lies outside the folder. */
export function nginxMain(folder: string, rest: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const main = `pid ${folder}/nginx.pid;\nerror_log ${folder}/error.log notice;\nerror_log stderr notice;\nworker_processes 1;\n`;
  const paths = temporary.map((name) => `  ${name}_temp_path ${folder}/temp-${name};\n`).join('');
  return `${main}events { worker_connections 64; }\nhttp {\n  access_log off;\n${paths}${rest}\n}\n`;
}

/** @param http what stands in the http block; or the whole main file, with `isWhole` */
export function nginxFolder(
  test: CleansUp,
  http: string,
  { isWhole = false }: { isWhole?: boolean } = {},
): NginxFolder {
  const folder = temporaryFolder(test, 'om-ops-nginx-');
  // Workers run as another user when the test runs as root.
  chmodSync(folder, 0o755);
  const put = (name: string, text: string | Uint8Array) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const conf = put('nginx.conf', isWhole ? http : nginxMain(folder, http));
  return {
    folder,
    conf,
    errorLog: join(folder, 'error.log'),
    pidFile: join(folder, 'nginx.pid'),
    put,
    test() {
      const { status, stderr } = spawnSync(programPath('nginx'), ['-t', '-c', conf], {
        encoding: 'utf8',
      });
      return { code: status ?? -1, output: stderr };
    },
  };
}

/** Starts it in the foreground; it is stopped with the test. Its main file has to log to stderr as well. */
export async function startNginx(
  test: CleansUp,
  { conf }: Pick<NginxFolder, 'conf'>,
): Promise<Daemon> {
  const args = ['-c', conf, '-g', 'daemon off;'];
  const daemon = await startDaemon(programPath('nginx'), args, /start worker process \d+/);
  // A master that is killed leaves its workers behind.
  const killWorkers = () => {
    for (const { pid, parent } of runningProcesses())
      if (parent === daemon.pid) process.kill(pid, 'SIGKILL');
  };
  process.prependOnceListener('exit', killWorkers);
  test.after(async () => {
    await daemon.stop();
    process.off('exit', killWorkers);
  });
  return daemon;
}
