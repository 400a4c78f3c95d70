import { spawn } from 'node:child_process';
import { join } from 'node:path';
import xterm from '@xterm/headless';
import { checkout, ownHome } from './om-ops.ts';
import type { CleansUp } from './temp.ts';
import { waitFor } from './wait.ts';

/** Gives a program a terminal of a size, and hands what is written to and fro. */
const bridge = `
import fcntl, os, pty, select, signal, struct, sys, termios
rows, columns, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(program[0], program)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
sources = [terminal, 0]
while True:
    ready, _, _ = select.select(sources, [], [])
    if 0 in ready:
        data = os.read(0, 65536)
        if data:
            os.write(terminal, data)
        else:
            sources.remove(0)
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
_, status = os.waitpid(pid, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
`;

export interface ScreenOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string | undefined>;
  /** Default: bin/om-ops of the checkout. */
  program?: string;
}

/** A program on a terminal, as somebody sees it. */
export interface Screen {
  /** The lines that are seen now, without what is blank at their ends. */
  lines(): string[];
  /** Those and what has scrolled away. */
  all(): string;
  /** All bytes the program has written. */
  written(): string;
  type(keys: string): void;
  /** Waits until what is seen fits, and returns it. */
  sees(what: RegExp): Promise<string>;
  /** Waits for the end of the program and returns its exit code. */
  ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts `om-ops` on a terminal of 80 × 24, unless told otherwise. It is ended with the test. */
export function openScreen(
  t: CleansUp,
  argv: readonly string[],
  options: ScreenOptions = {},
): Screen {
  const { columns = 80, rows = 24, program = join(checkout, 'bin/om-ops') } = options;
  const { NO_COLOR: _no, FORCE_COLOR: _force, CI: _ci, ...inherited } = process.env;
  const terminal = new xterm.Terminal({ rows, cols: columns, allowProposedApi: true });
  const child = spawn('python3', ['-c', bridge, String(rows), String(columns), program, ...argv], {
    cwd: '/',
    env: { ...inherited, HOME: ownHome(), TERM: 'xterm-256color', ...options.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => {
    child.stdin.destroy();
    child.kill('SIGKILL');
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
    terminal.write(text);
  });
  child.stdin.on('error', () => {});
  const all = (from: number): string[] => {
    const { active } = terminal.buffer;
    const lines = Array.from({ length: active.length - from }, (_, at) =>
      (active.getLine(from + at)?.translateToString(true) ?? '').trimEnd(),
    );
    while (lines.at(-1) === '') lines.pop();
    return lines;
  };
  const lines = () => all(terminal.buffer.active.baseY);
  return {
    lines,
    all: () => all(0).join('\n'),
    written: () => written,
    type: (keys) => {
      child.stdin.write(keys);
    },
    async sees(what) {
      const text = () => lines().join('\n');
      try {
        return await waitFor(String(what), () => (what.test(text()) ? text() : undefined), {
          timeoutMs: 30_000,
        });
      } catch (error) {
        throw new Error(`The screen does not show ${what}, but\n${text()}`, { cause: error });
      }
    },
    ended: new Promise((resolve) => child.once('close', (code) => resolve(code))),
    kill: (signal) => child.kill(signal),
  };
}
