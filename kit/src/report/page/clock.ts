/** Formats the times of a report in the site's time zone. Times are ISO 8601 or milliseconds. */
export class Clock {
  readonly timeZone: string;
  readonly #full: Intl.DateTimeFormat;
  readonly #exact: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #seconds: Intl.DateTimeFormat;
  readonly #parts: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.timeZone = timeZone;
    const date = { day: 'numeric', month: 'short', year: 'numeric' } as const;
    const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    this.#full = new Intl.DateTimeFormat('en-GB', { timeZone, ...date, ...time });
    this.#exact = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      ...date,
      ...time,
      second: '2-digit',
    });
    this.#date = new Intl.DateTimeFormat('en-GB', { timeZone, ...date });
    this.#day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' });
    this.#time = new Intl.DateTimeFormat('en-GB', { timeZone, ...time });
    this.#seconds = new Intl.DateTimeFormat('en-GB', { timeZone, ...time, second: '2-digit' });
    this.#parts = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  }

  /** `14 Nov 2026, 09:05`. */
  dateTime(at: string | number): string {
    return format(this.#full, at);
  }

  /** `14 Nov 2026, 09:05:31`. */
  exactTime(at: string | number): string {
    return format(this.#exact, at);
  }

  /**
   * Writes each of these moments as `dateTime` does, and those that share a minute with another
   * as `exactTime`, so that they can be told apart.
   */
  apart(all: readonly (string | number)[]): (at: string | number) => string {
    const moments = new Map<string, Set<number>>();
    for (const at of all) {
      const text = this.dateTime(at);
      const known = moments.get(text) ?? new Set();
      moments.set(text, known.add(new Date(at).getTime()));
    }
    return (at) => {
      const text = this.dateTime(at);
      return (moments.get(text)?.size ?? 0) > 1 ? this.exactTime(at) : text;
    };
  }

  /** `14 Nov 2026`. */
  date(at: string | number): string {
    return format(this.#date, at);
  }

  /** `14 Nov`. */
  dayMonth(at: string | number): string {
    return format(this.#day, at);
  }

  /** `09:05`. */
  time(at: string | number): string {
    return format(this.#time, at);
  }

  /** `09:05:31`. */
  timeWithSeconds(at: string | number): string {
    return format(this.#seconds, at);
  }

  /** `2026-11-14`: the day in the site's zone, for grouping and for date inputs. */
  day(at: string | number): string {
    return format(this.#parts, at);
  }

  /** Milliseconds at which a day (`2026-11-14`) begins in the site's zone. */
  startOfDay(day: string): number {
    const utc = Date.parse(`${day}T00:00:00Z`);
    // Once more, because the offset at the first guess may be that of the other side of a change.
    const guess = utc - this.#offsetMs(utc);
    return utc - this.#offsetMs(guess);
  }

  #offsetMs(at: number): number {
    const [, sign, hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(this.offset(at)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  }

  /** `UTC+02:00` at that moment. */
  offset(at: string | number): string {
    const named = new Intl.DateTimeFormat('en-GB', {
      timeZone: this.timeZone,
      timeZoneName: 'longOffset',
    });
    const part = named.formatToParts(new Date(at)).find(({ type }) => type === 'timeZoneName');
    const text = part?.value.replace('GMT', 'UTC') ?? '';
    return text === 'UTC' ? 'UTC+00:00' : text;
  }
}

function format(formatter: Intl.DateTimeFormat, at: string | number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : formatter.format(date);
}
