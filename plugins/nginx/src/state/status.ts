import { existsSync } from 'node:fs';
import { isoWithOffset } from '@om-ops/kit';
import { readConfiguration } from '../config/configuration.ts';
import { serversOf, siteAnswering } from '../routing/servers.ts';
import { type Answer, answers } from '../running/answers.ts';
import { nginxHere } from '../running/running.ts';
import { type Certificate, certificatesOf } from './certificates.ts';
import { configurationFindings, type Finding, runningFindings } from './findings.ts';

export interface NginxStatus {
  version: string;
  bin: string;
  conf: string;
  /** How many files the configuration is made of. */
  files: number;
  running: boolean;
  master: { pid: number; startedAt: string } | null;
  workers: readonly { pid: number; startedAt: string; leaving: boolean }[];
  /** Whether systemd runs here, and so may start and stop it. */
  systemd: boolean;
  /** What the site answers through each of its addresses. */
  answers: readonly Answer[];
  certificates: readonly Certificate[];
  findings: readonly Finding[];
}

export interface StatusOptions {
  bin: string;
  conf: string;
  serverName: string;
  /** What is asked. */
  asked: string;
}

/** @throws OpsError E_PROGRAM_MISSING (exit 5); those of {@link readConfiguration} */
export async function nginxStatus(
  options: StatusOptions,
  signal: AbortSignal,
  now = new Date(),
): Promise<NginxStatus> {
  const configuration = readConfiguration(options.conf);
  const { program, built, owned, master } = await nginxHere(options.bin, configuration, signal);
  const asked = siteAnswering(serversOf(configuration), options.serverName);
  const certificates = certificatesOf(
    configuration,
    asked.map(({ server }) => server),
    now,
  );
  const said =
    master === undefined
      ? []
      : await answers(asked, { serverName: options.serverName, path: options.asked }, signal);
  return {
    version: built.version,
    bin: program.need(),
    conf: options.conf,
    files: configuration.files.length,
    running: master !== undefined,
    master:
      master === undefined
        ? null
        : { pid: master.pid, startedAt: isoWithOffset(new Date(master.startedMs)) },
    workers: (master?.workers ?? []).map(({ pid, startedMs, isLeaving }) => ({
      pid,
      startedAt: isoWithOffset(new Date(startedMs)),
      leaving: isLeaving,
    })),
    systemd: existsSync('/run/systemd/system'),
    answers: said,
    certificates,
    findings: [
      ...runningFindings(configuration, master, owned.pidFile),
      ...configurationFindings(configuration),
      ...certificateFindings(certificates, said),
    ],
  };
}

/** Renewed some 30 days before; below that somebody has to look. */
const warningDays = 14;
const criticalDays = 3;

export function certificateFindings(
  certificates: readonly Certificate[],
  said: readonly Answer[],
): Finding[] {
  const onDisk = certificates.flatMap(({ path, daysLeft, problem, isForbidden }): Finding[] => {
    if (isForbidden) return [];
    if (daysLeft === null)
      return [
        {
          kind: 'certificate',
          state: 'warning',
          message: `The certificate ${path} cannot be read: ${problem}.`,
          file: path,
        },
      ];
    if (daysLeft >= warningDays) return [];
    const message =
      daysLeft < 0
        ? `The certificate ${path} has expired.`
        : `The certificate ${path} expires in ${daysLeft} d.`;
    return [
      {
        kind: 'certificate',
        state: daysLeft < criticalDays ? 'critical' : 'warning',
        message,
        file: path,
      },
    ];
  });
  const served = said.flatMap(({ url, certificate }): Finding[] => {
    if (certificate === undefined) return [];
    const renewed = certificates.some(({ daysLeft }) => (daysLeft ?? 0) > certificate.daysLeft);
    // The usual way certificates die: renewed on the disk, and nobody told nginx.
    const isUnread =
      renewed &&
      certificates.every(
        ({ fingerprint }) => fingerprint !== null && fingerprint !== certificate.fingerprint,
      );
    if (certificate.daysLeft >= warningDays)
      return isUnread
        ? [
            {
              kind: 'certificate',
              state: 'warning',
              message: `${url} shows a certificate of ${certificate.daysLeft} d; a newer one is on the disk, and nginx has not read it.`,
              file: null,
            },
          ]
        : [];
    return [
      {
        kind: 'certificate',
        state: certificate.daysLeft < criticalDays ? 'critical' : 'warning',
        message: `${url} shows a certificate that ${certificate.daysLeft < 0 ? 'has expired' : `expires in ${certificate.daysLeft} d`}${renewed ? '; a newer one is on the disk, and nginx has not read it' : ''}.`,
        file: null,
      },
    ];
  });
  return [...onDisk, ...served];
}
