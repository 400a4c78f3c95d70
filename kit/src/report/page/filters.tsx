import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { visibleText } from '../visible.ts';
import { useClock } from './context.ts';
import { dayText, readDay } from './day-text.ts';
import { Icon } from './icons.tsx';
import { useNarrow } from './narrow.ts';
import { Visible } from './path.tsx';

export interface Choice {
  value: string;
  label: string;
  /** How many things have it. */
  count?: number | undefined;
}

interface FilterBarProps {
  /** Says what is filtered: `Filter sessions`. */
  label: string;
  /** How many filters are set: any shows the reset button. */
  active: number;
  onReset: () => void;
  children: ComponentChildren;
}

/** The row of filters above what they filter; one button that opens them where there is no room. */
export function FilterBar({ label, active, onReset, children }: FilterBarProps) {
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  const id = useId();
  const shown = !narrow || open;
  const clear = active > 0 && (
    <button type="button" class="button quiet" onClick={onReset}>
      <Icon name="close" />
      Clear filters
    </button>
  );
  return (
    <div class="filter-bar">
      {narrow && (
        <button
          type="button"
          class="button"
          aria-expanded={open}
          aria-controls={open ? id : undefined}
          onClick={() => setOpen(!open)}
        >
          Filters{active > 0 && ` (${active})`}
          <Icon name="chevron" />
        </button>
      )}
      {narrow && clear}
      {shown && (
        <fieldset class="filters" id={id}>
          <legend class="off-screen">{label}</legend>
          {children}
          {!narrow && clear}
        </fieldset>
      )}
    </div>
  );
}

interface SelectFilterProps {
  label: string;
  value: string;
  choices: readonly Choice[];
  /** The choice that filters nothing; its value is ''. */
  all?: string;
  onChange: (value: string) => void;
}

/** One of several, in a menu of the browser's own. */
export function SelectFilter({ label, value, choices, all, onChange }: SelectFilterProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {all !== undefined && <option value="">{all}</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choiceText(choice)}
          </option>
        ))}
      </select>
    </div>
  );
}

function choiceText({ label, count }: Choice): string {
  const text = visibleText(label);
  return count === undefined ? text : `${text} (${count.toLocaleString('en-US')})`;
}

interface SegmentsProps {
  label: string;
  value: string;
  choices: readonly Choice[];
  onChange: (value: string) => void;
}

/** One of few, all in sight: radio buttons drawn as one bar. */
export function Segments({ label, value, choices, onChange }: SegmentsProps) {
  const name = useId();
  return (
    <fieldset class="segments">
      <legend>{label}</legend>
      <div class="segments-bar">
        {choices.map((choice) => (
          <label key={choice.value} data-checked={choice.value === value ? '' : undefined}>
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
            />
            <span>
              <Visible text={choice.label} />
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface MultiFilterProps {
  label: string;
  values: readonly string[];
  choices: readonly Choice[];
  onChange: (values: string[]) => void;
}

/** Any of several: a button that opens a list of checkboxes. Escape and a click outside close it. */
export function MultiFilter({ label, values, choices, onChange }: MultiFilterProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    const close = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      button.current?.focus();
    };
    addEventListener('pointerdown', away);
    addEventListener('focusin', away);
    addEventListener('keydown', close);
    return () => {
      removeEventListener('keydown', close);
      removeEventListener('pointerdown', away);
      removeEventListener('focusin', away);
    };
  }, [open]);
  const chosen = new Set(values);
  const flip = (value: string) => {
    if (!chosen.delete(value)) chosen.add(value);
    onChange(choices.filter((choice) => chosen.has(choice.value)).map((choice) => choice.value));
  };
  const names = choices.filter(({ value }) => chosen.has(value)).map((choice) => choice.label);
  return (
    <div class="field multi" ref={box}>
      <span class="field-label" id={`${id}-label`}>
        {label}
      </span>
      <button
        type="button"
        class="select-like"
        ref={button}
        id={`${id}-button`}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-labelledby={`${id}-label ${id}-button`}
        disabled={choices.length === 0}
        onClick={() => setOpen(!open)}
      >
        <span class="select-text">
          {names.length === 0 ? 'Any' : <Visible text={names.join(', ')} />}
        </span>
        <Icon name="chevron" />
      </button>
      {open && (
        <fieldset class="popover" id={id} aria-labelledby={`${id}-label`}>
          {choices.map((choice) => (
            <label key={choice.value}>
              <input
                type="checkbox"
                checked={chosen.has(choice.value)}
                onChange={() => flip(choice.value)}
              />
              <bdi>
                <Visible text={choice.label} />
              </bdi>
              {choice.count !== undefined && (
                <span class="popover-count">{choice.count.toLocaleString('en-US')}</span>
              )}
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}

interface TagFilterProps {
  label: string;
  values: readonly string[];
  choices: readonly Choice[];
  onChange: (values: string[]) => void;
}

/** Any of a few, as buttons that stay pressed. */
export function TagFilter({ label, values, choices, onChange }: TagFilterProps) {
  const chosen = new Set(values);
  const flip = (value: string) => {
    if (!chosen.delete(value)) chosen.add(value);
    onChange([...chosen]);
  };
  return (
    <fieldset class="tags">
      <legend>{label}</legend>
      <div class="tags-row">
        {' '}
        {choices.map(({ value, label: text, count }) => (
          <button
            key={value}
            type="button"
            class="tag"
            aria-pressed={chosen.has(value)}
            onClick={() => flip(value)}
          >
            <bdi>
              <Visible text={text} />
            </bdi>
            {count !== undefined && <span class="tag-count">{count.toLocaleString('en-US')}</span>}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

interface DateRangeProps {
  label: string;
  /** `2026-11-14` or ''. */
  from: string;
  to: string;
  /** First and last day there is. */
  min?: string | undefined;
  max?: string | undefined;
  onChange: (from: string, to: string) => void;
}

/** From one day to another, both included. */
export function DateRange({ label, from, to, min, max, onChange }: DateRangeProps) {
  return (
    <fieldset class="dates">
      <legend>{label}</legend>
      <div class="dates-row">
        <DayInput
          label={`${label} from`}
          value={from}
          example={min}
          onChange={(day) => onChange(day, to)}
        />
        <span aria-hidden="true">–</span>
        <DayInput
          label={`${label} to`}
          value={to}
          example={max}
          onChange={(day) => onChange(from, day)}
        />
      </div>
    </fieldset>
  );
}

interface DayInputProps {
  label: string;
  /** `2026-11-14` or ''. */
  value: string;
  /** A day there is, which stands in the empty field. */
  example: string | undefined;
  onChange: (day: string) => void;
}

/**
 * A day as the page writes days: the browser's own field would write it as the reader's system does,
 * 11/14/2026 beside 14 Nov 2026.
 */
function DayInput({ label, value, example, onChange }: DayInputProps) {
  const clock = useClock();
  const [wrong, setWrong] = useState(false);
  const text = value === '' ? '' : dayText(value, clock);
  return (
    <input
      type="text"
      class="day"
      aria-label={label}
      aria-invalid={wrong}
      title="A day: 14 Nov 2026, or 2026-11-14"
      placeholder={example === undefined ? 'Day' : dayText(example, clock)}
      key={text}
      defaultValue={text}
      autocomplete="off"
      spellcheck={false}
      onChange={(event) => {
        const day = readDay(event.currentTarget.value);
        setWrong(day === undefined);
        if (day !== undefined) onChange(day);
      }}
    />
  );
}
