import { OpsCommand, OpsError } from '@om-ops/kit';
import { exampleText } from '../../compare/example-text.ts';
import { readExample } from '../../findings/example.ts';
import { keysOf, readEnvFilesOf } from '../../read/env-file.ts';
import { envSection } from '../../site.ts';

interface ExampleResult {
  file: string;
  /** Names that it lacks. */
  missing: string[];
  /** Unified diff; empty: it names every variable. */
  diff: string;
}

export default class EnvExample extends OpsCommand<typeof EnvExample, ExampleResult> {
  static override summary = 'Show what the example of the env files lacks, as a diff.';
  static override description =
    'A unified diff that brings env.example up to date, without secrets and without anything of this machine. Changes nothing: apply it with patch, in the repository.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> | patch -p0',
  ];

  protected override async perform(): Promise<ExampleResult> {
    const section = await this.site.section(envSection);
    if (section.example === null)
      throw new OpsError('E_NO_EXAMPLE', 'The profile names no example (env.example: null).', {
        exit: 'usage',
        suggestions: ['Name one: env: {example: .env.example}'],
      });
    const files = readEnvFilesOf(this.site, section);
    for (const { path, unreadable } of files)
      if (unreadable !== null) this.incomplete(`${path} could not be read: ${unreadable}.`);
    const keys = keysOf(files);
    const example = readExample(this.site, section);
    const after = exampleText(example, keys);
    const file = this.site.below(section.example);
    const { createTwoFilesPatch } = await import('diff');
    const before = example?.text ?? '';
    return {
      file,
      missing: [...keys.keys()].filter((key) => example?.keys.has(key) !== true),
      diff:
        after === before
          ? ''
          : createTwoFilesPatch(
              example === undefined ? '/dev/null' : file,
              file,
              before,
              after,
              '',
              '',
              {
                context: 3,
              },
            ).replace(/^=+\n/, ''),
    };
  }

  protected override text({ diff, file }: ExampleResult): string {
    return diff === '' ? `${file} names every variable of the env files.` : diff;
  }
}
