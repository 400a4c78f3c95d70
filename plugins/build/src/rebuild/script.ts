import { dirname, join, relative } from 'node:path';
import { OpsError } from '@om-ops/kit';
import type { Part } from '../parts/part.ts';
import type { BuildOut } from '../site.ts';
import type { ManagerName, PackageManifest } from './package-manager.ts';

const wanted = { backend: ['build:all', 'build:deploy', 'build'], frontend: ['build'] } as const;

export interface BuildScript {
  name: string;
  /** What package.json says. */
  command: string;
}

/** The script that builds a part. @throws OpsError E_NO_SCRIPT (exit 5) */
export function buildScript(part: Part['name'], { path, scripts }: PackageManifest): BuildScript {
  const names = wanted[part];
  for (const name of names) {
    const command = scripts[name];
    if (typeof command === 'string') return { name, command };
  }
  throw new OpsError('E_NO_SCRIPT', `${path} has no script ${names.join(', ')}.`, {
    exit: 'requirement',
    suggestions: [`Add one to ${path}: "scripts": {"build": "…"}`],
  });
}

/** Where a build that can be told writes to: beside dist, as deep as dist, so that what it imports lies as far away. */
export function besideOf({ dist }: Part, run: string): string {
  return join(dirname(dist), `.om-ops-next-${run}`);
}

/** The command line of the script, and what it adds to the environment. */
export function scriptCall(
  manager: ManagerName,
  { name }: BuildScript,
  part: Part,
  told: { out: BuildOut; beside: string } | null,
): { args: string[]; env: Record<string, string> } {
  if (told === null) return { args: ['run', name], env: {} };
  // Below the folder: some tools take an absolute path for one below it as well.
  const place = relative(part.folder, told.beside);
  if ('env' in told.out) return { args: ['run', name], env: { [told.out.env]: place } };
  // The others hand on what follows as it is, dashes too.
  const dashes = manager === 'npm' ? ['--'] : [];
  return { args: ['run', name, ...dashes, told.out.flag, place], env: {} };
}
