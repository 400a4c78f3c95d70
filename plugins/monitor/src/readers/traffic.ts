import { kernelText, type Machine } from './machine.ts';

/** What went through since the machine was started. */
export interface Traffic {
  /** `net.eth0`, `disk.sda`. */
  name: string;
  /** Bytes received, or read. */
  in: number;
  /** Bytes sent, or written. */
  out: number;
}

/** Of the network's interfaces; without the loopback, and what is a part of another or leads into a container. */
export function readNetwork({ proc }: Machine): Traffic[] {
  return (kernelText(proc, 'net/dev') ?? '').split('\n').flatMap((line) => {
    const match = /^\s*([^:\s]+):\s*(.*)$/.exec(line);
    if (
      match === null ||
      /^(?:lo|ifb|dummy|veth|docker|br-|virbr|tun|tap|cali|flannel|cni)/.test(match[1]!)
    )
      return [];
    const fields = match[2]!.trim().split(/\s+/).map(Number);
    return [{ name: `net.${match[1]}`, in: fields[0] ?? 0, out: fields[8] ?? 0 }];
  });
}

const sectorBytes = 512;

/** Of whole disks: what goes through a partition goes through its disk too. */
export function readDiskTraffic({ proc, sys }: Machine): Traffic[] {
  return (kernelText(proc, 'diskstats') ?? '').split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const name = fields[2];
    if (name === undefined || /^(?:loop|ram|zram|sr|fd|dm-|md)/.test(name)) return [];
    if (kernelText(sys, 'block', name.replaceAll('/', '!'), 'size') === null) return [];
    const [read, written] = [Number(fields[5]), Number(fields[9])];
    return [{ name: `disk.${name}`, in: read * sectorBytes, out: written * sectorBytes }];
  });
}
