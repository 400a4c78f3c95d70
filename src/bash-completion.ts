import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Interfaces, writeFileAtomicSync } from '@om-ops/kit';

type Config = Pick<Interfaces.Config, 'bin' | 'cacheDir' | 'commands' | 'topicSeparator'>;

/**
 * Puts our completion in the place of the one that oclif's plugin has just written: that one knows
 * nothing behind an argument, no values of flags, and completes no file.
 */
export function replaceBashCompletion(config: Config): void {
  const path = join(config.cacheDir, 'autocomplete/functions/bash', `${config.bin}.bash`);
  if (existsSync(path)) writeFileAtomicSync(path, bashCompletion(config), { mode: 0o644 });
}

/** A bash script that completes commands, flags, the values of both, and files everywhere else. */
export function bashCompletion({ bin, commands }: Config): string {
  const shown = commands.filter(({ hidden }) => hidden !== true);
  const lines: string[] = [];
  const below = new Map<string, Set<string>>([['', new Set()]]);
  for (const { id, flags, args } of shown) {
    const words = id.split(':');
    words.forEach((word, at) => {
      const above = words.slice(0, at).join(' ');
      below.set(above, (below.get(above) ?? new Set()).add(word));
    });
    const name = words.join(' ');
    const visible = Object.entries(flags).filter(([, flag]) => flag.hidden !== true);
    const names = ['help', ...visible.map(([flag]) => flag)].map((flag) => `--${flag}`);
    lines.push(entry(`flags ${name}`, names));
    for (const [flag, definition] of visible) {
      if (definition.type !== 'option') continue;
      lines.push(entry(`values ${name} --${flag}`, definition.options ?? []));
    }
    const options = Object.values(args).flatMap(({ options }) => options ?? []);
    if (options.length > 0) lines.push(entry(`arguments ${name}`, options));
  }
  for (const [above, words] of below) lines.push(entry(`below ${above}`.trim(), [...words].sort()));
  const prefix = `_${bin.replaceAll('-', '_')}`;
  return `# Completion of ${bin} for bash.
declare -gA ${prefix}_words=(
${lines.join('\n')}
)

${prefix}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= word at
  COMPREPLY=()
  # Bash takes the = of --flag=value for a word of its own.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    [[ " \${${prefix}_words["below\${command:+ $command}"]-} " == *" $word "* ]] || break
    command=\${command:+$command }$word
  done
  if [[ -v ${prefix}_words["values $command $prev"] ]]; then
    word=\${${prefix}_words["values $command $prev"]}
  elif [[ $cur == -* ]]; then
    word=\${${prefix}_words["flags $command"]-}
  elif ((at == COMP_CWORD)) && [[ -v ${prefix}_words["below\${command:+ $command}"] ]]; then
    word=\${${prefix}_words["below\${command:+ $command}"]}
  else
    word=\${${prefix}_words["arguments $command"]-}
  fi
  # Nothing of ours: bash completes a file.
  mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
}

complete -o bashdefault -o default -F ${prefix} ${bin}
`;
}

function entry(key: string, words: readonly string[]): string {
  return `  [${quoted(key)}]=${quoted(words.filter((word) => /^[\w.:@%+,/-]+$/.test(word)).join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", '')}'`;
}
