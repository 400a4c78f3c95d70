import { randomInt } from 'node:crypto';
import { OpsError } from '@om-ops/kit';
import type { History, Request } from './ledger/history.ts';

const letters = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A new name for a planned run, short enough to type: `m-k3f9a`. */
export function newRequestId(history: History): string {
  const taken = new Set(history.requests.map(({ id }) => id));
  for (;;) {
    const id = `m-${Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')}`;
    if (!taken.has(id)) return id;
  }
}

/** The planned run of an ID; undefined when the text is none. */
export function findRequest(history: History, id: string): Request | undefined {
  return history.requests.find((request) => request.id === id.toLowerCase());
}

/** What became of it. */
export type RequestState = 'planned' | 'cancelled' | 'missed' | 'begun';

export function requestState({ cancelled, missed, run }: Request): RequestState {
  if (run !== null) return 'begun';
  if (cancelled) return 'cancelled';
  return missed === null ? 'planned' : 'missed';
}

/** @throws OpsError E_NO_REQUEST (exit 2), E_NOT_PLANNED (exit 1) for one that has begun or is over */
export function waitingRequest(history: History, id: string): Request {
  const request = findRequest(history, id);
  if (request === undefined) {
    throw new OpsError('E_NO_REQUEST', `No run was planned under the ID \`${id}\`.`, {
      exit: 'usage',
      suggestions: ['See which are planned: om-ops maintain status'],
    });
  }
  const state = requestState(request);
  if (state === 'planned') return request;
  throw new OpsError('E_NOT_PLANNED', `${id} is not waiting any more: it is ${state}.`, {
    suggestions: [`See what became of it: om-ops maintain show ${id}`],
  });
}
