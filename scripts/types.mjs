// Writes dist/om-ops.d.ts: the types of `import { openSite } from 'om-ops'`, with the result of every command from
// docs/results.json and its flags from the manifests.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

const results = readJson('docs/results.json');
const commands = readJson('dist/core-plugins.json').flatMap(({ manifest }) =>
  Object.values(manifest.commands),
);

/** `"dry-run"?: boolean;` */
function flagType({ name, type, options, multiple }) {
  const one =
    type === 'boolean'
      ? 'boolean'
      : options === undefined
        ? 'string | number'
        : options.map((option) => JSON.stringify(option)).join(' | ');
  return `${JSON.stringify(name)}?: ${multiple ? `readonly (${one})[]` : one};`;
}

function commandType({ id, flags }) {
  const own = Object.values(flags).filter(({ name }) => name !== 'json' && name !== 'site');
  const result = Object.hasOwn(results, id) ? `Results[${JSON.stringify(id)}]` : 'unknown';
  return `    ${JSON.stringify(id)}: { result: ${result}; flags: { ${own.map(flagType).join(' ')} } };`;
}

const schema = {
  type: 'object',
  properties: results,
  required: Object.keys(results),
  additionalProperties: false,
};
const resultTypes = await compile(schema, 'Results', {
  bannerComment: '',
  format: false,
  additionalProperties: false,
});
// oclif's own commands print no envelope.
const ours = commands.filter(({ flags }) => flags.json !== undefined && flags.site !== undefined);

writeFileSync(
  join(root, 'dist/om-ops.d.ts'),
  `${resultTypes}
declare module './opened-site.js' {
  interface Commands {
${ours.map(commandType).sort().join('\n')}
  }
}

export * from './index.js';
`,
);
