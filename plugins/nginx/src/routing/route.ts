import { type Configuration, type Node, named, placeOf } from '../config/configuration.ts';
import { type Action, contentOf, errorPageNotes, nothing } from './content.ts';
import { type Effective, effective, utf8 } from './effective.ts';
import { findLocation, type Location, nameOf, normalPath } from './locations.ts';
import { type Request, requestOf } from './request.ts';
import { possibleRewrites, returned, rewritten } from './rewriting.ts';
import type { Answering } from './servers.ts';

/** A group of servers that requests are handed to. */
export interface Upstream {
  name: string;
  servers: readonly string[];
  from: string;
}

/** What becomes of a path at one address. */
export interface Route {
  /** As it was asked, or the location's own. */
  path: string;
  /** The addresses where it is so. */
  listen: readonly string[];
  server: string;
  serverNames: readonly string[];
  /** As it is written: `^~ /api/`; null: the server's own directives answer. */
  location: string | null;
  from: string;
  does: 'proxy' | 'redirect' | 'return' | 'other' | 'files' | 'refuse';
  /** The address that is asked, for this path; variables that only nginx knows stand as they are written. */
  target: string | null;
  /** What `proxy_pass` says. */
  backend: string | null;
  upstream: Upstream | null;
  settings: readonly Effective[];
  headers: readonly Effective[];
  /** Sentences. */
  notes: readonly string[];
}

/** What nginx does with a path that a browser asks for at one address. */
export function routeOf(
  configuration: Configuration,
  at: Answering,
  path: string,
  serverName: string,
): Route {
  const { node } = at.server;
  const head = {
    path,
    listen: [at.address],
    server: placeOf(node),
    serverNames: at.server.names.filter((name) => name !== '').map(utf8),
  };
  const merges = effective(node, 'merge_slashes').value !== 'off';
  const normal = normalPath(path, merges);
  if (normal === undefined) return { ...head, ...ownAnswer(node, 'refuse', 'nginx answers 400.') };
  const asked = Buffer.from(path, 'utf8').toString('latin1');
  const first = rewritten(node, requestOf(at, serverName, { path: normal, asked }));
  const { answer, change, notes } = first;
  if (answer !== undefined)
    return {
      ...head,
      ...nothing,
      location: null,
      from: placeOf(answer.from),
      does: answer.does,
      target: answer.target,
      notes: [...notes, ...errorPageNotes(answer.from.parent ?? node, answer.status)],
    };
  if (change === 'unknown') return { ...head, ...ownAnswer(node, 'other'), notes };
  const found = throughLocations(configuration, node, first.request, change !== 'none');
  return { ...head, ...found, notes: [...notes, ...found.notes] };
}

type Answered = Action & Pick<Route, 'location' | 'from'>;

/** As nginx does, which gives up then. */
const mostRounds = 10;

/** Location by location, as long as one sends the request to another. */
function throughLocations(
  configuration: Configuration,
  server: Node,
  begin: Request,
  isChanged: boolean,
): Answered {
  const notes: string[] = [];
  let request = begin;
  for (let round = 0; round <= mostRounds; round += 1) {
    const isInside = isChanged || round > 0;
    const found = findLocation(server, request.path);
    notes.push(
      ...found.regexes.map(
        (one) =>
          `${nameOf(one)} (${placeOf(one.node)}) is a regular expression om-ops cannot try; it may match first.`,
      ),
    );
    if (found.kind === 'server') {
      const own = contentOf(configuration, undefined, server, undefined);
      return { ...own, location: null, from: placeOf(server), notes: [...notes, ...own.notes] };
    }
    const { location } = found;
    const where = { location: nameOf(location), from: placeOf(location.node) };
    if (found.kind === 'slash') {
      const target = utf8(location.path);
      const said = `nginx answers 301 to ${target}.`;
      return { ...nothing, ...where, does: 'redirect', target, notes: [said, ...notes] };
    }
    if (!isInside && named(location.node.children, 'internal').length > 0)
      return { ...nothing, ...where, does: 'refuse', notes: [...notes, internalText(location)] };
    const run = rewritten(location.node, request);
    notes.push(...run.notes);
    const { answer } = run;
    if (answer !== undefined) {
      const instead = errorPageNotes(answer.from.parent ?? location.node, answer.status);
      const { does, target } = answer;
      return { ...nothing, ...where, does, target, notes: [...notes, ...instead] };
    }
    if (run.change === 'unknown') return { ...nothing, ...where, does: 'other', notes };
    request = run.request;
    if (run.change === 'last') continue;
    const isBroken = run.change === 'break';
    const arrived = { request, isInside: isInside || isBroken, isBroken };
    const content = contentOf(configuration, location, run.inForce ?? location.node, arrived);
    return { ...content, ...where, notes: [...notes, ...content.notes] };
  }
  return {
    ...nothing,
    location: null,
    from: placeOf(server),
    does: 'refuse',
    notes: [...notes, 'The path is rewritten in a circle: nginx answers 500.'],
  };
}

function ownAnswer(node: Node, does: Route['does'], ...notes: string[]): Answered {
  return { ...nothing, location: null, from: placeOf(node), does, notes };
}

function internalText({ node }: Location): string {
  const [internal] = named(node.children, 'internal');
  return `It is for nginx itself (internal${internal === undefined ? '' : ` at ${placeOf(internal)}`}): a browser is answered 404.`;
}

/** What a location does with the paths that it answers, whichever they are. */
export function actionOf(configuration: Configuration, location: Location): Action {
  const { node } = location;
  const notes = [
    ...(named(node.children, 'internal').length > 0 ? [internalText(location)] : []),
    ...possibleRewrites(node),
  ];
  const [early] = named(node.children, 'return');
  if (early !== undefined) {
    const { does, target } = returned(early);
    return { ...nothing, does, target, notes };
  }
  const action = contentOf(configuration, location, node, undefined);
  return { ...action, notes: [...notes, ...action.notes] };
}
