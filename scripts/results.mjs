// Writes docs/results.json: a JSON Schema of what every command returns as `result` under --json, made from the
// types of the sources. Other commands read these envelopes, so a change shows in review. `--check` writes nothing
// and fails when the committed one is stale.
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGenerator, getProgramFromFiles } from 'typescript-json-schema';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const path = join(root, 'docs/results.json');

/** Command id → source file. */
function commands() {
  const found = globSync(['src/commands/**/*.ts', 'plugins/*/src/commands/**/*.ts'], { cwd: root });
  return found
    .map((file) => [file.replace(/^.*?src\/commands\/(.*)\.ts$/, '$1').replaceAll('/', ':'), file])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

function schemas() {
  const folder = mkdtempSync(join(root, 'scripts/.results-'));
  try {
    const listed = commands();
    const name = (id) => id.replace(/[^a-z]+(.)/g, (_, letter) => letter.toUpperCase());
    const entry = join(folder, 'results.ts');
    // Beside the sources, where packages are found.
    writeFileSync(
      entry,
      listed
        .map(([id, file], index) => {
          const from = relative(folder, join(root, file));
          return `import type C${index} from '${from}';\nexport type ${name(id)} = Awaited<ReturnType<C${index}['run']>>;\n`;
        })
        .join(''),
    );
    const program = getProgramFromFiles([entry], compilerOptions(), root);
    const generator = buildGenerator(program, {
      required: true,
      noExtraProps: true,
      ref: false,
      topRef: false,
      ignoreErrors: true,
    });
    return Object.fromEntries(
      listed.map(([id]) => {
        const { $schema: _, ...schema } = generator.getSchemaForSymbol(name(id), true, false);
        return [id, withoutReferences(schema)];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A type that holds itself is referred to by the path of this checkout, and defined nowhere: there the schema ends. */
function withoutReferences(schema) {
  if (Array.isArray(schema)) return schema.map(withoutReferences);
  if (typeof schema !== 'object' || schema === null) return schema;
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('.') + 1);
    return { description: `Another ${name}, like the one it is in.`, type: 'object' };
  }
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, withoutReferences(value)]),
  );
}

function compilerOptions() {
  const base = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8'));
  return {
    ...base.compilerOptions,
    composite: false,
    incremental: false,
    declaration: false,
    noEmit: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
  };
}

const text = `${JSON.stringify(schemas(), null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    console.error('docs/results.json is stale: run `npm run fix` and commit it.');
    process.exitCode = 1;
  }
} else writeFileSync(path, text);
