import { type Hook, OpsError } from '@om-ops/kit';

/** Refuses words that are neither a command nor a flag: oclif would show a topic's help and exit 0. */
const hook: Hook<'init'> = async ({ id, argv, config }) => {
  if (id === undefined || id.startsWith('-') || config.findCommand(id) !== undefined) return;
  const word = argv.find((argument) => !argument.startsWith('-'));
  const isTopic = config.findTopic(id) !== undefined;
  if (isTopic && word === undefined) return;
  const { nearest } = await import('@om-ops/kit/site');
  const asked = isTopic ? `${id}:${word}` : id;
  const near = await nearest(asked, config.commandIDs);
  const spoken = asked.replaceAll(':', ' ');
  const error = new OpsError('E_UNKNOWN_COMMAND', `There is no command \`om-ops ${spoken}\`.`, {
    exit: 'usage',
    suggestions: [
      ...(near === undefined ? [] : [`Did you mean: om-ops ${near.replaceAll(':', ' ')}`]),
      `See the commands there are: om-ops ${isTopic ? `${id} ` : ''}--help`,
    ],
  });
  // oclif lets an error out of a hook only when it carries an exit code.
  throw Object.assign(error, { oclif: { exit: error.exit } });
};

export default hook;
