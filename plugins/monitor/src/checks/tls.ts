import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type CheckAnswer, messageOf, probe, type Site, systemCode } from '@om-ops/kit';
import { msOf } from '../site/amounts.ts';
import type { TlsTarget } from '../site/checks.ts';
import type { HealthThresholds } from '../site/health.ts';
import { serviceMs } from './http.ts';
import { judged, levelOf, ownCheck, type WatchedCheck, worstOf } from './watched-check.ts';

const day = 86_400_000;

export interface TlsOptions {
  site: Pick<Site, 'below'>;
  tags: readonly string[];
  after: readonly string[];
  runbook?: string | undefined;
  certificate: HealthThresholds['certificate'];
  source: string;
}

/** The certificate that a server shows: its time, its name, and whether it is the one on the disk. */
export function tlsCheck(
  name: string,
  target: TlsTarget,
  { site, tags, after, runbook = 'certificate', certificate, source }: TlsOptions,
): WatchedCheck {
  const limitMs = msOf(target.timeout ?? `${serviceMs}ms`);
  const limits = {
    warning: target.warnDays ?? msOf(certificate.warning) / day,
    critical: Math.min(
      msOf(certificate.critical) / day,
      target.warnDays ?? Number.POSITIVE_INFINITY,
    ),
    when: 'below',
  } as const;
  return ownCheck(`tls:${name}`, {
    title: `The certificate of ${name}`,
    reads: `The certificate that ${target.host}:${target.port ?? 443} shows${target.file === undefined ? '' : `, and ${target.file}`}.`,
    kind: 'gauge',
    samples: 1,
    tags: ['tls', 'certificate', ...tags],
    after,
    runbook,
    source,
    timeoutMs: limitMs + 1000,
    run: async (signal) => {
      const { host, port = 443, connect } = target;
      const where = `${host}:${port}`;
      const answer = await probe(
        {
          url: `https://${host.includes(':') ? `[${host}]` : host}:${port}/`,
          method: 'HEAD',
          bodyBytes: 0,
          insecure: true,
          ...(connect === undefined ? {} : { connect: { host: connect, port } }),
        },
        { timeoutMs: limitMs, signal },
      );
      const { tls } = answer;
      // Without one nothing can be said of it: whether the server is there is another check's to say.
      if (tls === undefined)
        throw new Error(answer.ok ? `${where} showed none` : `${where}: ${answer.message}`);
      const onDisk =
        target.file === undefined ? undefined : await fingerprintOf(site.below(target.file));
      return tlsAnswer(where, tls, limits, onDisk);
    },
  });
}

type OnDisk = { fingerprint: string } | { problem: string };

function tlsAnswer(
  where: string,
  tls: { problem: string | null; daysLeft: number; validTo: string; fingerprint: string },
  limits: { warning: number; critical: number; when: 'below' },
  onDisk: OnDisk | undefined,
): CheckAnswer {
  const until = `is valid to ${tls.validTo.slice(0, 10)}, for ${tls.daysLeft} d`;
  const differs =
    onDisk !== undefined && 'fingerprint' in onDisk && onDisk.fingerprint !== tls.fingerprint;
  const notes = [
    ...(tls.problem === null ? [] : [tls.problem]),
    ...(differs
      ? ['another certificate lies on the disk: it was renewed, and the server has not read it yet']
      : []),
    ...(onDisk !== undefined && 'problem' in onDisk
      ? [`the one on the disk could not be compared: ${onDisk.problem}`]
      : []),
  ];
  const state = worstOf([
    levelOf(tls.daysLeft, limits),
    tls.problem === null ? 'healthy' : 'critical',
    differs ? 'warning' : 'healthy',
    onDisk !== undefined && 'problem' in onDisk ? 'unknown' : 'healthy',
  ]);
  return {
    state,
    message: `The certificate of ${where} ${until}${notes.length === 0 ? '' : `; ${notes.join('; ')}`}.`,
    metrics: [judged('Certificate', tls.daysLeft, 'days', limits)],
  };
}

async function fingerprintOf(path: string): Promise<OnDisk> {
  try {
    return { fingerprint: new X509Certificate(await readFile(path)).fingerprint256 };
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return { problem: `${path} does not exist` };
    return {
      problem: code === 'EACCES' ? `${path} may not be read by this user` : messageOf(error),
    };
  }
}
