/** Where a server listens. */
export interface Listen {
  /** As it is written: `443 ssl`. */
  written: string;
  /** The same for every way to write it: `*:443`, `[::]:80`, `unix:/run/x.sock`. */
  address: string;
  isSsl: boolean;
  isDefault: boolean;
  /** It wants the header of a load balancer first and cannot be asked plainly. */
  isProxyProtocol: boolean;
}

/** What a `listen` directive says. @param words behind its name */
export function listensOf(words: readonly string[]): Listen[] {
  const [where = '', ...flags] = words;
  const rest = {
    written: words.join(' '),
    isSsl: flags.includes('ssl'),
    isDefault: flags.includes('default_server') || flags.includes('default'),
    isProxyProtocol: flags.includes('proxy_protocol'),
  };
  return addressesOf(where).map((address) => ({ ...rest, address }));
}

/** Of a server without `listen`, as root: nginx takes another one for other users. */
export function defaultListen(isRoot: boolean): Listen {
  const port = isRoot ? '80' : '8000';
  return {
    written: port,
    address: `*:${port}`,
    isSsl: false,
    isDefault: false,
    isProxyProtocol: false,
  };
}

/** More than one for a range of ports. */
export function addressesOf(where: string): string[] {
  if (where.startsWith('unix:')) return [where];
  const v6 = /^(\[[^\]]*\])(?::(.+))?$/.exec(where);
  const [host, port] =
    v6 !== null
      ? [(v6[1] as string).toLowerCase(), v6[2] ?? '80']
      : /^\d+(?:-\d+)?$/.test(where)
        ? ['*', where]
        : splitHost(where);
  const [first, last = first] = port.split('-').map(Number) as [number, number?];
  const name = host === '0.0.0.0' || host === '' ? '*' : host.toLowerCase();
  if (!(last - first < 65_536)) return [`${name}:${port}`];
  return Array.from({ length: Math.max(1, last - first + 1) }, (_, at) => `${name}:${first + at}`);
}

function splitHost(where: string): [string, string] {
  const colon = where.lastIndexOf(':');
  return colon === -1 ? [where, '80'] : [where.slice(0, colon), where.slice(colon + 1)];
}

/** Where to connect to be answered by this address from this machine. */
export function connectTo(
  address: string,
): { host: string; port: number } | { socketPath: string } {
  if (address.startsWith('unix:')) return { socketPath: address.slice('unix:'.length) };
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const anywhere: Record<string, string> = { '*': '127.0.0.1', '::': '::1' };
  return { host: anywhere[host] ?? host, port: Number(address.slice(colon + 1)) };
}
