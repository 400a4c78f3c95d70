import { readFileSync } from 'node:fs';
import type { Node } from 'acorn';
import type { RawFinding } from './job.ts';

type Doubt = NonNullable<RawFinding['doubt']>;

/** A node as acorn makes it, of whatever kind. */
type AnyNode = Node & Record<string, unknown>;

/** What a name stands for in CommonJS, and for nothing in an ES module. */
const commonJsNames = new Set(['module', 'exports', 'require', '__filename', '__dirname']);

/**
 * Of findings that were made by their look, those that are so: not in a comment or a string, not in a
 * `try` that lives without, not a `require` of a bundle's own. A file that acorn cannot read keeps its
 * findings: Node has read it.
 */
export async function confirmed(findings: readonly RawFinding[]): Promise<RawFinding[]> {
  const doubtful = Map.groupBy(
    findings.filter(({ doubt }) => doubt !== undefined),
    ({ file }) => file,
  );
  const sure = findings.filter(({ doubt }) => doubt === undefined);
  for (const [file, suspects] of doubtful) sure.push(...(await confirmedIn(file, suspects)));
  return sure;
}

async function confirmedIn(file: string, suspects: RawFinding[]): Promise<RawFinding[]> {
  const { parse } = await import('acorn');
  const { fullAncestor } = await import('acorn-walk');
  const [first] = suspects as [RawFinding];
  const sourceType = (first.doubt as Doubt).as === 'module' ? 'module' : 'script';
  const nodes: { node: AnyNode; above: AnyNode[] }[] = [];
  try {
    const code = readFileSync(file, 'utf8');
    const tree = parse(code, {
      ecmaVersion: 'latest',
      sourceType,
      allowHashBang: true,
      allowReturnOutsideFunction: sourceType === 'script',
      allowAwaitOutsideFunction: sourceType === 'module',
      locations: true,
    });
    fullAncestor(tree, (node, _state, ancestors) => {
      nodes.push({ node: node as AnyNode, above: ancestors.slice(0, -1) as AnyNode[] });
    });
  } catch {
    return suspects.filter(({ doubt }) => doubt?.form !== 'commonjs');
  }
  const bound = boundNames(nodes.map(({ node }) => node));
  const found = new Map<string, RawFinding>();
  for (const { node, above } of nodes) {
    for (const suspect of suspects) {
      const message = confirms(suspect, node, above, bound);
      if (message === undefined) continue;
      const line = lineOf(node);
      const key = `${message}:${suspect.doubt?.form === 'commonjs' ? '' : line}`;
      if (!found.has(key)) found.set(key, { ...suspect, line, message });
    }
  }
  return [...found.values()];
}

/** Stands for a `require` that createRequire() has made: it looks where Node's own does. */
const createdRequire = 'createRequire()';

/** What is wrong at this node, if it is what was suspected. */
function confirms(
  { doubt, message }: RawFinding,
  node: AnyNode,
  above: readonly AnyNode[],
  bound: ReadonlySet<string>,
): string | undefined {
  const { form, specifier } = doubt as Doubt;
  if (form === 'commonjs') return commonJsName(node, above, bound);
  if (isTried(node, above)) return undefined;
  if (form === 'import()')
    return node.type === 'ImportExpression' && literal(node.source) === specifier
      ? message
      : undefined;
  const { callee, arguments: given } = node as { callee?: AnyNode; arguments?: AnyNode[] };
  return node.type === 'CallExpression' &&
    nameOf(callee) === 'require' &&
    !bound.has('require') &&
    literal(given?.[0]) === specifier
    ? message
    : undefined;
}

/** A name that nothing in the file declares, asked for without first asking whether it is there. */
function commonJsName(
  node: AnyNode,
  above: readonly AnyNode[],
  bound: ReadonlySet<string>,
): string | undefined {
  const name = nameOf(node);
  if (name === undefined || !commonJsNames.has(name) || bound.has(name)) return undefined;
  if (name === 'require' && bound.has(createdRequire)) return undefined;
  if (isTried(node, above)) return undefined;
  const parent = above.at(-1);
  if (parent?.type === 'MemberExpression' && parent.property === node && parent.computed !== true)
    return undefined;
  if (parent?.type === 'Property' && parent.key === node && parent.value !== node) return undefined;
  if (name === 'exports' && parent?.type !== 'MemberExpression') return undefined;
  return `It uses ${name}, which an ES module does not have.`;
}

/** Inside of `try`, or with a `.catch` behind it. */
function isTried(node: AnyNode, above: readonly AnyNode[]): boolean {
  return above.some((one, at) => {
    const child = above[at + 1] ?? node;
    if (one.type === 'TryStatement') return one.block === child && one.handler !== null;
    return (
      one.type === 'MemberExpression' && nameOf(one.property) === 'catch' && one.object === child
    );
  });
}

/** Names of CommonJS that the file declares itself, or asks for with `typeof` before it uses them. */
function boundNames(nodes: readonly AnyNode[]): ReadonlySet<string> {
  const bound = new Set<string>();
  const bind = (target: unknown) => {
    const name = nameOf(target);
    if (name !== undefined && commonJsNames.has(name)) bound.add(name);
  };
  for (const node of nodes) {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        bind(node.id);
        for (const one of node.params as AnyNode[]) bind(one);
        break;
      case 'VariableDeclarator':
        if (isCreateRequire(node.init) && nameOf(node.id) === 'require') bound.add(createdRequire);
        else bind(node.id);
        break;
      case 'ImportSpecifier':
      case 'ImportDefaultSpecifier':
      case 'ImportNamespaceSpecifier':
        bind(node.local);
        break;
      case 'UnaryExpression':
        if (node.operator === 'typeof') bind(node.argument);
        break;
      case 'ClassDeclaration':
        bind(node.id);
    }
  }
  return bound;
}

function isCreateRequire(init: unknown): boolean {
  const { type, callee } = (init ?? {}) as AnyNode;
  if (type !== 'CallExpression') return false;
  const { property } = callee as AnyNode;
  return nameOf(callee) === 'createRequire' || nameOf(property) === 'createRequire';
}

function nameOf(node: unknown): string | undefined {
  const { type, name } = (node ?? {}) as AnyNode;
  return type === 'Identifier' && typeof name === 'string' ? name : undefined;
}

function literal(node: unknown): string | undefined {
  const { type, value, quasis } = (node ?? {}) as AnyNode;
  if (type === 'Literal' && typeof value === 'string') return value;
  const [only, other] = (quasis ?? []) as { value: { cooked: string } }[];
  return type === 'TemplateLiteral' && other === undefined ? only?.value.cooked : undefined;
}

function lineOf({ loc }: AnyNode): number | null {
  return loc?.start.line ?? null;
}
