import { promises } from 'node:fs';
import { join } from 'node:path';
import { shellWord } from '@om-ops/kit';
import { fieldsOf } from '../repository/byte-path.ts';
import type { IndexCopy } from '../repository/index-copy.ts';
import type { Repository } from '../repository/repository.ts';
import { commitTreeArgs, endedLine, nameless, withoutHooks } from '../repository/tree-commit.ts';
import { parseWorkTree, statusArgs, type WorkTree } from '../repository/work-tree.ts';
import { type Added, addArgs } from './staged-copy.ts';

export interface Wanted {
  branch: string;
  message: string;
  signal: AbortSignal;
}

/** How far it came. What is missing was not done, and has to be done step by step. */
export interface Gone {
  added: Added;
  seen: WorkTree | undefined;
  tree: string | undefined;
  commit: string | undefined;
  branch: string | undefined;
}

/** Before `REF COMMIT OLD`. */
export const keepArgs = [...withoutHooks, 'update-ref', '-m', 'om-ops: checkpoint'];

const [look, add, writeTree, commitTree, keep] = [
  statusArgs({ ignored: true }),
  addArgs,
  [...withoutHooks, 'write-tree'],
  commitTreeArgs,
  keepArgs,
].map((args) => args.map(shellWord).join(' '));

const asNobody = Object.entries(nameless)
  .map(([key, value]) => `${key}=${value}`)
  .join(' ');

// Stops at the first step that does not succeed, and keeps nothing that was not looked at.
const script = `
"$git" ${look} >"$seen" 2>/dev/null & looking=$!
export GIT_INDEX_FILE="$index"; commit=
"$git" ${add}; added=$?; echo "added $added"
[ $added = 0 ] && tree=$("$git" ${writeTree}) && echo "tree $tree" &&
commit=$("$git" ${commitTree} -p HEAD -F "$message" "$tree" ||
  ${asNobody} "$git" ${commitTree} -p HEAD -F "$message" "$tree") && echo "commit $commit"
wait $looking && echo seen && [ -n "$commit" ] && "$git" ${keep} "$ref" "$commit" '' && echo kept`;

/**
 * Makes a checkpoint in one shell, as long as nothing is in the way and there is a commit: to start a program takes a
 * shell a third of the time that it takes Node.
 */
export async function keepInOneGo(
  repository: Repository,
  { path, folder }: IndexCopy,
  { branch, message, signal }: Wanted,
): Promise<Gone> {
  const files = { index: path, message: join(folder, 'message'), seen: join(folder, 'seen') };
  // Its folder is the owner's by now, who could have put a link there.
  await promises.writeFile(files.message, endedLine(message), { flag: 'wx' });
  const env = { ...files, ref: `refs/heads/${branch}` };
  const { stdout, stderr } = await repository.shell(script, { env, signal });
  const said = stdout.toString();
  const after = (word: string) => new RegExp(`^${word} (\\w+)$`, 'm').exec(said)?.[1];
  return {
    added: { exitCode: Number(after('added') ?? -1), stderr },
    seen: /^seen$/m.test(said)
      ? parseWorkTree(fieldsOf(await promises.readFile(files.seen)))
      : undefined,
    tree: after('tree'),
    commit: after('commit'),
    branch: /^kept$/m.test(said) ? branch : undefined,
  };
}
