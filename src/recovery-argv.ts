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

/** What om-recovery says of itself: its flags, and what they are called now. */
export const recoveryHelp = `om-recovery is the old name of om-ops. Its flags are taken as ever, and run what they are called now.

USAGE
  om-recovery                                    om-ops menu
  om-recovery --dry-run                          om-ops menu --dry-run; without a terminal:
                                                 om-ops backup run --all --dry-run
  om-recovery --analyze SCOPE                    om-ops analysis run SCOPE
    [--dedupe-mode quick|full]                     the same
    [--max-hash-mb SIZE]                           the same
    [--stale-days DAYS]                            the same
  om-recovery --changelog start --title TITLE    om-ops changelog start --title TITLE
    [--tags TAGS] [--scope SCOPE]                  the same
  om-recovery --changelog add --type TYPE        om-ops changelog add --type TYPE
    --actor ACTOR --text TEXT                      the same
  om-recovery --changelog close                  om-ops changelog close
    [--summary TEXT] [--outcome success|fail]      the same
  om-recovery --changelog report                 om-ops changelog report
  om-recovery --changelog list [--days DAYS]     om-ops changelog list [--days DAYS]

With each of them: --dry-run, --json, --quiet, --site FILE.
All commands there are now: om-ops --help
`;

/**
 * The command line of om-ops for one of the original om-recovery; undefined for its own help. Without flags:
 * the menu on a terminal, else the help. `--dry-run` alone: the menu, in which everything is run dry as the
 * original did; without a terminal, what a full backup would do.
 *
 * @throws OpsError E_USAGE (exit 2)
 */
export function recoveryArgv(argv: readonly string[], onTerminal: boolean): string[] | undefined {
  if (argv.length === 0) return onTerminal ? ['menu'] : undefined;
  const [first, ...rest] = argv;
  if (first === '--version') return [first];
  if (first === '--help' || first === '-h') return undefined;
  const separate = argv.flatMap((word) => {
    const match = /^(--(?:analyze|changelog|dedupe-mode|max-hash-mb|stale-days))=(.*)$/s.exec(word);
    return match === null ? [word] : [match[1] ?? '', match[2] ?? ''];
  });
  const at = separate.findIndex((word) => word === '--analyze' || word === '--changelog');
  if (at === -1) {
    const site = siteIn(argv);
    if (onTerminal && site.others.every((word) => word === '--dry-run'))
      return ['menu', '--dry-run', ...site.flag];
    if (site.others.every((word) => ['--dry-run', '--json', '--quiet'].includes(word)))
      return ['backup', 'run', '--all', ...new Set(['--dry-run', ...site.others]), ...site.flag];
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

/** `--site FILE` of a command line, and the rest of it. */
function siteIn(argv: readonly string[]): { flag: string[]; others: string[] } {
  const at = argv.indexOf('--site');
  if (at === -1 || argv[at + 1] === undefined)
    return {
      flag: argv.filter((word) => word.startsWith('--site=')),
      others: argv.filter((word) => !word.startsWith('--site=')),
    };
  return { flag: argv.slice(at, at + 2), others: [...argv.slice(0, at), ...argv.slice(at + 2)] };
}

function knownAnalysisArgs(words: readonly string[]): readonly string[] {
  const unknown = words.find(
    (word) =>
      word.startsWith('--') &&
      !word.startsWith('--site=') &&
      ![...analysisFlags, '--dry-run', '--json', '--quiet', '--site'].includes(word),
  );
  if (unknown !== undefined)
    throw wrong(`om-recovery does not know \`${unknown}\` with --analyze.`);
  return words;
}
