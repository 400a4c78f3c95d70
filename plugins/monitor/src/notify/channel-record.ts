import { readFileSync } from 'node:fs';
import { fromSystemError, systemCode, writeFileAtomicSync } from '@om-ops/kit';

/** How sending on a channel went last. Times are ISO 8601 with offset. */
export interface ChannelRecord {
  sentAt: string | null;
  /** Null: the last one was sent. */
  failedAt: string | null;
  /** Without secrets. */
  error: string | null;
  /** The last failure was a refusal for good. */
  refused: boolean;
  /** When another channel was told of that. */
  noticedAt: string | null;
}

export type ChannelRecords = Readonly<Record<string, ChannelRecord>>;

export const noRecord: ChannelRecord = {
  sentAt: null,
  failedAt: null,
  error: null,
  refused: false,
  noticedAt: null,
};

/** None where there is none; what cannot be read as ours is begun anew. @throws OpsError E_PERMISSION, E_IO */
export function readChannelRecords(path: string): ChannelRecords {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as { channels?: ChannelRecords } | null;
    return value?.channels ?? {};
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || code === 'ENOENT') return {};
    throw fromSystemError(error, 'read', path);
  }
}

export function writeChannelRecords(path: string, channels: ChannelRecords): void {
  writeFileAtomicSync(path, `${JSON.stringify({ version: 1, channels }, null, 2)}\n`, {
    sync: false,
  });
}
