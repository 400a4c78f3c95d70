import { execLook, type Program, program } from '@om-ops/kit';

/** nginx, as the profile names it. */
export function nginxProgram(bin: string): Program {
  return program(bin, {
    install: 'Install it: sudo apt-get install nginx, or name it in the site profile: nginx.bin',
    version: ['-v'],
  });
}

/** What nginx was built with. */
export interface Built {
  /** `1.22.1`. */
  version: string;
  /** Ends with a slash. */
  prefix: string;
  conf: string;
  pid: string;
  /** `stderr`, or a file. */
  errorLog: string;
  accessLog: string;
  /** Folders it makes when it reads its configuration. */
  tempPaths: readonly string[];
}

/** @throws OpsError E_PROGRAM_MISSING (exit 5) */
export async function builtWith(nginx: Program, signal: AbortSignal): Promise<Built> {
  // To standard error, all of it.
  const { stdout, stderr } = await execLook(nginx.need(), ['-V'], { accept: 'any', signal });
  const text = `${stderr}\n${stdout}`;
  const option = (name: string) =>
    new RegExp(`(?<=\\s)--${name}=('[^']*'|\\S+)`).exec(text)?.[1]?.replaceAll("'", '');
  const prefix = `${(option('prefix') ?? '/usr/local/nginx').replace(/\/$/, '')}/`;
  const below = (path: string) =>
    path.startsWith('/') || path === 'stderr' ? path : prefix + path;
  const temporary = ['client-body', 'proxy', 'fastcgi', 'scgi', 'uwsgi'];
  return {
    version: /nginx version: \S*?\/(\S+)/.exec(text)?.[1] ?? 'unknown',
    prefix,
    conf: below(option('conf-path') ?? 'conf/nginx.conf'),
    pid: below(option('pid-path') ?? 'logs/nginx.pid'),
    errorLog: below(option('error-log-path') ?? 'logs/error.log'),
    accessLog: below(option('http-log-path') ?? 'logs/access.log'),
    tempPaths: temporary.map((name) =>
      below(option(`http-${name}-temp-path`) ?? `${name.replace('-', '_')}_temp`),
    ),
  };
}
