import { AllWell, CopyLine, StateMark, useClock, Visible } from '@om-ops/kit/page';
import { useState } from 'preact/hooks';
import type { ShownAlert } from '../types.ts';
import type { Feed } from './feed.ts';

/** What needs somebody. */
export function Alerts({
  alerts,
  feed,
  allowsAck,
  isKnown,
}: {
  alerts: readonly ShownAlert[];
  feed: Feed;
  allowsAck: boolean;
  /** False: nobody looks, and that nothing is open says nothing. */
  isKnown: boolean;
}) {
  if (alerts.length === 0) return isKnown ? <AllWell>Nothing needs you.</AllWell> : null;
  return (
    <section class="sheet live-alerts" aria-label="What needs somebody">
      <ul>
        {alerts.map((alert) => (
          <li key={alert.id ?? alert.key}>
            <AlertRow alert={alert} feed={feed} allowsAck={allowsAck} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function AlertRow({
  alert,
  feed,
  allowsAck,
}: {
  alert: ShownAlert;
  feed: Feed;
  allowsAck: boolean;
}) {
  const clock = useClock();
  const [isAsking, setAsking] = useState(false);
  const { id, title, level, text, since, acknowledged, silencedUntil, heldBy, command } = alert;
  const notes = [
    ...(id === null ? ['not told yet'] : [id]),
    `since ${clock.dateTime(since)}`,
    ...(acknowledged === null
      ? []
      : [
          `acknowledged by ${acknowledged.by}${acknowledged.until === null ? '' : ` until ${clock.dateTime(acknowledged.until)}`}${acknowledged.note === null ? '' : `: ${acknowledged.note}`}`,
        ]),
    ...(silencedUntil === null ? [] : [`silenced until ${clock.dateTime(silencedUntil)}`]),
    ...(heldBy === null ? [] : [`waits for ${heldBy}`]),
  ];
  return (
    <>
      <div class="live-alert">
        <StateMark state={level} />
        <div>
          <p>
            <strong>
              <Visible text={title} />
            </strong>{' '}
            <span class="off-screen">{level}</span>
            <span class="about">
              <Visible text={notes.join(' · ')} />
            </span>
          </p>
          <p class="about">
            <Visible text={text} />
          </p>
          {command !== null && <CopyLine text={command} of={`the command for ${title}`} />}
        </div>
        {allowsAck && id !== null && acknowledged === null && !isAsking && (
          <button type="button" class="button" onClick={() => setAsking(true)}>
            Acknowledge…
          </button>
        )}
      </div>
      {isAsking && id !== null && <AckForm id={id} feed={feed} onDone={() => setAsking(false)} />}
    </>
  );
}

function AckForm({ id, feed, onDone }: { id: string; feed: Feed; onDone(): void }) {
  const [length, setLength] = useState('4h');
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState('');
  const [isSending, setSending] = useState(false);
  const send = async () => {
    setSending(true);
    setProblem('');
    try {
      await feed.ask('/api/ack', { id, for: length === '' ? null : length, note });
      onDone();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setSending(false);
  };
  return (
    <form
      class="live-ack"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label>
        For{' '}
        <select value={length} onChange={(event) => setLength(event.currentTarget.value)}>
          <option value="1h">1 hour</option>
          <option value="4h">4 hours</option>
          <option value="1d">1 day</option>
          <option value="">until it is resolved</option>
        </select>
      </label>
      <label>
        What is being done{' '}
        <input
          type="text"
          maxLength={500}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button" disabled={isSending}>
        Acknowledge {id}
      </button>
      <button type="button" class="button quiet" onClick={onDone}>
        Cancel
      </button>
      {problem !== '' && (
        <p role="alert" class="live-problem">
          <Visible text={problem} />
        </p>
      )}
    </form>
  );
}
