import { noteOf, type OpenAlert } from '@om-ops/kit';
import type { AttentionItem, SummaryPanel, Watch } from './summary.ts';

export interface Needing {
  panels: readonly SummaryPanel[];
  alerts: readonly OpenAlert[];
  watch: Watch | null;
}

/**
 * What needs somebody: open alerts, then the parts that are not well and that no alert
 * tells of, and a watch that has fallen asleep. What is held by another alert, or silenced, needs nobody.
 */
export function attentionOf({ panels, alerts, watch }: Needing): AttentionItem[] {
  const told = alerts.filter(({ heldBy, silencedUntil }) => heldBy === null && !silencedUntil);
  const parts = panels.filter(
    (panel) =>
      panel.state !== 'healthy' &&
      panel.state !== 'off' &&
      !told.some(({ key }) => isOf(key, panel.topic)) &&
      !tellsOnly(panel, alerts),
  );
  const isTold = parts.some(({ notes }) => notes.some((note) => noteOf(note).command === asleep));
  return [
    ...(panels.every(({ state }) => state === 'off') ? [nothingSeen] : []),
    ...(watch?.stale === true && !isTold ? [sleeping(watch)] : []),
    ...told.map((alert) => alertItem(alert, panels)),
    ...parts.map(panelItem),
  ];
}

/** Whoever keeps the alerts has a part of its own, which says them once more. */
function tellsOnly({ notes }: SummaryPanel, alerts: readonly OpenAlert[]): boolean {
  const isKnown = (note: string) =>
    alerts.some(({ text }) => text === note) || /^om-ops alert /.test(noteOf(note).command ?? '');
  return alerts.length > 0 && notes.length > 0 && notes.every(isKnown);
}

/** The command that says why nobody looks any more. */
const asleep = 'om-ops schedule check';

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
    command: asleep,
    runbook: null,
    alert: null,
    acknowledged: null,
    part: null,
  };
}

function alertItem(alert: OpenAlert, panels: readonly SummaryPanel[]): AttentionItem {
  const { id, key, level, since, acknowledged, runbook } = alert;
  const { text, command } = noteOf(alert.text);
  const part = panels.find(({ topic }) => isOf(key, topic));
  return {
    level,
    text,
    // An alert closes only once it has been well for a while: what it says may be over.
    details:
      part?.state === 'healthy' ? [`${part.title} is healthy now; the alert is still open.`] : [],
    since,
    command: command ?? alert.command ?? `om-ops alert show ${id}`,
    runbook,
    alert: id,
    acknowledged,
    part: part?.topic ?? null,
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
