import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exec, isThere, OpsError, type Progress } from '@om-ops/kit';
import type { SiteNode } from '../environment/app-node.ts';
import { type CountedFile, type CountedFolder, countFolder } from '../parts/census.ts';
import type { Part } from '../parts/part.ts';
import { confirmed } from './confirmed.ts';
import type { CheckAnswer, CheckJob, RawFinding } from './job.ts';
import { lostReferences } from './references.ts';

export interface Finding {
  part: Part['name'];
  /**
   * `syntax`: Node does not read it. `module-kind`: CommonJS that is taken for an ES module, or the other
   * way round. `import`: it leads nowhere. `required`: the site profile wants it. `reference`: a page names
   * it. `missing`: there is no dist. `empty`: nothing in dist could be checked. `unreadable`: not checked.
   */
  kind: RawFinding['kind'] | 'required' | 'reference' | 'missing' | 'empty';
  /** Absolute. */
  path: string;
  line: number | null;
  /** One sentence. */
  message: string;
}

export interface VerifiedDist {
  part: Part['name'];
  path: string;
  /** False: this site has no such part. */
  used: boolean;
  exists: boolean;
  files: number;
  bytes: number;
  /** ISO 8601; null without files. */
  newest: string | null;
  /** The JavaScript among the files, which was read as Node reads it. */
  checked: { files: number; bytes: number };
  /** What read them; null when there were none. */
  node: { program: string; version: string; from: string } | null;
  status: 'PASS' | 'FAIL' | 'OFF';
  findings: number;
}

export interface VerifiedPart {
  dist: VerifiedDist;
  findings: Finding[];
  /** Sentences: what could not be looked at. */
  leftOut: string[];
}

const script = fileURLToPath(new URL('./check.cjs', import.meta.url));
const javaScript = new Set(['.js', '.mjs', '.cjs']);

/**
 * Whether a dist is whole: every JavaScript file of it can be read by the Node it is for, what it imports by a relative
 * path is there, and so is what the profile requires. Packages inside of dist are counted and not checked.
 *
 * @param part with the dist that is looked at, wherever it stands
 * @param node of the app; a front end is read by om-ops' own Node, the nearest to today's browsers
 * @throws OpsError E_PERMISSION (exit 5), E_PROGRAM_FAILED; E_INTERRUPTED
 */
export async function verifyPart(
  part: Part,
  node: (progress: Progress) => Promise<SiteNode>,
  progress: Progress,
): Promise<VerifiedPart> {
  const { signal } = progress;
  progress.report({ stage: `counting ${part.name}` });
  const counted = await countFolder(part.dist, { signal });
  const { exists, files, bytes, newest } = counted.census;
  const used = exists || part.isNamed || isThere(part.folder);
  const dist = {
    part: part.name,
    path: part.dist,
    used,
    exists,
    files,
    bytes,
    newest,
    checked: { files: 0, bytes: 0 },
    node: null,
  };
  if (!used) return { dist: { ...dist, status: 'OFF', findings: 0 }, findings: [], leftOut: [] };
  const scripts = counted.files.filter(({ path }) => isScript(part, path));
  const findings = lacks(part, counted, scripts);
  const answer = scripts.length === 0 ? undefined : await check(part, scripts, node, progress);
  const raw = await confirmed(answer?.findings ?? []);
  const leftOut = counted.unreadable.map(({ reason }) => reason);
  for (const { file, kind, line, message } of raw) {
    if (kind === 'unreadable') leftOut.push(`${file}: ${message}`);
    else findings.push({ part: part.name, kind, path: file, line, message });
  }
  findings.sort((one, other) =>
    one.path < other.path ? -1 : one.path > other.path ? 1 : (one.line ?? 0) - (other.line ?? 0),
  );
  return {
    dist: {
      ...dist,
      checked: { files: answer?.files ?? 0, bytes: answer?.bytes ?? 0 },
      node: answer?.node ?? null,
      status: findings.length === 0 ? 'PASS' : 'FAIL',
      findings: findings.length,
    },
    findings,
    leftOut,
  };
}

function isScript({ dist }: Part, path: string): boolean {
  return javaScript.has(extname(path)) && !relative(dist, path).split('/').includes('node_modules');
}

/** What is not there at all. */
function lacks(
  part: Part,
  { census, files }: CountedFolder,
  scripts: readonly CountedFile[],
): Finding[] {
  const head = { part: part.name, line: null };
  if (!census.exists)
    return [
      {
        ...head,
        kind: 'missing',
        path: part.dist,
        message: 'There is no such folder: it was not built.',
      },
    ];
  const required = part.required
    .map((one) => join(part.dist, one))
    .filter((path) => !isThere(path) || isEmptyFolder(path, files))
    .map(
      (path): Finding => ({
        ...head,
        kind: 'required',
        path,
        message: isThere(path)
          ? 'The site profile requires it (backend.required), and it is empty.'
          : 'The site profile requires it (backend.required), and it is not there.',
      }),
    );
  if (part.as === 'browser') required.push(...lostReferences(part, files));
  if (scripts.length === 0 && (part.as === 'node' || files.length === 0))
    required.push({
      ...head,
      kind: 'empty',
      path: part.dist,
      message:
        files.length === 0 ? 'It holds no files.' : 'It holds no JavaScript that could be checked.',
    });
  return required;
}

/** A folder without a file in it, or a file without content. */
function isEmptyFolder(path: string, files: readonly CountedFile[]): boolean {
  const own = files.find((file) => file.path === path);
  if (own !== undefined) return own.bytes === 0;
  return !files.some((file) => file.path.startsWith(`${path}/`));
}

type Checked = Omit<CheckAnswer, 'node'> & { node: SiteNode };

async function check(
  part: Part,
  scripts: readonly CountedFile[],
  node: (progress: Progress) => Promise<SiteNode>,
  progress: Progress,
): Promise<Checked> {
  const reader =
    part.as === 'node'
      ? await node(progress)
      : { program: process.execPath, version: process.versions.node, from: 'om-ops, for browsers' };
  progress.report({
    stage: `checking ${part.name} on Node ${reader.version}`,
    totalFiles: scripts.length,
  });
  const job: CheckJob = { files: scripts.map(({ path }) => path), as: part.as };
  const { stdout } = await exec(
    reader.program,
    ['--experimental-vm-modules', '--no-warnings', script],
    {
      input: JSON.stringify(job),
      // Nothing of NODE_OPTIONS: it might load what must not be run.
      env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8' },
      inheritEnv: false,
      signal: progress.signal,
      timeoutMs: 300_000,
    },
  );
  const answer = parsed(stdout, reader.program);
  if (
    answer.files + answer.findings.filter(({ kind }) => kind === 'unreadable').length !==
    scripts.length
  )
    throw unfinished(reader.program);
  return { ...answer, node: { ...reader, version: answer.node } };
}

function parsed(text: string, program: string): CheckAnswer {
  try {
    return JSON.parse(text) as CheckAnswer;
  } catch {
    throw unfinished(program);
  }
}

function unfinished(program: string): OpsError {
  return new OpsError(
    'E_PROGRAM_FAILED',
    `${program} did not read every file, so nothing is proved.`,
    {
      suggestions: [`Check that it is a Node of version 16 or newer: ${program} --version`],
    },
  );
}
