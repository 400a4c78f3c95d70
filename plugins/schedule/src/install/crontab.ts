import { OpsError, program } from '@om-ops/kit';

export const crontab = program('crontab', {
  install: 'Install it: sudo apt-get install cron (or cronie, where the system has dnf)',
  version: ['-V'],
});

/** What stands before and after our line, with what tells the sites of one crontab apart. */
const begin = '# om-ops schedule begin: ';
const end = '# om-ops schedule end: ';

/** The crontab of this user; null: there is none. @throws OpsError E_PROGRAM_MISSING, E_PERMISSION (exit 5), E_PROGRAM_FAILED */
export async function readCrontab(signal: AbortSignal): Promise<string | null> {
  const { exitCode, stdout, stderr } = await crontab.look(['-l'], { accept: 'any', signal });
  if (exitCode === 0) return stdout;
  if (/no crontab for/i.test(stderr)) return null;
  throw refusal(stderr);
}

/** Replaces it; null takes it away. @throws as {@link readCrontab} */
export async function writeCrontab(text: string | null, signal?: AbortSignal): Promise<void> {
  const options = {
    accept: 'any',
    timeoutMs: 30_000,
    ...(signal === undefined ? {} : { signal }),
  } as const;
  const { exitCode, stderr } =
    text === null
      ? await crontab.exec(['-r'], options)
      : await crontab.exec(['-'], { ...options, input: text });
  if (exitCode !== 0 && !(text === null && /no crontab for/i.test(stderr))) throw refusal(stderr);
}

function refusal(said: string): OpsError {
  const text = said.trim();
  if (/not allowed|permission denied|must be privileged|not permitted/i.test(text)) {
    return new OpsError('E_PERMISSION', `crontab refuses this user: ${text}`, {
      exit: 'requirement',
      suggestions: [
        'Let an administrator add the user to /etc/cron.allow, or take him out of /etc/cron.deny.',
        'Or use a systemd timer: om-ops schedule install --systemd',
      ],
    });
  }
  return new OpsError(
    'E_PROGRAM_FAILED',
    `crontab failed: ${text === '' ? 'it said nothing' : text}`,
  );
}

/** Our lines for a crontab. @throws OpsError E_NAME (exit 2) for what no crontab can hold */
export function crontabBlock(name: string, site: string, line: string): string {
  if (/[\n\r]/.test(name + line))
    throw new OpsError('E_NAME', 'A crontab cannot hold a path with a line feed in it.', {
      exit: 'usage',
    });
  return [
    `${begin}${name}`,
    `# Runs what is due of ${site.replace(/\s+/g, ' ')}. Made by om-ops schedule install; om-ops schedule remove takes it out.`,
    // In a crontab a percent sign ends the command.
    `* * * * * ${line.replaceAll('%', '\\%')}`,
    `${end}${name}`,
    '',
  ].join('\n');
}

/** A crontab with our block, where it stood or at the end; every other line as it was. @throws OpsError E_CRONTAB_DAMAGED */
export function withBlock(text: string | null, name: string, block: string): string {
  const found = findBlock(text ?? '', name);
  if (found === null) {
    const before = text ?? '';
    return `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${block}`;
  }
  return found.before + block + found.after;
}

/** A crontab without our block; null when nothing is left of it. @throws OpsError E_CRONTAB_DAMAGED */
export function withoutBlock(text: string | null, name: string): string | null {
  const found = findBlock(text ?? '', name);
  if (found === null) return text;
  const rest = found.before + found.after;
  return rest === '' ? null : rest;
}

export function hasBlock(text: string | null, name: string): boolean {
  return text?.split('\n').includes(begin + name) ?? false;
}

interface FoundBlock {
  before: string;
  after: string;
}

function findBlock(text: string, name: string): FoundBlock | null {
  const lines = text.split('\n');
  const all = (mark: string) => lines.flatMap((line, at) => (line === mark + name ? [at] : []));
  const [begins, ends] = [all(begin), all(end)];
  if (begins.length === 0 && ends.length === 0) return null;
  const [from, to] = [begins[0], ends[0]];
  const isWhole =
    from !== undefined && to !== undefined && begins.length === 1 && ends.length === 1 && from < to;
  if (!isWhole || lines.slice(from + 1, to).some((line) => line.startsWith(begin))) {
    throw new OpsError(
      'E_CRONTAB_DAMAGED',
      'The lines that om-ops has put into the crontab are not whole any more, so it does not touch them.',
      {
        suggestions: [
          `Take out what stands between \`${begin}${name}\` and \`${end}${name}\` by hand: crontab -e`,
        ],
      },
    );
  }
  const join = (part: readonly string[]) => part.map((line) => `${line}\n`).join('');
  return { before: join(lines.slice(0, from)), after: lines.slice(to + 1).join('\n') };
}
