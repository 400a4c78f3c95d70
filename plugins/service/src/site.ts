import { join } from 'node:path';
import { OpsError, parseDuration, type Site } from '@om-ops/kit';
import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export interface ServiceEntry {
  unit?: string | undefined;
  pm2?: string | undefined;
  compose?: { project: string; service: string; file?: string | undefined } | undefined;
  process?: ProcessEntry | undefined;
  after?: string[] | undefined;
  critical?: boolean | undefined;
  wanted?: boolean | undefined;
  ready?: ReadyEntry | undefined;
  logs?: string[] | undefined;
}

export interface ProcessEntry {
  argv: string[];
  cwd?: string | undefined;
  user?: string | undefined;
  pidfile?: string | undefined;
  output?: string | undefined;
  envFile?: string | undefined;
}

export interface ReadyEntry {
  http?: string | undefined;
  tcp?: string | undefined;
  socket?: string | undefined;
  queue?: string | undefined;
}

export type ServicesSection = Record<string, ServiceEntry>;

const text = z.string().min(1);
const kinds = ['unit', 'pm2', 'compose', 'process'] as const;

const processEntry = z.strictObject({
  argv: z.array(text).min(1).describe('Its whole command line, one argument an element'),
  cwd: text.optional().describe('Its working folder below root; default: root'),
  user: text.optional().describe('The user it runs as; default: who runs om-ops'),
  pidfile: text.optional().describe('The file below root that holds its process id'),
  output: text
    .optional()
    .describe('The file below root that its output is appended to; default: below STATE'),
  envFile: text.optional().describe('The env file below root that it is started with'),
});

