import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { commandsTogether } from '../src/report/page/commands.ts';

test('no command that is pasted is taken for the answer to one above it', () => {
  // As at a terminal: bash reads what is typed line by line, and a command that asks reads on there.
  const typed = (text: string) =>
    execFileSync('bash', ['-s'], { input: `${text}\n: one\n: two\n`, encoding: 'utf8' });
  const asks = (name: string) => `read -r answer; echo "${name} $answer"`;
  const commands = [asks('first'), 'echo between', asks('second')];
  assert.equal(typed(commands.join('\n')), 'first echo between\nsecond : one\n');
  assert.equal(typed(commandsTogether(commands)), 'first : one\nbetween\nsecond : two\n');
});

test('one command stays as it is', () => {
  assert.equal(commandsTogether(["rm -i -- 'a'"]), "rm -i -- 'a'");
  assert.equal(commandsTogether([]), '');
});
