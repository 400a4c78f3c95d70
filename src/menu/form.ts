import type { Choice, Question } from './choice.ts';
import { withFlags } from './command-line.ts';
import { isEnter, type Key, typedIn } from './key.ts';

export interface Field {
  question: Question;
  value: string;
  /** Where the next character goes, counted in characters. */
  cursor: number;
}

/** What a command is asked for, all on one screen. */
export interface Form {
  choice: Choice;
  fields: readonly Field[];
  /** The field that is written in. */
  at: number;
  /** What is lacking, as a sentence. */
  say: string;
  /** Within a paste: a line feed in it is no Enter. */
  isPasting: boolean;
}

export type FormStep = { form: Form } | { back: Form } | { run: string[]; form: Form };

/** @param values what was typed in it before */
export function formOf(choice: Choice, values: readonly string[] = []): Form {
  const fields = choice.ask.map((question, index): Field => {
    const first = question.optional === true ? '' : (question.choices?.[0] ?? '');
    const value = values[index] ?? first;
    return { question, value, cursor: [...value].length };
  });
  return { choice, fields, at: 0, say: '', isPasting: false };
}

export function valuesOf({ fields }: Form): string[] {
  return fields.map(({ value }) => value);
}

/** The command line as it stands. */
export function lineOf({ choice, fields }: Form): string[] {
  const answers = fields.flatMap(({ question: { flag }, value }) => {
    const answer = value.trim();
    if (answer === '') return [];
    if (flag === undefined) return [answer];
    // A value that begins like a flag would be taken for one.
    return answer.startsWith('-') && answer !== '-' ? [`${flag}=${answer}`] : [flag, answer];
  });
  return withFlags(choice.argv, answers);
}

export function formPressed(form: Form, key: Key): FormStep {
  const { at, fields } = form;
  const { length } = fields;
  const go = (to: number): FormStep => ({ form: { ...form, at: (to + length) % length, say: '' } });
  if (key.name === 'paste-start' || key.name === 'paste-end')
    return { form: { ...form, isPasting: key.name === 'paste-start' } };
  if (form.isPasting) return { form: written(form, isEnter(key) ? ' ' : typedIn(key)) };
  if (key.name === 'escape') return { back: form };
  if (isEnter(key)) return entered(form);
  if (key.name === 'down' || (key.name === 'tab' && !key.shift)) return go(at + 1);
  if (key.name === 'up' || key.name === 'tab') return go(at - 1);
  return { form: { ...form, fields: fields.with(at, edited(fields[at]!, key)), say: '' } };
}

function entered(form: Form): FormStep {
  const lacking = form.fields.findIndex(
    ({ question, value }) => question.optional !== true && value.trim() === '',
  );
  if (lacking === -1) return { run: lineOf(form), form };
  const say = `${form.fields[lacking]!.question.message}: this is needed. Nothing was done.`;
  return { form: { ...form, at: lacking, say } };
}

function written(form: Form, text: string): Form {
  const field = form.fields[form.at]!;
  if (field.question.choices !== undefined) return form;
  return { ...form, fields: form.fields.with(form.at, inserted(field, text)), say: '' };
}

function inserted(field: Field, text: string): Field {
  const characters = [...field.value];
  characters.splice(field.cursor, 0, ...text);
  return { ...field, value: characters.join(''), cursor: field.cursor + [...text].length };
}

function edited(field: Field, key: Key): Field {
  const { choices } = field.question;
  if (choices !== undefined) return chosen(field, choices, key);
  const characters = [...field.value];
  const { cursor } = field;
  const { length } = characters;
  const moved = (to: number): Field => ({ ...field, cursor: Math.min(Math.max(0, to), length) });
  const without = (from: number, count: number): Field => {
    characters.splice(from, count);
    return { ...field, value: characters.join(''), cursor: from };
  };
  if (key.name === 'left') return moved(cursor - 1);
  if (key.name === 'right') return moved(cursor + 1);
  if (key.name === 'home' || (key.ctrl && key.name === 'a')) return moved(0);
  if (key.name === 'end' || (key.ctrl && key.name === 'e')) return moved(length);
  if (key.name === 'backspace') return cursor === 0 ? field : without(cursor - 1, 1);
  if (key.name === 'delete') return cursor === length ? field : without(cursor, 1);
  if (key.ctrl && key.name === 'u') return without(0, cursor);
  return inserted(field, typedIn(key));
}

/** Arrows and the space bar go through the choices, a letter to the next that begins with it. */
function chosen(field: Field, given: readonly string[], key: Key): Field {
  const choices = field.question.optional === true ? ['', ...given] : given;
  const at = choices.indexOf(field.value);
  const take = (to: number): Field => ({
    ...field,
    value: choices[(to + choices.length) % choices.length] ?? '',
  });
  if (key.name === 'left') return take(at - 1);
  if (key.name === 'right' || key.name === 'space') return take(at + 1);
  const letter = typedIn(key).toLowerCase();
  if (letter === '') return field;
  const turned = choices.map((_, index) => (at + 1 + index) % choices.length);
  const found = turned.find((index) => choices[index]!.toLowerCase().startsWith(letter));
  return found === undefined ? field : take(found);
}
