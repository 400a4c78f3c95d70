import { lstatSync, mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  dryRunFlag,
  Flags,
  fromSystemError,
  isEndOfInput,
  isThere,
  OpsCommand,
  OpsError,
  type PluginManifest,
  removeLeftovers,
  untilEndOfInput,
  writeFileAtomic,
} from '@om-ops/kit';
import {
  type DatabaseEngineName,
  engineTitles,
  type RecognisedDatabase,
} from '@om-ops/kit/database';
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
    if (isThere(file) && !this.flags.force && !this.dryRun) {
      throw new OpsError('E_EXISTS', `${file} is there already, and was not touched.`, {
        exit: 'usage',
        suggestions: [
          'Replace it: --force',
          'Write another: --site FILE',
          'See what it would say: --dry-run',
        ],
      });
    }
    const { answers, detected } = await this.#answers();
    await this.#settleDatabase(detected);
    for (const sentence of detected.passedOver)
      this.operation.warn(`${sentence} It was passed over: what it says is not in the profile.`);
    const text = profileText(answers, detected, this.#installedSections());
    if (!this.dryRun) {
      try {
        mkdirSync(dirname(file), { recursive: true });
      } catch (error) {
        throw fromSystemError(error, 'make the folder', dirname(file));
      }
      await writeFileAtomic(file, text, { mode: 0o644 });
      removeUnfinished(file);
    }
    return { file, written: !this.dryRun, text, detected };
  }

  get #asks(): boolean {
    return !this.flags.yes && process.stdin.isTTY === true && process.stderr.isTTY === true;
  }

  #installedSections(): Set<string> {
    const plugins = [...this.config.plugins.values()];
    return new Set(plugins.flatMap(({ pjson }) => (pjson as PluginManifest).omOps?.sections ?? []));
  }

  /** Asks for what is only guessed; where nobody can answer, it is said. */
  async #settleDatabase({ database }: Detected): Promise<void> {
    const { engine, sure, unsupported, further } = database;
    if ((engine === undefined ? database.looksLike.length > 0 : !sure) && this.#asks) {
      await this.#askDatabase(database);
    } else if (engine === undefined && database.looksLike.length > 0 && unsupported.length === 0) {
      this.operation.warn(
        `No database was recognised; these settings look like one: ${database.looksLike.join(', ')}. Set \`database\` in the profile, or no backup will hold it.`,
      );
    } else if (engine !== undefined && !sure) {
      this.operation.warn(
        `The database is only guessed: ${engineTitles[engine]}, from ${database.evidence.join(' and ')}. Check \`database\` in the profile.`,
      );
    }
    for (const remark of database.remarks) this.operation.warn(remark);
    for (const { what, evidence } of further) {
      this.operation.warn(
        `${evidence} names a further database (${what}), which this profile does not reach: it will be in no backup.`,
      );
    }
    for (const { what, evidence } of unsupported) {
      this.operation.warn(
        `om-ops cannot back up ${what} (${evidence}): its data will be in no backup of om-ops.`,
      );
    }
  }

  async #askDatabase(database: RecognisedDatabase): Promise<void> {
    const { select } = await import('@inquirer/prompts');
    const seen = [...database.evidence, ...database.looksLike].slice(0, 5).join(', ');
    const answer = await this.#answered((signal) =>
      select<DatabaseEngineName | 'none'>(
        {
          message: `Which database does the site use? (${seen})`,
          choices: [
            ...Object.entries(engineTitles).map(([value, name]) => ({
              value: value as DatabaseEngineName,
              name,
            })),
            { value: 'none', name: 'None, or one that om-ops cannot back up' },
          ],
          ...(database.engine === undefined ? {} : { default: database.engine }),
        },
        { signal, output: process.stderr },
      ),
    );
    if (answer !== database.engine) database.remarks.length = 0;
    database.engine = answer === 'none' ? undefined : answer;
    database.sure = true;
    if (database.evidence.length === 0) database.evidence.push('your answer');
  }

  async #answers(): Promise<{ answers: ProfileAnswers; detected: Detected }> {
    const { root, state, name, yes } = this.flags;
    const ask = this.#asks;
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
    if (!isThere(chosenRoot)) {
      throw new OpsError('E_NOT_FOUND', `The site's folder ${chosenRoot} does not exist.`, {
        exit: 'requirement',
        suggestions: ['Give the folder of the checkout: --root DIR'],
      });
    }
    const detected = await detectSite(chosenRoot);
    const found = detected.name || basename(chosenRoot);
    const chosenName = name ?? (ask ? await this.#ask('A short name for it', found) : found);
    const place = `/var/backups/${chosenName}`;
    const chosenState = resolve(
      state ?? (ask ? await this.#ask('Folder for backups, logs and reports', place) : place),
    );
    return { answers: { name: chosenName, root: chosenRoot, state: chosenState }, detected };
  }

  async #ask(message: string, otherwise: string): Promise<string> {
    const { input } = await import('@inquirer/prompts');
    return await this.#answered((signal) =>
      input({ message, default: otherwise }, { signal, output: process.stderr }),
    );
  }

  async #answered<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await untilEndOfInput(ask, this.operation.signal);
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
    return `Wrote ${file}.\n${databaseText(detected)}\n\nOn this machine:\n${programs}\n\nNext:\n  om-ops doctor                      what is missing\n  om-ops backup run --all --dry-run  what would be backed up`;
  }
}

function databaseText({ database }: Detected): string {
  const { engine, evidence } = database;
  return engine === undefined
    ? 'Database: none was recognised.'
    : `Database: ${engineTitles[engine]}, from ${evidence.join(' and ')}.`;
}

/** What an `init` that was killed left beside the profile: files only, for the folder may be anybody's. */
function removeUnfinished(file: string): void {
  const folder = dirname(file);
  removeLeftovers(
    folder,
    (name) => name.startsWith(`.${basename(file)}.`) && lstatSync(join(folder, name)).isFile(),
  );
}
