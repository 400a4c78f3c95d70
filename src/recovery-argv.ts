import { OpsError } from '@om-ops/kit';

const analysisFlags = ['--dedupe-mode', '--max-hash-mb', '--stale-days'];
const changelogCommands = ['start', 'add', 'close', 'report', 'list', 'show', 'prune', 'verify'];

function wrong(message: string): OpsError {
  return new OpsError('E_USAGE', message, {
    exit: 'usage',
    suggestions: [
      'om-recovery --analyze SCOPE [--dedupe-mode M] [--max-hash-mb N] [--stale-days N]',
      'om-recovery --changelog start|add|close|report|list …',
      'The new commands: om-ops --help',
    ],
  });
}

/**
 * The command line of om-ops for one of the original om-recovery. Without flags: the menu on a terminal,
 * else the help; `--dry-run` alone: what a full backup would do, which is what the original showed.
 *
 * @throws OpsError E_USAGE (exit 2)
 */
export function recoveryArgv(argv: readonly string[], onTerminal: boolean): string[] {
  if (argv.length === 0) return onTerminal ? ['menu'] : ['--help'];
  const [first, ...rest] = argv;
  if (first === '--help' || first === '-h' || first === '--version') return [first];
  const separate = argv.flatMap((word) => {
    const match = /^(--(?:analyze|changelog|dedupe-mode|max-hash-mb|stale-days))=(.*)$/s.exec(word);
    return match === null ? [word] : [match[1] ?? '', match[2] ?? ''];
  });
  const at = separate.findIndex((word) => word === '--analyze' || word === '--changelog');
  if (at === -1) {
    if (argv.every((word) => word === '--dry-run' || word === '--json' || word === '--quiet')) {
      return ['backup', 'run', '--all', ...new Set(['--dry-run', ...argv])];
    }
    throw wrong(`om-recovery does not know \`${[first, ...rest].join(' ')}\`.`);
  }
  const value = separate[at + 1];
  const others = [...separate.slice(0, at), ...separate.slice(at + 2)];
  if (separate[at] === '--analyze') {
    if (value === undefined || value.startsWith('-'))
      throw wrong('--analyze needs a scope: prod, server, front-end or entire.');
    return ['analysis', 'run', value, ...knownAnalysisArgs(others)];
  }
  if (value === undefined || !changelogCommands.includes(value)) {
    throw wrong(`--changelog needs one of ${changelogCommands.join(', ')}.`);
  }
  return ['changelog', value, ...others];
}

function knownAnalysisArgs(words: readonly string[]): readonly string[] {
  const unknown = words.find(
    (word) =>
      word.startsWith('--') &&
      ![...analysisFlags, '--dry-run', '--json', '--quiet', '--site'].includes(word),
  );
  if (unknown !== undefined)
    throw wrong(`om-recovery does not know \`${unknown}\` with --analyze.`);
  return words;
}
