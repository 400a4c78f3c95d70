import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  confirmFlag,
  dryRunFlag,
  type ExitCode,
  exec,
  type FileLine,
  Flags,
  followFiles,
  followFlag,
  type Guarded,
  type GuardedResult,
  lastLines,
  OpsCommand,
  OpsError,
  OpsStream,
} from '@om-ops/kit';

/** Waits until a test has made a file. */
async function until(path: string | undefined, signal?: AbortSignal): Promise<void> {
  while (path !== undefined && !existsSync(path)) {
    signal?.throwIfAborted();
    await delay(10);
  }
}

const folder = Flags.string({ required: true, summary: 'Where the test and the command meet.' });

class Undo extends OpsCommand<typeof Undo, { steps: number }> {
  static override record = 'audit' as const;
  static override flags = { folder };

  /** Says `started`, then takes back for as long as there is no file `go-on`. */
  protected override async perform(): Promise<{ steps: number }> {
    const { folder: at } = this.flags;
    await this.lock('undo');
    await this.operation.protect('putting back demo.conf', 60_000, async (signal) => {
      writeFileSync(join(at, 'started'), '');
      await until(join(at, 'go-on'), signal);
      writeFileSync(join(at, 'put-back'), '');
    });
    return { steps: 12 };
  }

  protected override text(): string {
    return 'undone';
  }
}

class Stubborn extends OpsCommand<typeof Stubborn, { done: boolean }> {
  static override record = 'audit' as const;
  static override flags = { folder };

  /** Does not listen to its signal. */
  protected override async perform(): Promise<{ done: boolean }> {
    const { folder: at } = this.flags;
    await this.lock('stubborn');
    writeFileSync(join(at, 'started'), '');
    await until(join(at, 'go-on'));
    return { done: true };
  }

  protected override text(): string {
    return 'done';
  }
}

class Tidy extends OpsCommand<typeof Tidy, { done: boolean }> {
  static override record = 'audit' as const;
  static override flags = { folder };

  /** Tidies up for a while when it is interrupted. */
  protected override async perform(): Promise<{ done: boolean }> {
    const { folder: at } = this.flags;
    const { signal } = this.operation;
    await this.lock('tidy');
    writeFileSync(join(at, 'started'), '');
    this.keep({ done: false });
    try {
      await until(join(at, 'never'), signal);
    } finally {
      writeFileSync(join(at, 'tidying'), '');
      await until(join(at, 'go-on'));
      writeFileSync(join(at, 'cleaned-up'), '');
    }
    return { done: true };
  }

  protected override text(): string {
    return '';
  }
}

class Fails extends OpsCommand<typeof Fails, { made: string[] }> {
  static override flags = { folder, 'at-disposal': Flags.boolean(), succeed: Flags.boolean() };

  /** Makes it impossible to release its lock. */
  protected override async perform(): Promise<{ made: string[] }> {
    await this.lock('fails');
    const lock = join(this.site.state, 'locks/fails.lock');
    rmSync(lock);
    // A folder in its place: reading it fails, whoever asks.
    mkdirSync(lock);
    if (this.flags.succeed) return { made: ['one'] };
    if (this.flags['at-disposal']) {
      await using _tidies = {
        async [Symbol.asyncDispose]() {
          throw new Error('EIO: cannot tidy');
        },
      };
      throw new Error('EIO: i/o error, fsync');
    }
    throw new Error('EIO: i/o error, fsync');
  }

  protected override text(): string {
    return 'made one';
  }
}

class Logs extends OpsStream<typeof Logs, FileLine> {
  static override flags = {
    ...followFlag,
    lines: Flags.integer({ default: 10 }),
    file: Flags.string({ required: true, multiple: true, multipleNonGreedy: true }),
  };

  protected override get follows(): boolean {
    return this.flags.follow;
  }

  protected override async *lines(signal: AbortSignal): AsyncGenerator<FileLine> {
    const redact = this.operation.redactor;
    const { file: files, lines } = this.flags;
    if (this.follows) yield* followFiles(files, { lines, redact, signal });
    else
      for (const file of files)
        for (const text of await lastLines(file, lines, { redact, signal })) yield { file, text };
  }

  protected override line({ text }: FileLine): string {
    return text;
  }
}

class Late extends OpsCommand<typeof Late, { done: boolean }> {
  static override record = 'audit' as const;
  static override flags = { folder };

