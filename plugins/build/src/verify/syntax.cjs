// @ts-check
'use strict';
const vm = require('node:vm');

/** @typedef {{ message: string, line: number | null }} Refusal */

const wrapper = ['exports', 'require', 'module', '__filename', '__dirname'];

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

module.exports = { asCommonJs, asModule, asScript };
