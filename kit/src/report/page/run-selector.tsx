import { useId } from 'preact/hooks';
import { visibleText } from '../visible.ts';
import { useHashParam } from './hash.ts';
import { Icon } from './icons.tsx';

export interface Run {
  id: string;
  /** What tells it from the others: `14 Nov 2026, 09:05 · prod · 1.24 GB`. */
  label: string;
}

/** The chosen run's id, kept in the hash as `run`; the newest (first) when none is chosen. */
export function useRun(runs: readonly Run[]): [string, (id: string) => void] {
  const newest = runs[0]?.id ?? '';
  const [id, setId] = useHashParam('run', newest, 'push');
  return [runs.some((run) => run.id === id) ? id : newest, setId];
}

interface RunSelectorProps {
  /** Newest first. */
  runs: readonly Run[];
  value: string;
  onChange: (id: string) => void;
  label?: string;
}

/** Chooses a run from a list, or steps to the one before and after. */
export function RunSelector({ runs, value, onChange, label = 'Run' }: RunSelectorProps) {
  const id = useId();
  const at = runs.findIndex((run) => run.id === value);
  const older = runs[at + 1];
  const newer = runs[at - 1];
  return (
    <div class="run-selector">
      <label for={id}>{label}</label>
      <div class="run-selector-row">
        <Step run={older} icon="left" name="Older run" onChange={onChange} />
        <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {runs.map((run, index) => (
            <option key={run.id} value={run.id}>
              {visibleText(run.label)}
              {index === 0 ? ' (newest)' : ''}
            </option>
          ))}
        </select>
        <Step run={newer} icon="right" name="Newer run" onChange={onChange} />
      </div>
    </div>
  );
}

interface StepProps {
  run: Run | undefined;
  icon: 'left' | 'right';
  name: string;
  onChange: (id: string) => void;
}

function Step({ run, icon, name, onChange }: StepProps) {
  const title = run ? `${name}: ${visibleText(run.label)}` : name;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={title}
      title={title}
      disabled={!run}
      onClick={() => run && onChange(run.id)}
    >
      <Icon name={icon} />
    </button>
  );
}
