import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { checkout, ownHome, runOmOps } from '@om-ops/test-support/om-ops';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';

/** Runs a program on a terminal of its own and types each answer once its question is on the screen. */
const typist = `
import os, pty, re, select, sys, time, json
talk, program = json.loads(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(program[0], program)
seen, fresh, end = "", "", time.time() + 30
while time.time() < end:
    ready, _, _ = select.select([terminal], [], [], 0.2)
    if ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data.decode("utf8", "replace")
        fresh += data.decode("utf8", "replace")
    if talk and re.search(talk[0][0], fresh):
        fresh = ""
        os.write(terminal, talk.pop(0)[1].encode())
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "screen": seen, "left": len(talk)}))
`;

interface Typed {
  code: number;
  screen: string;
  /** Answers that were never asked for. */
  left: number;
}

async function onTerminal(talk: [question: string, answer: string][], ...argv: string[]) {
  const { stdout } = await exec(
    'python3',
    ['-c', typist, JSON.stringify(talk), join(checkout, 'bin/om-ops'), ...argv],
    { env: { HOME: ownHome() } },
  );
  const typed = JSON.parse(stdout) as Typed;
  assert.equal(typed.left, 0, typed.screen);
  assert.equal(/unsettled|Warning: Detected|\.js:\d/.test(typed.screen), false, typed.screen);
  return typed;
}

function profile(t: CleansUp): string {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, '.env.production'), 'PORT=3001\n');
  const file = join(folder, 'om-ops.yaml');
  writeFileSync(file, `root: ${folder}\nstate: state\n`);
  return file;
}

async function withTwoBackups(file: string): Promise<string> {
  for (let count = 0; count < 2; count++) {
    const { code, stderr } = await runOmOps(['backup', 'run', 'config', '--site', file]);
    assert.ok(code === 0 || code === 7, stderr);
  }
  return file;
}

const ctrlD = '\u0004';
const ctrlC = '\u0003';

describe('the end of the input on a terminal', () => {
  const prune = ['backup', 'prune', '--keep-last', '1', '--site'];

  it('declines what has to be confirmed', async (t) => {
    const { code, screen } = await onTerminal(
      [['YES APPLY', ctrlD]],
      ...prune,
      await withTwoBackups(profile(t)),
    );
    assert.equal(code, 3, screen);
    assert.match(screen, /Not confirmed; nothing was changed\..*E_UNCONFIRMED/);
  });

  it('is not Ctrl-C', async (t) => {
    const { code, screen } = await onTerminal(
      [['YES APPLY', ctrlC]],
      ...prune,
      await withTwoBackups(profile(t)),
    );
    assert.equal(code, 130, screen);
  });
});

describe('what is typed on a terminal', () => {
  const entries = async (file: string) => {
    const shown = await runOmOps(['changelog', 'show', '--json', '--site', file]);
    const { entries } = shown.json<{ entries: { content: string }[] }>().result;
    return entries.map(({ content }) => content);
  };

  it('confirms in capitals only, and says so', async (t) => {
    const { code, screen } = await onTerminal(
      [['YES APPLY', 'yes apply\r']],
      ...['backup', 'prune', '--keep-last', '1', '--site'],
      await withTwoBackups(profile(t)),
    );
    assert.equal(code, 3, screen);
    assert.match(screen, /E_UNCONFIRMED/);
    assert.match(screen, /Capitals count: YES APPLY/);
  });

  it('is asked for with a word on how it ends', async (t) => {
    const file = profile(t);
    await runOmOps(['changelog', 'start', '--title', 'x', '--site', file]);
    const { code, screen } = await onTerminal(
      [['Type the text; Ctrl-D ends it\\.', 'all went well\r\u0004']],
      ...['changelog', 'add', '--type', 'note', '--actor', 'user', '--text', '-', '--site', file],
    );
    assert.equal(code, 0, screen);
    assert.deepEqual(await entries(file), ['all went well']);
  });
});

describe('a commit of what is hardly meant to be committed', () => {
  it('names it, asks, and commits it only for the phrase', async (t) => {
    const file = profile(t);
    const root = dirname(file);
    const git = (...args: string[]) => exec('git', ['-C', root, ...args]);
    await git('init', '-q');
    await git('config', 'user.name', 'Ann');
    await git('config', 'user.email', 'ann@example.org');
    const argv = ['git', 'commit', '--site', file];
    const asked = 'env file[\\s\\S]*Type YES APPLY to go on';
    const declined = await onTerminal([[asked, 'yes\r']], ...argv);
    assert.equal(declined.code, 3, declined.screen);
    assert.match(declined.screen, /\/\.env\.production/);
    assert.equal(
      (await git('status', '--porcelain', '.env.production')).stdout,
      '?? .env.production\n',
    );
    const accepted = await onTerminal([[asked, 'YES APPLY\r']], ...argv);
    assert.equal(accepted.code, 0, accepted.screen);
    assert.match((await git('ls-tree', '-r', '--name-only', 'HEAD')).stdout, /\.env\.production/);
  });
});