const entry = z
  .strictObject({
    unit: text.optional().describe('A unit of systemd: omnidoc-backend, postgresql@15-main'),
    pm2: text.optional().describe('The name of an app in PM2'),
    compose: z
      .strictObject({
        project: text.describe('The project of Docker Compose'),
        service: text.describe('The service in it'),
        file: text.optional().describe('The compose file below root, for creating it'),
      })
      .optional()
      .describe('A service of Docker Compose'),
    process: processEntry.optional().describe('A plain process that nothing keeps running'),
    after: z.array(text).optional().describe('Services that have to run before it'),
    critical: z.boolean().optional().describe('Whether stopping and restarting it wants YES APPLY'),
    wanted: z
      .boolean()
      .optional()
      .describe('Whether it is meant to run all the time; default: true'),
    ready: z
      .strictObject({
        http: z
          .string()
          .regex(/^https?:\/\//)
          .optional()
          .describe('An address that answers below 400'),
        tcp: z
          .string()
          .regex(/^(?:\S+:)?\d{1,5}$/)
          .optional()
          .describe('A host and port that takes connections: 127.0.0.1:6379'),
        socket: text.optional().describe('A unix socket that takes connections'),
        queue: text.optional().describe('A queue whose workers answer'),
      })
      .optional()
      .describe('What has to answer before it counts as up'),
    logs: z.array(text).optional().describe('Log files below root, with * for a part of a name'),
  })
  .refine((one) => kinds.filter((kind) => one[kind] !== undefined).length === 1, {
    message: 'expected exactly one of unit, pm2, compose and process',
  });

export const servicesSection: SiteSection<ServicesSection> = defineSection<ServicesSection>(
  'services',
  z.record(z.string().regex(/^[a-z0-9][\w.-]*$/i), entry) as z.ZodType<ServicesSection>,
  {},
);

export type Kind = 'systemd' | 'pm2' | 'compose' | 'process';

/** Where and how a service of the profile is run. */
export type How =
  | { kind: 'systemd'; unit: string }
  | { kind: 'pm2'; app: string }
  | { kind: 'compose'; project: string; service: string; file: string | null }
  | ({ kind: 'process' } & PlainProcess);

export interface PlainProcess {
  argv: string[];
  /** Absolute, as the two files are. */
  cwd: string;
  user: string | null;
  pidfile: string | null;
  output: string;
  envFile: string | null;
}

/** A service of the profile. */
export interface ServiceDefinition {
  name: string;
  how: How;
  /** What its manager calls it: `omnidoc-backend.service`, `cleaning/api`. */
  target: string;
  after: string[];
  critical: boolean;
  wanted: boolean;
  ready: ReadyEntry;
  /** Absolute patterns. */
  logs: string[];
}

/**
 * The services of a site, each after those that it needs: those of the profile's `services`, else the backend if
 * the profile says that a unit runs it.
 *
 * @throws OpsError E_SITE_INVALID (exit 2)
 */
export async function definedServices(site: Site): Promise<ServiceDefinition[]> {
  const entries = await site.section(servicesSection);
  const defined = Object.entries(entries).map(([name, one]) => definition(site, name, one));
  const { manager, name } = site.backend.service;
  if (defined.length === 0 && manager === 'systemd' && name !== null)
    return [definition(site, 'backend', { unit: name })];
  return inOrder(defined);
}

function definition(site: Site, name: string, entry: ServiceEntry): ServiceDefinition {
  const { after = [], critical = false, wanted = true, ready = {}, logs = [] } = entry;
  const how = howOf(site, name, entry);
  return {
    name,
    how,
    target: targetOf(how),
    after,
    critical,
    wanted,
    ready,
    logs: logs.map((one) => site.below(one)),
  };
}

function howOf(site: Site, name: string, { unit, pm2, compose, process }: ServiceEntry): How {
  if (unit !== undefined) return { kind: 'systemd', unit: fullUnit(unit) };
  if (pm2 !== undefined) return { kind: 'pm2', app: pm2 };
  if (compose !== undefined) {
    const { file } = compose;
    return { kind: 'compose', ...compose, file: file === undefined ? null : site.below(file) };
  }
  const { argv = [], cwd = '.', user, pidfile, output, envFile } = process ?? {};
  const below = (path: string | undefined) => (path === undefined ? null : site.below(path));
  return {
    kind: 'process',
    argv,
    cwd: site.below(cwd),
    user: user ?? null,
    pidfile: below(pidfile),
    output: below(output) ?? join(site.state, 'service', `${name}.log`),
    envFile: below(envFile),
  };
}

/** `redis` is `redis.service`; `app.socket` is itself. */
export function fullUnit(unit: string): string {
  return /\.(?:service|socket|target|timer|path|mount|scope|slice)$/.test(unit)
    ? unit
    : `${unit}.service`;
}

function targetOf(how: How): string {
  switch (how.kind) {
    case 'systemd':
      return how.unit;
    case 'pm2':
      return how.app;
    case 'compose':
      return `${how.project}/${how.service}`;
    case 'process':
      return how.argv.join(' ');
  }
}

function inOrder(services: readonly ServiceDefinition[]): ServiceDefinition[] {
  const known = new Map(services.map((one) => [one.name, one]));
  const done = new Set<ServiceDefinition>();
  const place = (one: ServiceDefinition, way: readonly string[]): void => {
    if (done.has(one)) return;
    if (way.includes(one.name)) throw circle([...way.slice(way.indexOf(one.name)), one.name]);
    for (const name of one.after) {
      const needed = known.get(name);
      if (needed === undefined) throw unknownAfter(one.name, name, [...known.keys()]);
      place(needed, [...way, one.name]);
    }
    done.add(one);
  };
  for (const one of services) place(one, []);
  return [...done];
}

function circle(way: readonly string[]): OpsError {
  return new OpsError('E_SITE_INVALID', `services: ${way.join(' needs ')}; that is a circle.`, {
    exit: 'usage',
    suggestions: ['Take one of these out of `after` in the site profile: om-ops config path'],
  });
}

function unknownAfter(of: string, name: string, known: readonly string[]): OpsError {
  return new OpsError(
    'E_SITE_INVALID',
    `services.${of}.after names ${name}, and the profile has no service of that name.`,
    { exit: 'usage', suggestions: [`It has: ${known.join(', ')}`] },
  );
}

/** A bare number counts seconds. @throws OpsError E_USAGE (exit 2) */
export function secondsOrTime(text: string): number {
  return parseDuration(/^\d+$/.test(text.trim()) ? `${text.trim()}s` : text);
}
