import { type Panel, type PanelContext, Redactor, readHeartbeat, type State } from '@om-ops/kit';
import { formatDuration, plural } from '@om-ops/kit/text';
import { keptAlerts } from './alerts/kept-alerts.ts';
import { type ListedAlert, listedAlerts } from './alerts/open-alerts.ts';
import { assertOwnAlerts } from './alerts/own-site.ts';
import { type ChannelState, channelStates } from './notify/channel-state.ts';
import { Outbox } from './notify/outbox.ts';
import { secretsOf } from './notify/secrets.ts';
import { notifySection } from './site/notify.ts';

const named = 3;

/** The last look, what is open, and whether those who are to be told can be. */
export async function monitorPanel({ site, now }: PanelContext): Promise<Panel> {
  assertOwnAlerts(site);
  const beat = readHeartbeat(site.state, now);
  const { snapshot } = await keptAlerts(site.state, () => undefined);
  const alerts = listedAlerts(snapshot.state);
  const notify = await site.section(notifySection);
  const outbox = new Outbox(site.state, { warn: () => undefined, command: 'om-ops summary run' });
  const channels = channelStates(notify, outbox, secretsOf(site, new Redactor()));
  const bad = channels.filter(isBad);
  const [worst] = alerts;
  return {
    title: 'Health & alerts',
    state: levelOf(beat === null || beat.stale ? null : beat.level, alerts, bad),
    metrics: [
      { key: 'open', label: 'Open alerts', value: alerts.length, unit: 'count', welcome: 'down' },
      {
        key: 'waiting',
        label: 'Messages waiting',
        value: outbox.waiting().length,
        unit: 'count',
        welcome: 'down',
      },
    ],
    facts: [
      {
        label: 'Last look',
        value: beat === null ? 'never' : `${formatDuration(Math.max(0, beat.ageMs))} ago`,
        ...(beat?.stale === false ? {} : { state: 'unknown' as const }),
      },
      {
        label: 'Told on',
        value: channels.length === 0 ? 'no channel' : channels.map(({ name }) => name).join(', '),
        ...(bad.length === 0 ? {} : { state: 'warning' as const }),
      },
    ],
    notes: [
      ...(beat === null ? ['Nobody has looked at the site yet: om-ops health check'] : []),
      ...(beat?.stale === true ? ['Nobody has looked for long: om-ops schedule check'] : []),
      ...alerts.slice(0, named).map(({ text }) => text),
      ...(alerts.length > named
        ? [`${plural(alerts.length - named, 'more alert')}: om-ops alert list`]
        : []),
      ...bad.map(channelNote),
    ],
    ...(worst === undefined
      ? {}
      : {
          since: worst.since,
          command: worst.command ?? `om-ops alert show ${worst.id}`,
          ...(worst.runbook === null ? {} : { runbook: worst.runbook }),
        }),
  };
}

function isBad({ state, missing }: ChannelState): boolean {
  return state === 'refused' || state === 'failing' || missing.length > 0;
}

export function channelNote({ name, state, missing, error }: ChannelState): string {
  if (missing.length > 0)
    return `The channel ${name} cannot be used: ${missing.join(', ')} is in no env file.`;
  const verb = state === 'refused' ? 'takes no messages' : 'could not be told';
  return `The channel ${name} ${verb}: ${error}. See: om-ops notify outbox --failed`;
}

/** What nobody has looked at for long is unknown, unless something worse is open. */
function levelOf(
  seen: State | null,
  alerts: readonly ListedAlert[],
  bad: readonly ChannelState[],
): State {
  if (alerts.some(({ level }) => level === 'critical') || seen === 'critical') return 'critical';
  if (seen === null || seen === 'unknown') return 'unknown';
  return alerts.length > 0 || bad.length > 0 || seen === 'warning' ? 'warning' : 'healthy';
}
