import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, isOpsError, OpsError } from '@om-ops/kit';
import type { Directive } from './directive.ts';
import { globbed, isGlob } from './glob.ts';
import { parseNginx, tables } from './parse.ts';
import { SyntaxProblem } from './syntax-problem.ts';

/** One file as it was read. */
export interface SourceFile {
  /** As nginx was told: links are not resolved. */
  path: string;
  /** The bytes as latin1. */
  text: string;
  modifiedMs: number;
  directives: readonly Directive[];
}

/** A directive where it stands in the whole configuration, includes resolved. */
export interface Node {
  file: SourceFile;
  directive: Directive;
  parent: Node | undefined;
  /** What is in its block, that of included files in its place. */
  children: readonly Node[];
}

export interface Configuration {
  /** The main file. */
  conf: string;
  /** Every file once, in the order nginx reads them. */
  files: readonly SourceFile[];
  /** What stands outside every block. */
  main: readonly Node[];
}

/** As latin1. */
const byteOrderMark = '\u00ef\u00bb\u00bf';

/** nginx itself runs out of descriptors. */
const deepest = 100;

/**
 * Reads a configuration with its includes, as nginx does.
 *
 * @param conf absolute; what it includes counts from its folder
 * @param instead what a path is taken to hold, as latin1, instead of what is there
 * @throws OpsError E_NGINX_INVALID (exit 6) with file and line, E_NOT_FOUND, E_PERMISSION (5)
 */
export function readConfiguration(
  conf: string,
  instead: ReadonlyMap<string, string> = new Map(),
): Configuration {
  return new Reader(conf, instead).read();
}

class Reader {
  readonly #conf: string;
  readonly #files = new Map<string, SourceFile>();

  readonly #instead: ReadonlyMap<string, string>;

  constructor(conf: string, instead: ReadonlyMap<string, string>) {
    this.#conf = conf;
    this.#instead = instead;
  }

  read(): Configuration {
    const main = this.#nodes(this.#file(this.#conf), undefined, 0);
    return { conf: this.#conf, files: [...this.#files.values()], main };
  }

  #file(path: string): SourceFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = readSource(path, this.#instead.get(path));
    this.#files.set(path, file);
    return file;
  }

  #nodes(file: SourceFile, parent: Node | undefined, depth: number): Node[] {
    return this.#below(file, file.directives, parent, depth);
  }

  #below(
    file: SourceFile,
    directives: readonly Directive[],
    parent: Node | undefined,
    depth: number,
  ): Node[] {
    const nodes: Node[] = [];
    for (const directive of directives) {
      if (directive.name.startsWith(byteOrderMark) && !isTable(parent))
        throw invalid(
          file.path,
          directive.line,
          'it begins with a byte order mark, which nginx takes for a part of the first word',
        );
      if (isInclude(directive, parent)) {
        nodes.push(...this.#included(file, directive, parent, depth + 1));
        continue;
      }
      const node = { file, directive, parent, children: [] as readonly Node[] };
      if (directive.block !== undefined)
        node.children = this.#below(file, directive.block.directives, node, depth);
      nodes.push(node);
    }
    return nodes;
  }

  #included(
    file: SourceFile,
    directive: Directive,
    parent: Node | undefined,
    depth: number,
  ): Node[] {
    const { line } = directive;
    if (depth > deepest) throw invalid(file.path, line, 'files include each other in a circle');
    // Names of files are UTF-8 here, and the text is latin1.
    const named = Buffer.from(directive.args[0]?.value ?? '', 'latin1').toString('utf8');
    // As nginx puts it together: with a link in it, `..` leads elsewhere than by its name.
    const pattern = named.startsWith('/') ? named : `${dirname(this.#conf)}/${named}`;
    const paths = isGlob(pattern) ? globbed(pattern) : [pattern];
    return paths.flatMap((path) => {
      try {
        return this.#nodes(this.#file(path), parent, depth);
      } catch (error) {
        if (isOpsError(error) && error.code === 'E_NOT_FOUND')
          throw invalid(file.path, line, `it includes ${path}, which does not exist`);
        throw error;
      }
    });
  }
}

/** There every word is right. */
function isTable(parent: Node | undefined): boolean {
  return parent !== undefined && tables.has(parent.directive.name);
}

/** `split_clients` takes every line as an entry. */
function isInclude({ name, args, block }: Directive, parent: Node | undefined): boolean {
  return (
    name === 'include' &&
    args.length === 1 &&
    block === undefined &&
    parent?.directive.name !== 'split_clients'
  );
}

function readSource(path: string, instead: string | undefined): SourceFile {
  let text: string;
  let modifiedMs: number;
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw invalid(path, undefined, 'it is a folder');
    if (!stat.isFile()) throw invalid(path, undefined, 'it is no file');
    text = instead ?? readFileSync(path, 'latin1');
    modifiedMs = stat.mtimeMs;
  } catch (error) {
    throw fromSystemError(error, 'read', path);
  }
  try {
    return { path, text, modifiedMs, directives: parseNginx(text) };
  } catch (error) {
    if (error instanceof SyntaxProblem) throw invalid(path, error.line, error.message);
    throw error;
  }
}

function invalid(path: string, line: number | undefined, why: string): OpsError {
  const where = line === undefined ? path : `${path}:${line}`;
  return new OpsError('E_NGINX_INVALID', `nginx cannot read ${where}: ${why}.`, {
    exit: 'unhealthy',
    suggestions: [`Mend ${where}, then look again: om-ops nginx validate`],
  });
}

/** `FILE:LINE`, for people. */
export function placeOf({ file, directive }: Pick<Node, 'file' | 'directive'>): string {
  return `${file.path}:${directive.line}`;
}

/** Those of one name directly in a block. */
export function named(nodes: readonly Node[], ...names: readonly string[]): Node[] {
  return nodes.filter(({ directive }) => names.includes(directive.name));
}

/** The words behind a directive's name. */
export function wordsOf({ directive }: Pick<Node, 'directive'>): string[] {
  return directive.args.map(({ value }) => value);
}
