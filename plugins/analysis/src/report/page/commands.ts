/**
 * Several commands as one text to paste. In braces, because a shell reads all of a group before it
 * runs any of it: pasted as they are, the first `rm -i` would take the commands below it for
 * answers. Ctrl+C at a question ends them all.
 */
export function commandsTogether(commands: readonly string[]): string {
  return commands.length < 2 ? commands.join('') : `{\n${commands.join('\n')}\n}`;
}
