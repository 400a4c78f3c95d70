import { z } from '@om-ops/kit/site';

const milliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

const bytes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const duration = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d|w|y)$/;
const size = /^(\d+(?:\.\d+)?)\s*(B|[kKMGT]B|[KMGT]iB)$/;

/** How a length of time is written in the profile. */
export const durationSchema = z
  .string()
  .regex(duration, 'expected a length of time with its unit, as 30s, 10m, 26h or 7d')
  .refine((text) => Number.parseFloat(text) > 0, 'expected a length of time above 0');

/** How an amount of bytes is written in the profile. */
export const sizeSchema = z
  .string()
  .regex(size, 'expected an amount with its unit, as 500MB, 20GB or 1.5TiB');

/** @param text as {@link durationSchema} takes it */
export function msOf(text: string): number {
  const match = duration.exec(text);
  return Number(match?.[1]) * (milliseconds[match?.[2] ?? ''] ?? Number.NaN);
}

/** @param text as {@link sizeSchema} takes it */
export function bytesOf(text: string): number {
  const match = size.exec(text);
  return Number(match?.[1]) * (bytes[match?.[2] ?? ''] ?? Number.NaN);
}
