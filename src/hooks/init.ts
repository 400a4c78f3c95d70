import { type Hook, OpsError } from '@om-ops/kit';

/** Refuses words that are neither a command nor a flag: oclif would show a topic's help and exit 0. */
const hook: Hook<'init'> = async ({ id, argv, config }) => {
  if (id === undefined || config.findCommand(id) !== undefined) return;
  if (id.startsWith('-')) {
    if (['--help', '-h', '--version'].includes(id)) return;
    throw refusal(`A command comes before its flags; \`${id}\` stands first.`, [
      'For example: om-ops backup list --json',
      'See the commands there are: om-ops --help',
    ]);
  }
  const word = argv.find((argument) => !argument.startsWith('-'));
  const isTopic = config.findTopic(id) !== undefined;
  if (isTopic && word === undefined) return;
  const { nearest } = await import('@om-ops/kit/site');
  const asked = isTopic ? `${id}:${word}` : id;
  const near = await nearest(asked, config.commandIDs);
  const spoken = asked.replaceAll(':', ' ');
  throw refusal(`There is no command \`om-ops ${spoken}\`.`, [
    ...(near === undefined ? [] : [`Did you mean: om-ops ${near.replaceAll(':', ' ')}`]),
    `See the commands there are: om-ops ${isTopic ? `${id} ` : ''}--help`,
  ]);
};

function refusal(message: string, suggestions: readonly string[]): Error {
  const error = new OpsError('E_UNKNOWN_COMMAND', message, { exit: 'usage', suggestions });
  // oclif lets an error out of a hook only when it carries an exit code.
  return Object.assign(error, { oclif: { exit: error.exit } });
}

export default hook;
