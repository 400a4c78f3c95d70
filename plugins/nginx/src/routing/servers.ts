import { type Configuration, type Node, named, placeOf, wordsOf } from '../config/configuration.ts';
import { defaultListen, type Listen, listensOf } from './address.ts';
import { utf8 } from './effective.ts';
import { compiled } from './regex.ts';

/** A `server` block. */
export interface Server {
  node: Node;
  listens: readonly Listen[];
  /** As they are written; one empty name without `server_name`. */
  names: readonly string[];
}

/** A name that is there twice on one address: nginx takes the first and only warns. */
export interface Duplicate {
  name: string;
  address: string;
  used: string;
  ignored: string;
}

/** Every server of the http block, in the order nginx loads them. */
export function serversOf(
  configuration: Configuration,
  isRoot = process.getuid?.() === 0,
): Server[] {
  return named(configuration.main, 'http')
    .flatMap(({ children }) => named(children, 'server'))
    .map((node) => {
      const listens = named(node.children, 'listen').flatMap((one) => listensOf(wordsOf(one)));
      // `ssl on;` was how it was said before nginx 1.15.
      const isSsl = named(node.children, 'ssl').some((one) => wordsOf(one)[0] === 'on');
      const names = named(node.children, 'server_name').flatMap(wordsOf);
      return {
        node,
        listens: (listens.length === 0 ? [defaultListen(isRoot)] : listens).map((one) =>
          isSsl ? { ...one, isSsl } : one,
        ),
        names:
          names.length === 0
            ? ['']
            : names.map((name) => (name.startsWith('~') ? name : name.toLowerCase())),
      };
    });
}

/** All addresses somebody listens on, in the order they appear, with the servers of each. */
export function serversByAddress(servers: readonly Server[]): Map<string, Server[]> {
  const found = new Map<string, Server[]>();
  for (const server of servers)
    for (const { address } of server.listens) {
      const there = found.get(address) ?? [];
      if (!there.includes(server)) there.push(server);
      found.set(address, there);
    }
  return found;
}

export function duplicatesOf(servers: readonly Server[]): Duplicate[] {
  const found: Duplicate[] = [];
  for (const [address, there] of serversByAddress(servers)) {
    const taken = new Map<string, Server>();
    for (const server of there)
      for (const name of server.names) {
        const used = taken.get(name);
        if (name.startsWith('~')) continue;
        if (used === undefined) taken.set(name, server);
        else if (used !== server)
          found.push({ name, address, used: placeOf(used.node), ignored: placeOf(server.node) });
      }
  }
  return found;
}

/** As a sentence. */
export function duplicateText({ name, address, used, ignored }: Duplicate): string {
  const what = name === '' ? 'A server without a name' : utf8(name);
  return `${what} is there twice on ${address}: nginx takes ${used} and ignores ${ignored}.`;
}

export interface Answering {
  server: Server;
  address: string;
  listen: Listen;
  /** Whether it names the host; else it answers because no other does. */
  byName: boolean;
}

/**
 * Which server answers a host on each address: its exact name, the longest name with `*.` in front, the longest
 * with `.*` behind, the first regular expression, and else the default server. Of the same name twice the first
 * that was loaded.
 */
export function answering(servers: readonly Server[], host: string): Answering[] {
  return [...serversByAddress(servers)].map(([address, there]) => {
    const server = byName(there, host.toLowerCase());
    const listenOf = (one: Server) =>
      one.listens.find((listen) => listen.address === address) as Listen;
    const isDefault = (one: Server) =>
      one.listens.some((listen) => listen.address === address && listen.isDefault);
    const found = server ?? there.find(isDefault) ?? (there[0] as Server);
    // Any server of an address can ask for TLS, and then all of it speaks TLS.
    const isSsl = there.some((one) => listenOf(one).isSsl);
    const isProxyProtocol = there.some((one) => listenOf(one).isProxyProtocol);
    const listen = { ...listenOf(found), isSsl, isProxyProtocol };
    return { server: found, address, listen, byName: server !== undefined };
  });
}

/** Who answers for the site, at each address that knows its name; without one, whoever does. */
export function siteAnswering(servers: readonly Server[], serverName: string): Answering[] {
  const all = answering(servers, serverName);
  const known = all.filter((one) => one.byName);
  return known.length > 0 ? known : all;
}

function byName(servers: readonly Server[], host: string): Server | undefined {
  const all = servers.flatMap((server) => server.names.map((name) => ({ server, name })));
  const exact = all.find(({ name }) => plainNames(name).includes(host));
  if (exact !== undefined) return exact.server;
  const longest = (fits: (name: string) => boolean) =>
    all
      .filter(({ name }) => fits(name))
      .reduce<(typeof all)[number] | undefined>(
        (best, one) => (best === undefined || one.name.length > best.name.length ? one : best),
        undefined,
      );
  const before = longest((name) => {
    const tail = name.startsWith('*.') ? name.slice(1) : name.startsWith('.') ? name : undefined;
    return tail !== undefined && host.endsWith(tail) && host.length > tail.length;
  });
  if (before !== undefined) return before.server;
  const behind = longest((name) => name.endsWith('.*') && host.startsWith(name.slice(0, -1)));
  if (behind !== undefined) return behind.server;
  return all.find(
    ({ name }) => name.startsWith('~') && compiled(name.slice(1), /[A-Z]/.test(name))?.test(host),
  )?.server;
}

/** `.example.com` is `example.com` as well. */
function plainNames(name: string): string[] {
  if (name.startsWith('~') || name.startsWith('*.') || name.endsWith('.*')) return [];
  return name.startsWith('.') ? [name.slice(1)] : [name];
}
