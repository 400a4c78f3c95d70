import { noteOf, type OpenAlert } from '@om-ops/kit';
import { rankOf } from './level.ts';
import type { AttentionItem, SummaryPanel, Watch } from './summary.ts';

export interface Needing {
  panels: readonly SummaryPanel[];
  alerts: readonly OpenAlert[];
  watch: Watch | null;
}

/**
 * What needs somebody, the worst first: open alerts, then the parts that are not well and that no alert
 * tells of, and a watch that has fallen asleep. What is held by another alert, or silenced, needs nobody.
 */
export function attentionOf({ panels, alerts, watch }: Needing): AttentionItem[] {
  const told = alerts.filter(({ heldBy, silencedUntil }) => heldBy === null && !silencedUntil);
  const parts = panels.filter(
    ({ topic, state }) =>
      state !== 'healthy' && state !== 'off' && !told.some(({ key }) => isOf(key, topic)),
  );
  const items = [
    ...(panels.every(({ state }) => state === 'off') ? [nothingSeen] : []),
    ...(watch?.stale === true ? [sleeping(watch)] : []),
    ...told.map(alertItem),
    ...parts.map(panelItem),
  ];
  return items.sort((one, other) => rankOf(one.level) - rankOf(other.level));
}

/** `pm2.backend` and `pm2:backend` are of `pm2`. */
function isOf(key: string, topic: string): boolean {
  return key === topic || key.startsWith(`${topic}.`) || key.startsWith(`${topic}:`);
}

const nothingSeen: AttentionItem = {
  level: 'unknown',
  text: 'No plugin could say how its part of this site is.',
  details: ['Either none is installed that knows it, or the profile is of another site.'],
  since: null,
  command: 'om-ops config show',
  runbook: null,
  alert: null,
  acknowledged: null,
  part: null,
};

function sleeping({ at }: Watch): AttentionItem {
  return {
    level: 'unknown',
    text: 'Nobody has looked at the site since the last check.',
    details: ['What the lanes and alerts say may have changed meanwhile.'],
    since: at,
    command: 'om-ops schedule check',
    runbook: null,
    alert: null,
    acknowledged: null,
    part: null,
  };
}

function alertItem({ id, level, text, since, acknowledged, ...alert }: OpenAlert): AttentionItem {
  return {
    level,
    text,
    details: [],
    since,
    command: alert.command ?? `om-ops alert show ${id}`,
    runbook: alert.runbook,
    alert: id,
    acknowledged,
    part: alert.key.split(/[.:]/)[0] ?? null,
  };
}

function panelItem(panel: SummaryPanel): AttentionItem {
  const { topic, title, state, notes, since, runbook } = panel;
  const [first, ...more] = notes.map(noteOf);
  return {
    level: state as AttentionItem['level'],
    text: first?.text ?? `${title} is ${state}.`,
    details: more.map(({ text, command }) => (command === null ? text : `${text} ${command}`)),
    since,
    command: panel.command ?? first?.command ?? null,
    runbook: runbook ?? null,
    alert: null,
    acknowledged: null,
    part: topic,
  };
}
