import type { Check, Of, Site } from '@om-ops/kit';
import type { Readings } from '../pass/readings.ts';
import type { Machine } from '../readers/machine.ts';
import { msOf } from '../site/amounts.ts';
import type { NamedCheck } from '../site/checks.ts';
import type { HealthSection, HealthThresholds } from '../site/health.ts';
import { backendCheck } from './backend.ts';
import { commandCheck } from './command.ts';
import { diskChecks } from './disks.ts';
import { dnsCheck } from './dns.ts';
import { freshnessCheck } from './freshness.ts';
import { hostChecks } from './host.ts';
import { httpCheck } from './http.ts';
import { ProcessTable, processCheck } from './processes.ts';
import { tcpCheck } from './tcp.ts';
import { tlsCheck } from './tls.ts';
import { judgedAnew, type WatchedCheck } from './watched-check.ts';

export interface AllChecksOptions {
  site: Site;
  health: HealthSection;
  machine: Machine;
  /** Of the passes before. */
  readings: readonly Readings[];
  /** Those of every plugin. */
  ofPlugins: readonly Of<Check>[];
}

/** Where a value of the profile comes from, shortly: `om-ops.yaml:12`. */
function placeOf(site: Site, path: readonly string[]): string {
  const source = site.sourceOf(path);
  return source.slice(source.lastIndexOf('/') + 1);
}

/** Everything that can be looked at: the machine, the site's services, what the profile names, and what plugins know. */
export function allChecks(options: AllChecksOptions): WatchedCheck[] {
  const { site, health, machine, readings, ofPlugins } = options;
  const { thresholds } = health;
  const sourceOf = (name: keyof HealthThresholds) => placeOf(site, ['health', 'thresholds', name]);
  const plugins = ofPlugins.map((one) => rejudged(pluginCheck(one), thresholds, sourceOf));
  const manager = plugins.filter(({ id }) => ['pm2.app', 'service.backend'].includes(id));
  const after = manager.map(({ id }) => id);
  return [
    ...hostChecks({ machine, thresholds, readings, sourceOf }),
    ...diskChecks({ state: site.state, machine, thresholds, mounts: health.mounts, sourceOf }),
    backendCheck(site, { response: thresholds.response, source: sourceOf('response'), after }),
    ...profileChecks(options, sourceOf),
    ...plugins,
  ];
}

function pluginCheck({ topic, value }: Of<Check>): WatchedCheck {
  return {
    id: `${topic}.${value.key}`,
    tags: [topic, ...(value.kind === 'service' ? ['service'] : [])],
    source: topic,
    seriesOf: ({ key }) => `${topic}.${key}`,
    check: value,
  };
}

/** What the profile says of a check that a plugin has: it goes before the plugin's own thresholds. */
function rejudged(
  one: WatchedCheck,
  { backupAge, certificate }: HealthThresholds,
  sourceOf: (name: keyof HealthThresholds) => string,
): WatchedCheck {
  if (one.id === 'backup.age') {
    const limits = { ...backupAge, when: 'above' } as const;
    return judgedAnew(one, { metric: 'age', limits, source: sourceOf('backupAge'), alone: true });
  }
  if (one.id === 'nginx.certificate') {
    const [warning, critical] = [
      msOf(certificate.warning) / dayMs,
      msOf(certificate.critical) / dayMs,
    ];
    const limits = { warning, critical, when: 'below' } as const;
    return judgedAnew(one, { metric: 'certificate-days', limits, source: sourceOf('certificate') });
  }
  return one;
}

const dayMs = 86_400_000;

function profileChecks(
  { site, health, machine }: AllChecksOptions,
  sourceOf: (name: keyof HealthThresholds) => string,
): WatchedCheck[] {
  const table = new ProcessTable(machine);
  const { response, certificate } = health.thresholds;
  const shared = { site, machine, table, response, certificate };
  const make = (name: string, check: NamedCheck): WatchedCheck[] =>
    made(name, check, { ...shared, source: placeOf(site, ['health', 'checks', name]), sourceOf });
  return [
    ...health.http.flatMap(({ name, tags, ...http }) => make(name, { http, tags })),
    ...health.tcp.flatMap(({ name, tags, ...tcp }) => make(name, { tcp, tags })),
    ...health.processes.flatMap(({ name, tags, ...process }) => make(name, { process, tags })),
    ...Object.entries(health.checks).flatMap(([name, check]) => make(name, check)),
  ];
}

interface Shared extends Pick<HealthThresholds, 'response' | 'certificate'> {
  site: Site;
  machine: Machine;
  table: ProcessTable;
  source: string;
  sourceOf(name: keyof HealthThresholds): string;
}

function made(name: string, check: NamedCheck, shared: Shared): WatchedCheck[] {
  const {
    http,
    tcp,
    tls,
    dns,
    freshness,
    command,
    process,
    tags = [],
    after = [],
    runbook,
  } = check;
  const { site, machine, table, response, certificate, source, sourceOf } = shared;
  const common = { tags, after, runbook };
  if (http !== undefined)
    return [
      httpCheck(name, http, { ...common, response, source: sourceOf('response') }),
      ...servedCertificate(name, http.url, {
        ...common,
        site,
        certificate,
        source: sourceOf('certificate'),
      }),
    ];
  if (tcp !== undefined) return [tcpCheck(name, tcp, common)];
  if (tls !== undefined)
    return [tlsCheck(name, tls, { ...common, site, certificate, source: sourceOf('certificate') })];
  if (dns !== undefined) return [dnsCheck(name, dns, common)];
  if (freshness !== undefined)
    return [freshnessCheck(name, freshness, { ...common, site, machine, source })];
  if (command !== undefined) return [commandCheck(name, command, { ...common, site })];
  if (process !== undefined) return [processCheck(name, process, { ...common, table })];
  return [];
}

/** Who asks an address by https wants to know of its certificate before the address fails of it. */
function servedCertificate(
  name: string,
  address: string,
  options: Omit<Parameters<typeof tlsCheck>[2], 'runbook'>,
): WatchedCheck[] {
  const url = new URL(address);
  if (url.protocol !== 'https:') return [];
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return [tlsCheck(name, { host, port: url.port === '' ? 443 : Number(url.port) }, options)];
}
