import { OpsError } from '@om-ops/kit';
import {
  type Configuration,
  placeOf,
  readConfiguration,
  type SourceFile,
  wordsOf,
} from '../config/configuration.ts';
import { utf8 } from '../routing/effective.ts';
import { nameOf, passOf } from '../routing/locations.ts';
import { type BaselineOptions, baseline, missingFrom } from './baseline.ts';
import { type Edit, inserted, merged, replaced, snippet } from './merge.ts';
import { chooseTarget, type Target, type TargetOptions } from './target.ts';

export interface EditOptions extends TargetOptions, BaselineOptions {
  /** The port of the backend. */
  port: number;
  /** Nothing but the baseline is left in the location. */
  replace: boolean;
}

export interface EditPlan {
  configuration: Configuration;
  target: Target;
  file: SourceFile;
  /** Of the location, or of the server that gets one. */
  line: number;
  /** What is edited: `location /api/`. */
  what: string;
  after: string;
  isChanged: boolean;
  /** Unified; empty when nothing is changed. */
  diff: string;
  warnings: string[];
  left: string[];
}

/**
 * What would be changed so that the baseline holds.
 *
 * @throws OpsError of {@link readConfiguration} and {@link chooseTarget}
 */
export async function planEdit(conf: string, options: EditOptions): Promise<EditPlan> {
  const configuration = readConfiguration(conf);
  const target = chooseTarget(configuration, options);
  const wanted = baseline(options);
  const edit = editOf(target, wanted, options);
  const place = target.location?.node ?? target.server;
  const { file } = place;
  const warnings = [
    ...target.warnings,
    ...edit.warnings,
    ...sharingWarnings(configuration, target),
    ...passWarnings(target, options),
  ];
  const isChanged = edit.after !== edit.before;
  if (isChanged) assertHolds(conf, file.path, edit, options);
  return {
    configuration,
    target,
    file,
    line: place.directive.line,
    what:
      target.location === undefined
        ? `location ${options.location}, which is not there yet`
        : `location ${nameOf(target.location)}`,
    after: edit.after,
    isChanged,
    diff: isChanged ? await unifiedDiff(file.path, edit) : '',
    warnings,
    left: edit.left,
  };
}

function editOf(
  { location, server }: Target,
  wanted: ReturnType<typeof baseline>,
  options: EditOptions,
): Edit {
  const backend = `http://127.0.0.1:${options.port}`;
  if (location === undefined) return inserted(server, snippet(options.location, wanted, backend));
  const pass = passOf(location.node);
  if (!options.replace) return merged(location, wanted, pass === undefined ? backend : undefined);
  return replaced(
    location,
    wanted,
    pass === undefined ? backend : withBackend(wordsOf(pass)[0] ?? '', backend),
  );
}

/** The original's address with the URI that stands there: it decides which path the backend is asked for. */
function withBackend(written: string, backend: string): string {
  const uri = /^https?:\/\/[^/?$]*([^$]*)$/i.exec(written)?.[1] ?? '';
  return `${backend}${utf8(uri)}`;
}

function passWarnings(
  { location, at }: Target,
  { port, replace, location: path }: EditOptions,
): string[] {
  if (location === undefined) {
    const before = at.map(({ server }) => placeOf(server.node))[0];
    return [
      `There is no location for ${path} in ${before}; one is put there, and no other answers these paths any more.`,
    ];
  }
  const pass = passOf(location.node);
  const written = pass === undefined ? '' : (wordsOf(pass)[0] ?? '');
  const asked = /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)/i.exec(written)?.[1];
  return asked === undefined || Number(asked) === port || replace || pass === undefined
    ? []
    : [
        `proxy_pass leads to port ${asked} (${placeOf(pass)}) and the profile says that the backend listens on ${port}; it was kept.`,
      ];
}

function sharingWarnings({ main }: Configuration, { location, server }: Target): string[] {
  const place = location?.node ?? server;
  let times = 0;
  const count = (nodes: typeof main): void => {
    for (const one of nodes) {
      if (one.directive === place.directive) times += 1;
      count(one.children);
    }
  };
  count(main);
  return times > 1
    ? [`${place.file.path} is included ${times} times: what is changed there counts in each place.`]
    : [];
}

/** Reads what would be written as nginx will: a merge that does not do what it says must not be offered. */
function assertHolds(conf: string, path: string, edit: Edit, options: EditOptions): void {
  const after = readConfiguration(conf, new Map([[path, edit.after]]));
  const { location } = chooseTarget(after, options);
  const missing =
    location === undefined ? baseline(options) : missingFrom(location.node, baseline(options));
  if (missing.length > edit.left.length)
    throw new OpsError(
      'E_NOT_MERGED',
      `The baseline does not hold in ${path} after what om-ops would write: ${missing.map(({ name, header }) => header ?? name).join(', ')}. Nothing was changed.`,
      {
        suggestions: [
          'Write these directives into the location by hand: om-ops nginx proxy shows it.',
        ],
      },
    );
}

async function unifiedDiff(path: string, { before, after }: Edit): Promise<string> {
  const { createTwoFilesPatch } = await import('diff');
  const patch = createTwoFilesPatch(path, path, utf8(before), utf8(after), '', '', { context: 3 });
  return patch.slice(patch.indexOf('--- '));
}
