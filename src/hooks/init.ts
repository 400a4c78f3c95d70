import type { Hook } from '@om-ops/kit';

/**
 * Refuses words that are neither a command nor a flag, for which oclif would show a topic's help and exit 0, and
 * `--text -h`, for which it would show a command's.
 */
const hook: Hook<'init'> = async ({ id, argv, config }) => {
  const command = id === undefined ? undefined : config.findCommand(id);
  if (command !== undefined) {
    if (argv.some((word) => word === '-h' || word === '--help')) {
      const { helpAsValue } = await import('../help-as-value.ts');
      const error = helpAsValue(command, argv);
      if (error !== undefined) throw error;
    }
    return;
  }
  if (id === undefined) return;
  const isFlag = id.startsWith('-');
  if (isFlag && ['--help', '-h', '--version'].includes(id)) return;
  const word = argv.find((argument) => !argument.startsWith('-'));
  if (!isFlag && config.findTopic(id) !== undefined && word === undefined) return;
  const { flagFirst, unknownCommand } = await import('../unknown-command.ts');
  if (isFlag) throw flagFirst(id);
  // oclif joins the words behind a topic with colons, whatever they are.
  throw await unknownCommand([...id.split(':'), ...(word === undefined ? [] : [word])], config);
};

export default hook;
