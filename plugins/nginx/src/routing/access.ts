import { type Node, named, placeOf, wordsOf } from '../config/configuration.ts';
import { nearest, utf8 } from './effective.ts';

/** Whom a block lets in. */
export interface Access {
  /** Nobody: what forbids it. */
  refusedBy: Node | undefined;
  /** Who has to show what, as sentences. */
  notes: string[];
}

/** What `allow`, `deny`, `satisfy`, `auth_basic` and `auth_request` say in a block; the nearest block that has any counts. */
export function accessOf(node: Node): Access {
  const rules = nearestRules(node);
  const asks = asking(node);
  const only = rules.findIndex((one) => wordsOf(one)[0] === 'all');
  const counting = only === -1 ? rules : rules.slice(0, only + 1);
  const [last] = counting.slice(-1);
  const letIn = counting.filter(({ directive }) => directive.name === 'allow');
  const isClosed = only !== -1 && last?.directive.name === 'deny';
  const isEither = wordsOf(nearest(node, 'satisfy') ?? node)[0] === 'any' && asks.length > 0;
  const notes = [...asks.map(({ text }) => text), ...methodNotes(node)];
  if (last === undefined) return { refusedBy: undefined, notes };
  if (isClosed && letIn.length === 0 && !isEither) return { refusedBy: last, notes: [] };
  const who = (nodes: readonly Node[]) =>
    nodes.map((one) => utf8(wordsOf(one)[0] ?? '')).join(', ');
  const denied = counting.filter(({ directive }) => directive.name === 'deny');
  if (isClosed)
    notes.push(
      letIn.length === 0
        ? `deny all (${placeOf(last)}) refuses everybody who does not: satisfy any.`
        : `deny all (${placeOf(last)}) refuses everybody but ${who(letIn)}${isEither ? ', and who does' : ''}: nginx answers 403.`,
    );
  else if (denied.length > 0)
    notes.push(
      `deny (${placeOf(denied[0] as Node)}) refuses ${who(denied)}${letIn.length > 0 && only === -1 ? `, and lets in ${who(letIn)}` : ''}: nginx answers 403.`,
    );
  return { refusedBy: undefined, notes };
}

function nearestRules(node: Node): Node[] {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) {
    const found = named(at.children, 'allow', 'deny');
    if (found.length > 0) return found;
  }
  return [];
}

function asking(node: Node): { text: string }[] {
  const found: { text: string }[] = [];
  const basic = nearest(node, 'auth_basic');
  if (basic !== undefined && wordsOf(basic)[0] !== 'off')
    found.push({ text: `A name and password are asked for (auth_basic at ${placeOf(basic)}).` });
  const request = nearest(node, 'auth_request');
  const [where = 'off'] = request === undefined ? [] : wordsOf(request);
  if (request !== undefined && where !== 'off')
    found.push({ text: `${utf8(where)} is asked first whether it may be (${placeOf(request)}).` });
  return found;
}

function methodNotes(node: Node): string[] {
  return named(node.children, 'limit_except').map(
    (one) =>
      `Other methods than ${utf8(wordsOf(one).join(', '))} are limited (${placeOf(one)}): ${one.children.map(({ directive }) => [directive.name, ...wordsOf({ directive })].join(' ')).join(', ')}.`,
  );
}
