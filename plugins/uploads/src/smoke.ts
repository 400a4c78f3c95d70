import { type Progress, probe } from '@om-ops/kit';

export interface SmokeResult {
  url: string;
  method: 'GET' | 'HEAD';
  /** Null when nothing answered. */
  status: number | null;
  ms: number;
  /** Whether the application answers at this address. */
  reachable: boolean;
  /** A sentence. */
  message: string;
}

/** Asks whether the upload address is there. Reads only: HEAD, and GET where HEAD is not known. */
export async function smoke(url: string, { signal }: Progress): Promise<SmokeResult> {
  const head = await probe({ url, method: 'HEAD' }, { signal, timeoutMs: 10_000 });
  const asksAgain = head.ok && (head.status === 405 || head.status === 501 || head.status === 404);
  const method = asksAgain ? 'GET' : 'HEAD';
  const answer = asksAgain ? await probe({ url, method }, { signal, timeoutMs: 10_000 }) : head;
  const common = { url, method, ms: answer.ms } as const;
  if (!answer.ok) {
    const message = `${url} does not answer: ${answer.message}.`;
    return { ...common, status: null, reachable: false, message };
  }
  const { status } = answer;
  return { ...common, status, ...verdict(url, status, answer.headers.location) };
}

function verdict(
  url: string,
  status: number,
  location: string | undefined,
): { reachable: boolean; message: string } {
  if (status >= 500)
    return { reachable: false, message: `${url} answers ${status}: it is broken.` };
  if (status === 404)
    return {
      reachable: false,
      message: `${url} answers 404: the application knows no such address.`,
    };
  if (status === 401 || status === 403)
    return { reachable: true, message: `${url} is there, and wants a login (${status}).` };
  if (status === 405)
    return { reachable: true, message: `${url} is there, and takes no reading (405).` };
  if (status >= 400)
    return {
      reachable: true,
      message: `${url} is there, and answers ${status} to a plain request.`,
    };
  if (status >= 300)
    return {
      reachable: true,
      message: `${url} is there, and leads to ${location ?? 'elsewhere'} (${status}).`,
    };
  return { reachable: true, message: `${url} is there (${status}).` };
}
