// @ts-check
'use strict';
// Runs on the Node of the app and not on that of om-ops: what is good syntax hangs on it. So it is plain CommonJS,
// for Node 16 and newer. Reads a job from stdin, writes what it found to stdout.
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { followImports, suspect } = require('./imports.cjs');
const { detectsModules, kindOf } = require('./module-kind.cjs');
const { asCommonJs, asModule, asScript } = require('./syntax.cjs');

/**
 * @typedef {import('./job.ts').CheckJob} CheckJob
 * @typedef {import('./job.ts').CheckAnswer} CheckAnswer
 * @typedef {import('./job.ts').RawFinding} RawFinding
 * @typedef {import('./syntax.cjs').Refusal} Refusal
 */

/** So many that two threads are worth their start. */
const manyFiles = 150;
const batch = 16;
/** Each asks a process of its own for the line. */
const mostLineLooks = 20;
const looksLikeModule = /^\s*(?:import\b\s*[\w{*'"]|export\b\s*[\w{*])/m;

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
