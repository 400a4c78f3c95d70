import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { OpsError } from '@om-ops/kit';
import { type Configuration, type Node, named, placeOf } from '../config/configuration.ts';
import { addressesOf } from '../routing/address.ts';
import { findLocation, type Location, nameOf, passOf } from '../routing/locations.ts';
import {
  type Answering,
  duplicatesOf,
  duplicateText,
  serversOf,
  siteAnswering,
} from '../routing/servers.ts';

export interface TargetOptions {
  serverName: string;
  /** The API's path: `/api/`. */
  location: string;
  /** Only what answers there: `443`, `127.0.0.1:8080`. */
  listen?: string | undefined;
  /** Only what stands in this file. */
  file?: string | undefined;
}

/** What is to be edited. */
export interface Target {
  /** Undefined: no location of the API is there, and one is put into `server`. */
  location: Location | undefined;
  server: Node;
  /** Where it answers. */
  at: readonly Answering[];
  warnings: string[];
}

interface Candidate extends Omit<Target, 'warnings'> {
  is: 'proxy' | 'empty' | 'other' | 'none' | 'answered';
}

/**
 * Which location answers the API of this site. One that only redirects gives way to one that proxies; the same
 * one at several addresses counts once.
 *
 * @throws OpsError E_SEVERAL_LOCATIONS, E_NO_SERVER, E_NOT_PROXIED (exit 6) with file and line of each
 */
export function chooseTarget(configuration: Configuration, options: TargetOptions): Target {
  const servers = serversOf(configuration);
  const answers = siteAnswering(servers, options.serverName);
  const warnings: string[] = [];
  if (answers.length > 0 && !answers.some((one) => one.byName))
    warnings.push(
      `No server is named ${options.serverName}; what is looked at is the one that answers for names nobody has.`,
    );
  warnings.push(...duplicatesOf(servers).map(duplicateText));
  const candidates = byPlace(
    answers
      .filter((one) => listensAt(one, options.listen))
      .map((one) => candidateAt(one, options.location)),
  ).filter((one) => isInFile(one, options.file));
  const [chosen, ...others] = bestOf(candidates);
  if (chosen === undefined) throw noServer(configuration, options, candidates);
  if (others.length > 0) throw several([chosen, ...others], options);
  if (chosen.is === 'other') throw notProxied(chosen, options);
  return { location: chosen.location, server: chosen.server, at: chosen.at, warnings };
}

function listensAt({ address }: Answering, listen: string | undefined): boolean {
  if (listen === undefined) return true;
  if (/^\d+$/.test(listen)) return address.endsWith(`:${listen}`);
  return addressesOf(listen).includes(address);
}

function isInFile({ location, server }: Candidate, file: string | undefined): boolean {
  if (file === undefined) return true;
  const { path } = (location?.node ?? server).file;
  return [path, realpathSync(path)].some(
    (one) =>
      one === file || one === resolve(file) || one.endsWith(`/${file.replace(/^\.?\//, '')}`),
  );
}

function candidateAt(at: Answering, path: string): Candidate {
  const { node } = at.server;
  const base = { server: node, at: [at], location: undefined };
  if (named(node.children, 'return').length > 0) return { ...base, is: 'answered' };
  // Some path below it: `= /api/` is not where the API is.
  const below = `${path.replace(/\/$/, '')}/om-ops`;
  const found = findLocation(node, below);
  if (found.kind !== 'location' || !isOfApi(found.location, path)) return { ...base, is: 'none' };
  const { location } = found;
  return { server: node, at: [at], location, is: kindOf(location.node) };
}

/** A location for all paths, as `/` is, is not that of the API, although it answers it. */
function isOfApi({ modifier, path: prefix }: Location, path: string): boolean {
  if (modifier === '~' || modifier === '~*') return true;
  return prefix.replace(/\/$/, '') === path.replace(/\/$/, '');
}

const handlers = [
  'return',
  'try_files',
  'root',
  'alias',
  'rewrite',
  'content_by_lua_block',
  'stub_status',
  'empty_gif',
  'perl',
  'js_content',
  'autoindex',
  'dav_methods',
  'index',
  'content_by_lua_file',
];

function kindOf(node: Node): Candidate['is'] {
  const { children } = node;
  const pass = passOf(node)?.directive.name;
  if (pass === 'proxy_pass' && named(children, 'return').length === 0) return 'proxy';
  if (pass !== undefined || named(children, ...handlers).length > 0) return 'other';
  return named(children, 'if').some((one) => passOf(one)?.directive.name === 'proxy_pass')
    ? 'other'
    : 'empty';
}

function byPlace(candidates: readonly Candidate[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const one of candidates) {
    const { file, directive } = one.location?.node ?? one.server;
    const key = `${file.path}:${directive.start}`;
    const there = found.get(key);
    found.set(key, there === undefined ? one : { ...there, at: [...there.at, ...one.at] });
  }
  return [...found.values()];
}

/** All of the best kind there is. */
function bestOf(candidates: readonly Candidate[]): Candidate[] {
  const kinds: readonly (readonly Candidate['is'][])[] = [
    ['proxy'],
    ['empty'],
    ['other'],
    ['none'],
  ];
  for (const kind of kinds) {
    const found = candidates.filter(({ is }) => kind.includes(is));
    if (found.length > 0) return found;
  }
  return [];
}

function describe({ location, server, at }: Candidate): string {
  const what = location === undefined ? 'server' : `location ${nameOf(location)}`;
  const where = at.map(({ address }) => address).join(', ');
  return `${what} at ${placeOf(location?.node ?? server)} (listens on ${where})`;
}

function several(candidates: readonly Candidate[], { location }: TargetOptions): OpsError {
  return new OpsError(
    'E_SEVERAL_LOCATIONS',
    `${location} is answered by ${candidates.length} places, and om-ops does not guess: ${candidates.map(describe).join('; ')}.`,
    {
      exit: 'unhealthy',
      suggestions: candidates.map((one) => {
        const { path } = (one.location?.node ?? one.server).file;
        const files = new Set(
          candidates.map((each) => (each.location?.node ?? each.server).file.path),
        );
        return files.size === candidates.length
          ? `Choose it: --file ${path}`
          : `Choose it: --listen ${one.at[0]?.address}`;
      }),
    },
  );
}

function notProxied(candidate: Candidate, { location }: TargetOptions): OpsError {
  return new OpsError(
    'E_NOT_PROXIED',
    `${location} is answered by ${describe(candidate)}, which hands it to no backend by proxy_pass; it was left as it is.`,
    { exit: 'unhealthy', suggestions: ['Look at what it does: om-ops nginx proxy'] },
  );
}

function noServer(
  { conf }: Configuration,
  { serverName, listen, file }: TargetOptions,
  answered: readonly Candidate[],
): OpsError {
  const only = [
    ...(listen === undefined ? [] : [`listens on ${listen}`]),
    ...(file === undefined ? [] : [`stands in ${file}`]),
  ].join(' and ');
  const what = answered.length > 0 ? ' that does more than redirect' : '';
  return new OpsError(
    'E_NO_SERVER',
    `${conf} has no server for ${serverName}${what}${only === '' ? '' : ` which ${only}`}.`,
    {
      exit: 'unhealthy',
      suggestions: [
        'Say which name the site has: nginx.serverName in the site profile.',
        'List what there is: om-ops nginx proxy',
      ],
    },
  );
}
