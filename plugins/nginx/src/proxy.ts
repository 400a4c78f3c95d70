import { OpsError } from '@om-ops/kit';
import { placeOf, readConfiguration } from './config/configuration.ts';
import { utf8 } from './routing/effective.ts';
import { allLocations, nameOf, passOf } from './routing/locations.ts';
import { actionOf, type Route, routeOf } from './routing/route.ts';
import {
  type Answering,
  type Duplicate,
  duplicatesOf,
  duplicateText,
  serversOf,
  siteAnswering,
} from './routing/servers.ts';

export interface ProxyResult {
  conf: string;
  serverName: string;
  /** The path that was asked; null: all locations that proxy. */
  path: string | null;
  /** Who answers for the name, at each address. */
  servers: readonly { listen: string; server: string; names: readonly string[]; byName: boolean }[];
  routes: readonly Route[];
  duplicates: readonly Duplicate[];
  warnings: readonly string[];
}

/** @throws OpsError of {@link readConfiguration}; E_BAD_PATH (exit 2) */
export function proxyOf(
  conf: string,
  { serverName, path }: { serverName: string; path: string | undefined },
): ProxyResult {
  if (path !== undefined && !path.startsWith('/'))
    throw new OpsError('E_BAD_PATH', `${path} is no path: it has to begin with a slash.`, {
      exit: 'usage',
      suggestions: [`Give it as a browser asks for it: --path /${path}`],
    });
  const configuration = readConfiguration(conf);
  const servers = serversOf(configuration);
  const shown = siteAnswering(servers, serverName);
  const duplicates = duplicatesOf(servers);
  const warnings = [
    ...(shown.length > 0 && !shown.some((one) => one.byName)
      ? [`No server is named ${serverName}; these answer for names nobody has.`]
      : []),
    ...duplicates.map(duplicateText),
  ];
  const routes =
    path === undefined
      ? shown.flatMap((at) => proxying(configuration, at))
      : shown.map((at) => routeOf(configuration, at, path, serverName));
  return {
    conf,
    serverName,
    path: path ?? null,
    servers: shown.map(({ server, address, byName: isNamed }) => ({
      listen: address,
      server: placeOf(server.node),
      names: server.names.filter((name) => name !== '').map(utf8),
      byName: isNamed,
    })),
    routes: joined(routes),
    duplicates,
    warnings,
  };
}

function proxying(configuration: ReturnType<typeof readConfiguration>, at: Answering): Route[] {
  return allLocations(at.server.node.children)
    .filter(({ node }) => passOf(node) !== undefined)
    .map((location) => ({
      path: utf8(location.path),
      listen: [at.address],
      server: placeOf(at.server.node),
      serverNames: at.server.names.filter((name) => name !== '').map(utf8),
      location: nameOf(location),
      from: placeOf(location.node),
      ...actionOf(configuration, location),
    }));
}

/** The same at several addresses is one. */
function joined(routes: readonly Route[]): Route[] {
  const found = new Map<string, Route>();
  for (const route of routes) {
    const { listen, server: _server, serverNames: _names, ...same } = route;
    const key = JSON.stringify(same);
    const there = found.get(key);
    found.set(
      key,
      there === undefined ? route : { ...there, listen: [...there.listen, ...listen] },
    );
  }
  return [...found.values()];
}
