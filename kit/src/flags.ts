import { Errors, Flags } from './oclif.ts';

export { Args, Flags } from './oclif.ts';

/** For every command that changes anything: spread into its `flags`. */
export const dryRunFlag = {
  'dry-run': Flags.boolean({
    summary: 'Say exactly what would be done, change nothing, exit 0.',
    default: false,
  }),
};

/** The phrase a guarded command wants, on a terminal and in `--confirm`. */
export const confirmPhrase = 'YES APPLY';

/** For guarded commands: spread into its `flags`. */
export const confirmFlag = {
  confirm: Flags.string({
    summary: `Confirm without being asked: --confirm "${confirmPhrase}".`,
    helpValue: `"${confirmPhrase}"`,
  }),
};

/** For commands that print lines as they come: spread into its `flags`. */
export const followFlag = {
  follow: Flags.boolean({
    char: 'f',
    summary: 'Go on with what comes, until Ctrl-C.',
    default: false,
  }),
};

/** A whole number of at least `min`, with an error that says so. */
export const wholeNumber = Flags.custom<number, { min?: number; max?: number }>({
  parse: async (input, _context, options) => {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
    const value = Number(input);
    if (!/^\d+$/.test(input) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
      throw new Errors.CLIError(`Expected a whole number, ${range}, but got: ${input}`, {
        exit: 2,
      });
    }
    return value;
  },
});
