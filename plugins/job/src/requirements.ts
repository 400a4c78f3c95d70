import { existsSync } from 'node:fs';
import { findProgram, type Requirement, type Site, sitePath } from '@om-ops/kit';
import { programOf } from './run/environment.ts';
import { jobsOf, jobsSection } from './site.ts';

/** The program of each job. */
export async function jobRequirements(site: Site): Promise<Requirement[]> {
  return jobsOf(await site.section(jobsSection)).map(({ name, argv, cwd }): Requirement => {
    const program = programOf(argv[0] ?? '', site.below(cwd));
    const found = program.includes('/')
      ? existsSync(program)
        ? program
        : undefined
      : findProgram(program, sitePath());
    const purpose = `the job ${name}`;
    return found === undefined
      ? {
          kind: 'program',
          name: program,
          purpose,
          state: 'missing',
          detail: 'it is not there',
          fix: `Correct jobs.${name} in the site profile.`,
        }
      : { kind: 'program', name: program, purpose, state: 'ok', detail: found };
  });
}
