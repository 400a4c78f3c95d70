import { type Node, named, placeOf, wordsOf } from '../config/configuration.ts';
import { utf8 } from './effective.ts';
import { compiled } from './regex.ts';
import { filled, known, type Request } from './request.ts';

/** What nginx answers without handing a request on. */
export interface EarlyAnswer {
  does: 'redirect' | 'return';
  /** Where to, or the status. */
  target: string;
  status: number;
  from: Node;
}

/** What `set`, `if`, `rewrite`, `return` and `break` of one block make of a request. */
export interface Rewritten {
  answer: EarlyAnswer | undefined;
  request: Request;
  /** `last`: a location is looked for anew. `break`: the path is another, and stays in this one. */
  change: 'none' | 'last' | 'break' | 'unknown';
  /** The `if` that holds, in whose place the other directives count. */
  inForce: Node | undefined;
  /** What cannot be told before it is asked, as sentences. */
  notes: string[];
}

/** @param block a server or a location */
export function rewritten(block: Node, request: Request): Rewritten {
  const run = new Run(request);
  run.block(block);
  return run.done;
}

class Run {
  readonly done: Rewritten;

  constructor(request: Request) {
    this.done = { answer: undefined, request, change: 'none', inForce: undefined, notes: [] };
  }

  /** False: what stands behind it counts no more. */
  block(node: Node): boolean {
    for (const one of node.children) if (!this.#one(one)) return false;
    return true;
  }

  #one(node: Node): boolean {
    switch (node.directive.name) {
      case 'set':
        this.#set(node);
        return true;
      case 'if':
        return this.#if(node);
      case 'rewrite':
        return this.#rewrite(node);
      case 'return':
        this.done.answer = returned(node, this.done.request);
        return false;
      case 'break':
        if (this.done.change === 'last') this.done.change = 'break';
        return false;
      default:
        return true;
    }
  }

  #set(node: Node): void {
    const [name = '', value = ''] = wordsOf(node);
    this.#give(name.slice(1), known(value, this.done.request));
  }

  #give(name: string, value: string | undefined): void {
    const { request } = this.done;
    this.done.request = { ...request, values: new Map([...request.values, [name, value]]) };
  }

  #if(node: Node): boolean {
    const holds = this.#holds(wordsOf(node));
    if (holds === undefined) {
      const inside = node.children.map(({ directive }) => directive.name).join(', ');
      this.done.notes.push(
        `if ${utf8(wordsOf(node).join(' '))} (${placeOf(node)}) can decide otherwise: ${inside}.`,
      );
      for (const one of named(node.children, 'set'))
        this.#give((wordsOf(one)[0] ?? '').slice(1), undefined);
      return true;
    }
    if (!holds) return true;
    this.done.inForce = node;
    return this.block(node);
  }

  /** Undefined: only nginx knows. */
  #holds(words: readonly string[]): boolean | undefined {
    const inside = [...words];
    inside[0] = (inside[0] ?? '').replace(/^\(/, '');
    inside[inside.length - 1] = (inside.at(-1) ?? '').replace(/\)$/, '');
    const [left = '', operator, right = ''] = inside.filter((word) => word !== '');
    const value = left.startsWith('$') ? known(left, this.done.request) : undefined;
    if (value === undefined) return undefined;
    if (operator === undefined) return value !== '' && value !== '0';
    if (operator === '=' || operator === '!=') {
      const other = known(right, this.done.request);
      return other === undefined ? undefined : (value === other) === (operator === '=');
    }
    const match = /^(!?)~(\*?)$/.exec(operator);
    const regex = match === null ? undefined : compiled(right, match[2] === '*');
    if (match === null || regex === undefined) return undefined;
    const found = regex.exec(value);
    if (found !== null) this.#capture(found);
    return (found !== null) !== (match[1] === '!');
  }

  #capture(found: RegExpExecArray): void {
    for (let number = 1; number <= 9; number += 1) this.#give(String(number), found[number] ?? '');
    for (const [name, value] of Object.entries(found.groups ?? {})) this.#give(name, value ?? '');
  }

  #rewrite(node: Node): boolean {
    const [pattern = '', replacement = '', flag] = wordsOf(node);
    const regex = compiled(pattern, false);
    if (regex === undefined) {
      this.done.notes.push(`${textOf(node)} may change the path first.`);
      return true;
    }
    const found = regex.exec(this.done.request.path);
    if (found === null) return true;
    this.#capture(found);
    const { request } = this.done;
    const leadsAway = /^(?:https?:\/\/|\$scheme)/.test(replacement);
    if (leadsAway || flag === 'redirect' || flag === 'permanent') {
      const to = utf8(withQuery(filled(replacement, request), request.query));
      const status = flag === 'permanent' ? 301 : 302;
      this.done.answer = { does: 'redirect', target: to, status, from: node };
      return false;
    }
    const to = known(replacement, request);
    if (to === undefined) {
      this.done.change = 'unknown';
      this.done.notes.push(`${textOf(node)} makes another path of it, which only nginx knows.`);
      return false;
    }
    const [path = '', query = ''] = withQuery(to, request.query).split(/\?(.*)/s);
    this.done.request = { ...request, path, query };
    this.done.notes.push(`${textOf(node)} makes ${utf8(path)} of it.`);
    this.done.change = flag === 'break' ? 'break' : 'last';
    return flag !== 'last' && flag !== 'break';
  }
}

function textOf(node: Node): string {
  return `rewrite ${utf8(wordsOf(node).join(' '))} (${placeOf(node)})`;
}

/** A question mark at the end throws away what was asked for. */
function withQuery(text: string, query: string): string {
  if (text.endsWith('?')) return text.slice(0, -1);
  if (query === '') return text;
  return `${text}${text.includes('?') ? '&' : '?'}${query}`;
}

/** What a `return` answers. */
export function returned(node: Node, request?: Request): EarlyAnswer {
  const [code = '', text] = wordsOf(node);
  const isStatus = /^\d+$/.test(code);
  const status = isStatus ? Number(code) : 302;
  const where = text ?? (isStatus ? undefined : code);
  const isRedirect = [301, 302, 303, 307, 308].includes(status) && where !== undefined;
  return {
    does: isRedirect ? 'redirect' : 'return',
    target: isRedirect ? utf8(request === undefined ? where : filled(where, request)) : `${status}`,
    status,
    from: node,
  };
}

/** For a path that is not known: what may become of it. */
export function possibleRewrites(node: Node): string[] {
  return [
    ...named(node.children, 'rewrite').map((one) => `${textOf(one)} may change the path first.`),
    ...named(node.children, 'if').map((one) => {
      const inside = one.children.map(({ directive }) => directive.name).join(', ');
      return `if ${utf8(wordsOf(one).join(' '))} (${placeOf(one)}) can decide otherwise: ${inside}.`;
    }),
  ];
}
