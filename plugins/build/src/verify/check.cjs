// @ts-check
'use strict';
// Runs on the Node of the app and not on that of om-ops: what is good syntax hangs on it. So it is plain CommonJS,
// for Node 16 and newer. Reads a job from stdin, writes what it found to stdout.
const { spawnSync } = require('node:child_process');
const { readFileSync, statSync } = require('node:fs');
const { dirname, extname, join, resolve } = require('node:path');
const vm = require('node:vm');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

/**
 * @typedef {import('./job.ts').CheckJob} CheckJob
 * @typedef {import('./job.ts').CheckAnswer} CheckAnswer
 * @typedef {import('./job.ts').RawFinding} RawFinding
 * @typedef {{ message: string, line: number | null }} Refusal
 */

const wrapper = ['exports', 'require', 'module', '__filename', '__dirname'];
/** So many that two threads are worth their start. */
const manyFiles = 150;
const batch = 16;
/** Each asks a process of its own for the line. */
const mostLineLooks = 20;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
/** Node tells by the syntax what a .js file is whose package.json does not say. */
const detectsModules = major > 22 || (major === 22 && minor >= 7) || (major === 20 && minor >= 19);

/** @type {Map<string, 'file' | 'folder' | 'absent'>} */
const seen = new Map();

/** @param {string} path */
function whatIs(path) {
  let what = seen.get(path);
  if (what === undefined) {
    const stat = statSync(path, { throwIfNoEntry: false });
    what = stat === undefined ? 'absent' : stat.isDirectory() ? 'folder' : 'file';
    seen.set(path, what);
  }
  return what;
}

/** @param {string} path */
function look(path) {
  try {
    return whatIs(path);
  } catch {
    // A part of the path is a file, or may not be searched.
    return 'absent';
  }
}

/** @type {Map<string, { type: string | undefined, path: string } | null>} */
const manifests = new Map();

/**
 * The package.json that decides over a folder.
 * @param {string} folder
 * @returns {{ type: string | undefined, path: string } | null}
 */
function manifestOf(folder) {
  const known = manifests.get(folder);
  if (known !== undefined) return known;
  const path = join(folder, 'package.json');
  const above = dirname(folder);
  /** @type {{ type: string | undefined, path: string } | null} */
  let found = null;
  if (look(path) === 'file') found = { path, type: typeOf(path) };
  else if (above !== folder && !folder.endsWith('/node_modules')) found = manifestOf(above);
  manifests.set(folder, found);
  return found;
}

