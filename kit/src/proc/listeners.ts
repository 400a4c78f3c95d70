import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { processIds } from './processes.ts';

/** Something that waits for connections on this machine. */
export interface Listener {
  protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'unix';
  /** `127.0.0.1`, `::`; the path of a unix socket, `@name` of an abstract one. */
  address: string;
  /** Null for unix sockets. */
  port: number | null;
  /** Who holds it: several after a fork. Empty when whoever looks may not see it. */
  pids: number[];
}

/** All listeners that may be seen: whose they are, of other users' processes only as root. */
export function listeners(): Listener[] {
  const found = new Map<string, Listener>();
  for (const protocol of ['tcp', 'tcp6', 'udp', 'udp6'] as const)
    for (const [inode, one] of inetListeners(protocol)) found.set(inode, one);
  for (const [inode, one] of unixListeners()) found.set(inode, one);
  if (found.size > 0) addHolders(found);
  return [...found.values()];
}

/** Those of a TCP port. */
export function portListeners(port: number): Listener[] {
  const found = new Map<string, Listener>();
  for (const protocol of ['tcp', 'tcp6'] as const)
    for (const [inode, one] of inetListeners(protocol))
      if (one.port === port) found.set(inode, one);
  if (found.size > 0) addHolders(found);
  return [...found.values()];
}

function addHolders(found: ReadonlyMap<string, Listener>): void {
  for (const pid of processIds()) {
    for (const inode of socketsOf(pid)) {
      const one = found.get(inode);
      if (one !== undefined && !one.pids.includes(pid)) one.pids.push(pid);
    }
  }
}

function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** TCP's state for listening; of UDP, 07 and no peer. */
const listening = { tcp: '0A', tcp6: '0A', udp: '07', udp6: '07' };

function* inetListeners(
  protocol: keyof typeof listening,
): Generator<readonly [inode: string, Listener]> {
  for (const line of textOf(`/proc/net/${protocol}`).split('\n').slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (local === undefined || inode === undefined || state !== listening[protocol]) continue;
    const [address = '', port = ''] = local.split(':');
    yield [
      inode,
      { protocol, address: addressOf(address), port: Number.parseInt(port, 16), pids: [] },
    ];
  }
}

/** Accepting sockets have the flag 00010000. */
function* unixListeners(): Generator<readonly [inode: string, Listener]> {
  for (const line of textOf('/proc/net/unix').split('\n').slice(1)) {
    const [, , , flags, , , inode, ...path] = line.trim().split(/ +/);
    if (flags !== '00010000' || inode === undefined || path.length === 0) continue;
    yield [inode, { protocol: 'unix', address: path.join(' '), port: null, pids: [] }];
  }
}

/** The kernel prints each word of four bytes in the order of this machine: backwards. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).reverse(),
  );
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16),
  ).join(':');
  // As the URL standard shortens it.
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