  protected override async perform(): Promise<{ done: boolean }> {
    return { done: true };
  }

  /** The work is done, and the result is about to be printed. */
  protected override async text(): Promise<string> {
    writeFileSync(join(this.flags.folder, 'started'), '');
    await until(join(this.flags.folder, 'go-on'));
    return 'done';
  }
}

class Output extends OpsCommand<typeof Output, { output: string; path: string }> {
  static override flags = { folder };

  /** Shows what another program printed. */
  protected override async perform(): Promise<{ output: string; path: string }> {
    const { folder: at } = this.flags;
    const { stdout } = await exec('cat', [join(at, 'output')]);
    return { output: this.operation.redactor.foreign(stdout), path: join(at, 'output') };
  }

  protected override text({ output, path }: { output: string; path: string }): string {
    return `${path}\n${output}`;
  }
}

interface Changed extends GuardedResult {
  file: string;
}

class Change extends OpsCommand<typeof Change, Changed> {
  static override record = 'audit' as const;
  static override flags = {
    folder,
    ...dryRunFlag,
    ...confirmFlag,
    fail: Flags.string({ options: ['apply', 'verify', 'undo', 'refused'] }),
    wait: Flags.string({ options: ['apply', 'verify', 'undo', 'confirm'] }),
    forever: Flags.boolean({ summary: 'Has no way back.' }),
    wordless: Flags.boolean({ summary: 'Does not say what stands where.' }),
  };

  /** Writes `new` into FOLDER/demo.conf. */
  protected override perform(): Promise<Changed> {
    const { folder: at, fail, wait, forever, wordless } = this.flags;
    const file = join(at, 'demo.conf');
    const pause = async (where: string, signal?: AbortSignal) => {
      if (wait !== where) return;
      writeFileSync(join(at, 'started'), '');
      await until(join(at, 'go-on'), signal);
    };
    const guarded: Guarded<{ before: string; written: string[] }> = {
      async plan() {
        return { before: readFileSync(file, 'utf8'), written: [] };
      },
      changes: ({ before }) =>
        before === 'new\n'
          ? []
          : [{ kind: 'edit', what: file, diff: `-${before}+new\n+PASSWORD=hunter2-very-secret\n` }],
      question: () => 'demo.conf will be changed.',
      async stillHolds({ before }) {
        await pause('confirm');
        return readFileSync(file, 'utf8') === before;
      },
      async apply(plan, { signal }) {
        writeFileSync(file, 'new\n');
        plan.written.push(file);
        await pause('apply', signal);
        if (fail === 'apply')
          throw new OpsError('E_DISK_FULL', 'The disk is full.', { exit: 'requirement' });
      },
      async verify(_plan, { signal }) {
        await pause('verify', signal);
        return fail === 'verify' || fail === 'undo' ? 'It does not answer.' : undefined;
      },
      standing: () => `${file} holds the new text.`,
      touched: ({ written }) => written,
    };
    if (wordless) delete guarded.standing;
    if (!forever)
      guarded.undo = async ({ before }, signal) => {
        await pause('undo', signal);
        if (fail === 'undo') throw new Error('the disk is gone');
        writeFileSync(file, before);
      };
    return this.guarded('change', guarded, (done) => ({ ...done, file }));
  }

  protected override text({ outcome }: Changed): string {
    return outcome;
  }
}

class Parent extends OpsCommand<typeof Parent, { steps: unknown[] }> {
  static override record = 'audit' as const;
  static override strict = false;
  static override flags = { accept: Flags.integer({ multiple: true, multipleNonGreedy: true }) };

  /** Runs its arguments as a command. */
  protected override async perform(): Promise<{ steps: unknown[] }> {
    const argv = (await this.parse()).argv as string[];
    const accept = (this.flags.accept ?? [0]) as ExitCode[];
    const answer = await this.runTask({
      title: 'Step',
      run: (progress) =>
        this.omOps(
          argv.map((one) => one.replace('+', '--')),
          { progress, accept, confirm: argv[0] === 'change' },
        ),
    });
    return { steps: [{ ...answer, seconds: answer.seconds > 0 }] };
  }

  protected override text(): string {
    return '';
  }
}

export const commands = {
  parent: Parent,
  change: Change,
  undo: Undo,
  stubborn: Stubborn,
  tidy: Tidy,
  fails: Fails,
  logs: Logs,
  late: Late,
  output: Output,
};