/** @param {string} path */
function typeOf(path) {
  try {
    const { type } = JSON.parse(readFileSync(path, 'utf8'));
    return type === 'module' || type === 'commonjs' ? type : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} file
 * @param {CheckJob['as']} as
 */
function kindOf(file, as) {
  if (as === 'browser') return { kind: 'either', why: '' };
  const ending = extname(file);
  if (ending === '.mjs') return { kind: 'module', why: 'its name ends with .mjs' };
  if (ending === '.cjs') return { kind: 'commonjs', why: 'its name ends with .cjs' };
  const manifest = manifestOf(dirname(file));
  if (manifest === null) return { kind: 'open', why: 'no package.json says otherwise' };
  const { type, path } = manifest;
  return type === undefined
    ? { kind: 'open', why: `${path} has no "type"` }
    : { kind: type, why: `${path} says "type": "${type}"` };
}

/**
 * @param {unknown} thrown
 * @param {string} name
 * @returns {Refusal}
 */
function refusal(thrown, name) {
  const { message = String(thrown), stack = '' } = /** @type {Error} */ (thrown);
  const [first = ''] = stack.split('\n');
  const line = first.startsWith(`${name}:`) ? Number(first.slice(name.length + 1)) : Number.NaN;
  return { message, line: Number.isInteger(line) ? line : null };
}

/**
 * @param {string} code
 * @param {string} file
 * @returns {Refusal | undefined}
 */
function asCommonJs(code, file) {
  try {
    vm.compileFunction(code, wrapper, { filename: file });
    return undefined;
  } catch (error) {
    return refusal(error, file);
  }
}

/**
 * @param {string} code
 * @param {string} file
 * @returns {Refusal | undefined}
 */
function asScript(code, file) {
  try {
    new vm.Script(code, { filename: file });
    return undefined;
  } catch (error) {
    return refusal(error, file);
  }
}

/**
 * @param {string} code
 * @param {string} file
 * @returns {{ specifiers: readonly string[] } | Refusal}
 */
function asModule(code, file) {
  try {
    // Typed by hand: @types/node has it behind a flag of its own.
    const { SourceTextModule } = /** @type {any} */ (vm);
    const module = new SourceTextModule(code, { identifier: file });
    const requests = module.moduleRequests;
    const specifiers = requests
      ? requests.map((/** @type {any} */ one) => one.specifier)
      : module.dependencySpecifiers;
    return { specifiers };
  } catch (error) {
    return refusal(error, file);
  }
}

const looksLikeModule = /^\s*(?:import\b\s*[\w{*'"]|export\b\s*[\w{*])/m;

/**
 * What an import of an ES module reads: the very file, no ending is tried.
 * @param {string} file
 * @param {string} specifier
 * @returns {string | undefined} what is wrong, as a sentence
 */
function lostImport(file, specifier) {
  const [plain = ''] = specifier.split(/[?#]/);
  let path = plain;
  try {
    path = decodeURIComponent(plain);
  } catch {
    // Not encoded.
  }
  const target = resolve(dirname(file), path);
  const what = look(target);
  if (what === 'file') return undefined;
  if (what === 'folder')
    return `It imports ${specifier}, which is a folder; an ES module has to name the file.`;
  const near = requiredFile(target);
  return near === undefined
    ? `It imports ${specifier}, and there is no such file.`
    : `It imports ${specifier} without the whole name; an ES module has to name ${near.slice(dirname(target).length + 1)}.`;
}

/**
 * What require() would read.
 * @param {string} target
 * @param {boolean} [isMain] the target came out of a package.json
 * @returns {string | undefined}
 */
function requiredFile(target, isMain = false) {
  if (look(target) === 'file') return target;
  for (const ending of ['.js', '.json', '.node'])
    if (look(target + ending) === 'file') return target + ending;
  if (look(target) !== 'folder') return undefined;
  if (!isMain && look(join(target, 'package.json')) === 'file') {
    try {
      const { main } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
      const found = typeof main === 'string' ? requiredFile(join(target, main), true) : undefined;
      if (found !== undefined) return found;
    } catch {
      // Broken: Node goes on with index.js as well.
    }
  }
  for (const index of ['index.js', 'index.json', 'index.node'])
    if (look(join(target, index)) === 'file') return join(target, index);
  return undefined;
}

/**
 * @param {string} code
 * @param {number} index
 */
function lineAt(code, index) {
  let line = 1;
  for (let at = code.indexOf('\n'); at !== -1 && at < index; at = code.indexOf('\n', at + 1))
    line += 1;
  return line;
}

const requireCall = /\brequire\s*\(\s*(['"`])(\.{1,2}(?:\/[^'"`\n$\\]*)?)\1\s*\)/g;
const importCall = /\bimport\s*\(\s*(?:\/\*[\s\S]*?\*\/\s*)*(['"`])(\.{1,2}\/[^'"`\n$\\]*)\1/g;
const commonJsName =
  /\bmodule\s*\.\s*exports\b|\bexports\s*\.\s*[\w$]+\s*=(?!=)|\brequire\s*\(|\b__(?:dir|file)name\b/;

/**
 * Imports that are calls, and names that only CommonJS has: found by their look, so whoever gets them
 * reads the file properly before he believes it.
 * @param {string} file
 * @param {string} code
 * @param {'module' | 'commonjs' | 'either'} kind
 * @param {RawFinding[]} findings
 */
function suspect(file, code, kind, findings) {
  const as = kind === 'commonjs' ? 'commonjs' : 'module';
  if (code.includes('import')) {
    for (const match of code.matchAll(importCall)) {
      const specifier = /** @type {string} */ (match[2]);
      const message = lostImport(file, specifier);
      if (message === undefined) continue;
      const line = lineAt(code, match.index);
      findings.push({
        file,
        line,
        kind: 'import',
        message,
        doubt: { form: 'import()', specifier, as },
      });
    }
  }
  if (code.includes(kind === 'commonjs' ? 'require' : 'createRequire') && kind !== 'either') {
    for (const match of code.matchAll(requireCall)) {
      const specifier = /** @type {string} */ (match[2]);
      if (requiredFile(resolve(dirname(file), specifier)) !== undefined) continue;
      const line = lineAt(code, match.index);
      const message = `It requires ${specifier}, and there is no such file.`;
      findings.push({
        file,
        line,
        kind: 'import',
        message,
        doubt: { form: 'require', specifier, as },
      });
    }
  }
  if (kind === 'module' && commonJsName.test(code)) {
    findings.push({
      file,
      line: null,
      kind: 'module-kind',
      message: '',
      doubt: { form: 'commonjs', specifier: '', as },
    });
  }
}

/**
 * @param {string} file
 * @param {string} code
 * @param {readonly string[]} specifiers
 * @param {RawFinding[]} findings
 */
function followImports(file, code, specifiers, findings) {
  for (const specifier of new Set(specifiers)) {
    if (!/^\.{1,2}(?:\/|$)/.test(specifier)) continue;
    const message = lostImport(file, specifier);
    if (message === undefined) continue;
    const quoted = specifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const match = new RegExp(`(?:from|import)\\s*['"]${quoted}['"]`).exec(code);
    findings.push({
      file,
      line: match === null ? null : lineAt(code, match.index),
      kind: 'import',
      message,
    });
  }
}

/**
 * @param {string} file
 * @param {CheckJob['as']} as
 * @param {CheckAnswer} answer
 */
function check(file, as, answer) {
  const { findings } = answer;
  let code;
  try {
    code = readFileSync(file, 'utf8');
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    findings.push({ file, line: null, kind: 'unreadable', message });
    return;
  }
  answer.files += 1;
  answer.bytes += Buffer.byteLength(code);
  if (code.charCodeAt(0) === 0xfeff) code = code.slice(1);
  const { kind, why } = kindOf(file, as);
  /** @param {Refusal} refused @param {boolean} [isModule] */
  const broken = ({ message, line }, isModule = false) => {
    findings.push({ file, line, kind: 'syntax', message, ...(isModule ? { module: true } : {}) });
  };
  if (kind === 'either') {
    const module = asModule(code, file);
    if ('specifiers' in module) {
      followImports(file, code, module.specifiers, findings);
      return suspect(file, code, 'either', findings);
    }
    const script = asScript(code, file);
    if (script === undefined) return suspect(file, code, 'either', findings);
    return looksLikeModule.test(code) ? broken(module, true) : broken(script);
  }
  if (kind === 'module') {
    const module = asModule(code, file);
    if ('specifiers' in module) {
      followImports(file, code, module.specifiers, findings);
      return suspect(file, code, 'module', findings);
    }
    if (asCommonJs(code, file) !== undefined) return broken(module, true);
    const message = `It is CommonJS, and Node takes it for an ES module: ${why}. Node says: ${module.message}.`;
    findings.push({ file, line: module.line, kind: 'module-kind', message, module: true });
    return;
  }
  const plain = asCommonJs(code, file);
  if (plain === undefined) return suspect(file, code, 'commonjs', findings);
  const module = asModule(code, file);
  if (!('specifiers' in module))
    return kind === 'open' && looksLikeModule.test(code) ? broken(module, true) : broken(plain);
  if (kind === 'open' && detectsModules) {
    followImports(file, code, module.specifiers, findings);
    return suspect(file, code, 'module', findings);
  }
  const message = `It is an ES module, and Node takes it for CommonJS: ${why}. Node says: ${plain.message}.`;
  findings.push({ file, line: plain.line, kind: 'module-kind', message });
}

/** Node keeps the line of an error in a module to itself, until a process of its own says it. @param {RawFinding[]} findings */
function askForLines(findings) {
  for (const finding of findings
    .filter(({ module, line }) => module && line === null)
    .slice(0, mostLineLooks)) {
    const input = readFileSync(finding.file);
    const args = ['--input-type=module', '--check', '-'];
    const { stderr } = spawnSync(process.execPath, args, {
      input,
      encoding: 'utf8',
      timeout: 10_000,
    });
    const line = /^\[stdin\]:(\d+)/m.exec(stderr || '');
    if (line !== null) finding.line = Number(line[1]);
  }
}

/**
 * @param {CheckJob} job
 * @param {Int32Array} next the first file that nobody has taken
 * @returns {CheckAnswer}
 */
function work({ files, as }, next) {
  /** @type {CheckAnswer} */
  const answer = { node: process.versions.node, files: 0, bytes: 0, findings: [] };
  for (;;) {
    const from = Atomics.add(next, 0, batch);
    if (from >= files.length) return answer;
    for (const file of files.slice(from, from + batch)) check(file, as, answer);
  }
}

async function main() {
  /** @type {CheckJob} */
  const job = JSON.parse(readFileSync(0, 'utf8'));
  const next = new Int32Array(new SharedArrayBuffer(4));
  /** @type {Promise<CheckAnswer> | undefined} */
  let other;
  if (job.files.length >= manyFiles) {
    other = new Promise((done, fail) => {
      const worker = new Worker(__filename, { workerData: { job, next } });
      worker.once('message', done).once('error', fail);
    });
    other.catch(() => {});
  }
  const answer = work(job, next);
  const more = await other;
  if (more !== undefined) {
    answer.files += more.files;
    answer.bytes += more.bytes;
    answer.findings.push(...more.findings);
  }
  askForLines(answer.findings);
  process.stdout.write(JSON.stringify(answer));
}

if (isMainThread) {
  main();
} else {
  const { job, next } = workerData;
  /** @type {import('node:worker_threads').MessagePort} */ (parentPort).postMessage(
    work(job, next),
  );
}
