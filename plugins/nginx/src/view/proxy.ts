import { formatFacts, formatTable, printable } from '@om-ops/kit/text';
import type { ProxyResult } from '../proxy.ts';
import type { Route } from '../routing/route.ts';

/** What becomes of a path, or where all the paths go. */
export function proxyText({ serverName, path, routes, servers }: ProxyResult): string {
  if (servers.length === 0) return `There is no server at all for ${serverName}.`;
  if (path !== null) return routes.map(routeText).join('\n\n');
  if (routes.length === 0) return `No location for ${serverName} hands requests on.`;
  const table = formatTable<Route>(
    [
      { head: 'LOCATION', cell: ({ location }) => location ?? '' },
      { head: 'GOES TO', cell: goesTo },
      { head: 'LISTEN', cell: ({ listen }) => listen.join(', ') },
      { head: 'BODY', cell: (route) => setting(route, 'client_max_body_size') },
      { head: 'READ', cell: (route) => setting(route, 'proxy_read_timeout') },
      { head: 'FROM', cell: ({ from }) => from },
    ],
    routes,
  );
  return `${table}\n\nWhat one of them does: om-ops nginx proxy --path PATH`;
}

function setting({ settings }: Route, name: string): string {
  return settings.find((one) => one.name === name)?.value ?? '';
}

function goesTo({ does, target, backend, upstream }: Route): string {
  if (does === 'proxy' && upstream !== null) return `${backend} (${upstream.servers.join(', ')})`;
  return does === 'proxy' ? `${backend}` : `${does} ${target ?? ''}`.trim();
}

const deeds: Readonly<Record<Route['does'], string>> = {
  proxy: 'asks',
  redirect: 'redirects to',
  return: 'answers by itself',
  other: 'hands on to',
  files: 'serves files',
  refuse: 'refuses it',
};

function routeText(route: Route): string {
  const { path, listen, server, serverNames, location, from, does, target, upstream } = route;
  const facts: [string, string][] = [
    ['path', path],
    ['listens on', listen.join(', ')],
    ['server', `${serverNames.join(' ') || 'without a name'} (${server})`],
    ['location', location === null ? `none: the server itself (${from})` : `${location} (${from})`],
    ['does', `${deeds[does]}${target === null ? '' : ` ${target}`}`],
    ...(upstream === null
      ? []
      : [
          ['upstream', `${upstream.name}: ${upstream.servers.join(', ')} (${upstream.from})`] as [
            string,
            string,
          ],
        ]),
  ];
  const inherited = [
    ...route.settings,
    ...route.headers.map((one) => ({ ...one, name: `header ${one.name}` })),
  ];
  const settings = inherited.map(
    ({ name, value, from: place }) =>
      [name, `${value === '' ? '(not sent)' : value}  (${place ?? 'default of nginx'})`] as const,
  );
  const notes = route.notes.map((note) => `Note: ${printable(note)}`);
  return [
    formatFacts(facts),
    ...(settings.length > 0 ? [formatFacts(settings)] : []),
    ...notes,
  ].join('\n');
}
