import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import {
  dryRunFlag,
  Flags,
  fromSystemError,
  isEndOfInput,
  OpsCommand,
  OpsError,
  untilEndOfInput,
  writeFileAtomic,
} from '@om-ops/kit';
import { type Detected, detectSite } from '../init/detect.ts';
import { type ProfileAnswers, profileText } from '../init/profile-text.ts';

interface InitResult {
  file: string;
  written: boolean;
  text: string;
  detected: Detected;
}

export default class Init extends OpsCommand<typeof Init, InitResult> {
  static override summary = 'Write a commented site profile.';
  static override description =
    'Looks at the site and at what is installed, asks for what it cannot know, and writes ./om-ops.yaml (or the file given with --site). With --yes it asks nothing. A profile that is there is kept unless --force is given.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --root /srv/shop --state /var/backups/shop --name shop --yes',
  ];
  static override record = 'none' as const;
  static override needsSite = false;
  static override flags = {
    root: Flags.string({ summary: 'Folder of the site.', helpValue: 'DIR' }),
    state: Flags.string({ summary: 'Folder for backups, logs and reports.', helpValue: 'DIR' }),
    name: Flags.string({ summary: 'A short name for the site.' }),
    yes: Flags.boolean({
      summary: 'Ask nothing; use what is given and what is found.',
      default: false,
    }),
    force: Flags.boolean({ summary: 'Replace a profile that is there.', default: false }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<InitResult> {
    const file = resolve(this.flags.site ?? 'om-ops.yaml');
    if (existsSync(file) && !this.flags.force && !this.dryRun) {
      throw new OpsError('E_EXISTS', `${file} is there already, and was not touched.`, {
        exit: 'usage',
        suggestions: [
          'Replace it: --force',
          'Write another: --site FILE',
          'See what it would say: --dry-run',
        ],
      });
    }
    const answers = await this.#answers();
    const detected = detectSite(answers.root);
    const text = profileText(answers, detected);
    if (!this.dryRun) {
      try {
        mkdirSync(dirname(file), { recursive: true });
      } catch (error) {
        throw fromSystemError(error, 'make the folder', dirname(file));
      }
      await writeFileAtomic(file, text, { mode: 0o644 });
    }
    return { file, written: !this.dryRun, text, detected };
  }

  async #answers(): Promise<ProfileAnswers> {
    const { root, state, name, yes } = this.flags;
    const ask = !yes && process.stdin.isTTY === true && process.stderr.isTTY === true;
    if (!ask && root === undefined && !yes) {
      throw new OpsError(
        'E_USAGE',
        'There is no terminal to ask on, so the site has to be described.',
        {
          exit: 'usage',
          suggestions: [
            'For example: om-ops init --root /srv/shop --state /var/backups/shop --name shop --yes',
          ],
        },
      );
    }
    const chosenRoot = resolve(
      root ?? (ask ? await this.#ask('Folder of the site', process.cwd()) : process.cwd()),
    );
    if (!existsSync(chosenRoot)) {
      throw new OpsError('E_NOT_FOUND', `The site's folder ${chosenRoot} does not exist.`, {
        exit: 'requirement',
        suggestions: ['Give the folder of the checkout: --root DIR'],
      });
    }
    const found = detectSite(chosenRoot).name || basename(chosenRoot);
    const chosenName = name ?? (ask ? await this.#ask('A short name for it', found) : found);
    const place = `/var/backups/${chosenName}`;
    const chosenState = resolve(
      state ?? (ask ? await this.#ask('Folder for backups, logs and reports', place) : place),
    );
    return { name: chosenName, root: chosenRoot, state: chosenState };
  }

  async #ask(message: string, otherwise: string): Promise<string> {
    const { input } = await import('@inquirer/prompts');
    try {
      return await untilEndOfInput(
        (signal) => input({ message, default: otherwise }, { signal, output: process.stderr }),
        this.operation.signal,
      );
    } catch (error) {
      if (isEndOfInput(error)) {
        throw new OpsError('E_UNCONFIRMED', 'Not answered; nothing was written.', {
          exit: 'unconfirmed',
        });
      }
      throw new OpsError('E_INTERRUPTED', 'Interrupted; nothing was written.', {
        exit: 'interrupted',
      });
    }
  }

  protected override text({ file, written, text, detected }: InitResult): string {
    if (!written) return `Would write ${file}:\n\n${text}`;
    const programs = detected.programs
      .map(({ name, path }) => `  ${name.padEnd(13)} ${path ?? 'not installed'}`)
      .join('\n');
    return `Wrote ${file}.\n\nOn this machine:\n${programs}\n\nNext:\n  om-ops doctor                    what is missing\n  om-ops backup run --all --dry-run  what would be backed up`;
  }
}
