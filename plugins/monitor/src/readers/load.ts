import { kernelText, type Machine, neededText } from './machine.ts';

/** How many processes ran or waited, on the average of the last 1, 5 and 15 minutes. */
export interface Load {
  one: number;
  five: number;
  fifteen: number;
}

export function readLoad({ proc }: Machine): Load {
  const [one = Number.NaN, five = Number.NaN, fifteen = Number.NaN] = neededText(proc, 'loadavg')
    .split(' ')
    .map(Number);
  if (Number.isNaN(fifteen)) throw new Error(`${proc}/loadavg cannot be understood`);
  return { one, five, fifteen };
}

/** The share of the last minute and of the last five in which something waited, in percent. */
export interface Pressure {
  resource: 'cpu' | 'memory' | 'io';
  some60: number;
  some300: number;
  /** When everything waited at once; null where the kernel does not tell. */
  full60: number | null;
}

/** None where the kernel does not measure it. */
export function readPressure({ proc }: Machine): Pressure[] {
  return (['cpu', 'memory', 'io'] as const).flatMap((resource) => {
    const text = kernelText(proc, 'pressure', resource) ?? '';
    const some = /^some .*avg60=([\d.]+) avg300=([\d.]+)/m.exec(text);
    const full = /^full .*avg60=([\d.]+)/m.exec(text);
    if (some === null) return [];
    return [
      {
        resource,
        some60: Number(some[1]),
        some300: Number(some[2]),
        full60: full === null ? null : Number(full[1]),
      },
    ];
  });
}
