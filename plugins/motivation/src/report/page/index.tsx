import {
  Callout,
  Columns,
  CopyLine,
  EmptyState,
  mountReport,
  PageHead,
  plural,
  Section,
  useClock,
  useNow,
  Visible,
} from '@om-ops/kit/page';
import { dayText } from '../../day-text.ts';
import { endedHeadline } from '../../ended-headline.ts';
import type { Motivation } from '../../motivation.ts';
import { Deeds } from './deeds.tsx';
import { Figures } from './figures.tsx';
import { NextList } from './next.tsx';
import { Ribbon } from './ribbon.tsx';
import './styles.css';
import { Weeks } from './weeks.tsx';

function Page({ day }: { day: Motivation }) {
  return (
    <>
      <Head day={day} />
      {day.chosen === 'nothing' ? (
        <EmptyState
          title="There is no session yet."
          command="om-ops changelog start --title 'What I am working on'"
        >
          Begin one, and write down what you do as you go.
        </EmptyState>
      ) : (
        <>
          <Deeds day={day} />
          {day.sessions.length > 0 && <Ribbon day={day} />}
          <Figures day={day} />
          <Columns wide>
            <Section heading="Sixteen weeks" sheet>
              <Weeks day={day} />
            </Section>
            <Section heading={nextHeading(day)} sheet>
              <NextList day={day} />
            </Section>
          </Columns>
        </>
      )}
    </>
  );
}

function nextHeading({ quiet, isToday }: Motivation): string {
  if (quiet && !isToday) return 'When you are back';
  return isToday && !quiet ? 'Tomorrow can begin with' : 'It can go on with';
}

function Head({ day }: { day: Motivation }) {
  const { date, headline, lede, isToday, at } = day;
  const clock = useClock();
  return (
    <div class="day-head">
      <p class="day-date">
        {dayText(date)}
        {isToday && <>, until {clock.time(at)}</>}
      </p>
      <PageHead
        heading={<Visible text={endedHeadline(headline)} />}
        lede={<Visible text={lede} />}
      />
      <OldPage day={day} />
    </div>
  );
}

/** What was made in the middle of a day is not the whole of it once the day is over. */
function OldPage({ day: { date, isToday } }: { day: Motivation }) {
  const clock = useClock();
  const now = useNow();
  const days = Math.round((clock.startOfDay(clock.day(now)) - clock.startOfDay(date)) / 86_400_000);
  if (!isToday || days < 1) return null;
  return (
    <div class="old-page">
      <Callout tone="neutral">
        <p>
          This was written while the day went on, {plural(days, 'day')} ago. The whole day:{' '}
          <CopyLine
            text={`om-ops motivation run --date ${date}`}
            of="the command that tells the whole day"
          />
        </p>
      </Callout>
    </div>
  );
}

mountReport<Motivation>((day) => <Page day={day} />);
