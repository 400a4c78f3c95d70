import { OpsCommand, wholeNumber } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { type AppErrors, appErrors } from '../../errors/errors.ts';
import { errorsText } from '../../view/errors.ts';

export default class BuildErrors extends OpsCommand<typeof BuildErrors, AppErrors> {
  static override summary = 'Sum up the errors in the logs of the app.';
  static override description =
    `Reads the log files of the service that runs the backend, with what logrotate has made of them, and counts the
error lines, like with like: times, ids, numbers, addresses and quoted values do not tell them apart. The five
signatures of om-recovery come first: MODULE_NOT_FOUND, SyntaxError, ER_BAD_FIELD_ERROR, the answer 500, and Error:.
That there are errors is no failure of this command: exit 0.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --lines 200',
  ];
  static override flags = {
    lines: wholeNumber({
      summary: 'Only the last so many lines of each log, read from its end.',
      helpValue: 'N',
      min: 1,
    }),
  };

  protected override async perform(): Promise<AppErrors> {
    const service = await this.abilities.service('backend');
    const errors = await this.runTask({
      title: `Read the logs of ${service.name}`,
      run: (progress) =>
        appErrors(service, { lines: this.flags.lines, redact: this.operation.redactor, progress }),
      summary: ({ lines, errors: count }: AppErrors) =>
        `${plural(lines, 'line')}, ${plural(count, 'error line')}`,
    });
    if (errors.leftOut.length > 0)
      this.incomplete(`${plural(errors.leftOut.length, 'log file')} could not be read.`);
    return errors;
  }

  protected override text(result: AppErrors): string {
    return errorsText(result);
  }
}
