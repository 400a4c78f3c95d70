import { OpsError } from '@om-ops/kit';

/** @throws OpsError E_EMPTY_MESSAGE (exit 2) */
export function assertMessage(message: string | undefined): void {
  if (message === undefined || message.trim() !== '') return;
  throw new OpsError('E_EMPTY_MESSAGE', 'The message is empty.', {
    exit: 'usage',
    suggestions: ['Leave --message out for the usual one.'],
  });
}
