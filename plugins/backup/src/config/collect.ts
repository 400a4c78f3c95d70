import { isUtf8 } from 'node:buffer';
import { constants, type Dirent, promises } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { looksSecretSetting, Redactor, systemCode } from '@om-ops/kit';
import { envSecrets, parseEnvFile, redactEnvTemplate } from '@om-ops/kit/site';
import { type ComposedMember, storableName } from '../archive/members-archive.ts';
import type { Skipped, SkipReason } from '../archive/tree/skipped.ts';
import { isHarmless } from './harmless.ts';
import { nginxIncludes } from './nginx-includes.ts';
import { redactEcosystem } from './redact-ecosystem.ts';
import { redactNginx } from './redact-nginx.ts';
import { redactUnit } from './redact-unit.ts';
import { redactYamlEcosystem } from './redact-yaml.ts';

/** Where the configuration of a site is. Relative paths are below `root`. */
export interface ConfigSources {
  root: string;
  backendDir: string;
  envFiles: readonly string[];
  /** `/etc/nginx/nginx.conf`. */
  nginxConf: string;
  /** With `sites-available` and `sites-enabled`. Default: the folder of `nginxConf`. */
  nginxFolder?: string;
  /** `/etc/systemd/system/pm2-root.service`. */
  systemdUnits: readonly string[];
  /** PM2 ecosystem files under other than the usual names. */
  ecosystems?: readonly string[];
}

export interface CollectedConfig {
  /** In the order of the archive. */
  members: ComposedMember[];
  /** What may be there and is not: absolute paths. */
  absent: string[];
  /** What is there and could not be read: absolute paths. */
  skipped: Skipped[];
}

const ecosystemNames = ['js', 'cjs', 'mjs', 'json', 'yaml', 'yml'].map(
  (ending) => `ecosystem.config.${ending}`,
);

/**
 * Reads the configuration of a site into memory, without the secrets in it: nginx, the systemd unit
 * that starts PM2, PM2's ecosystem files, and of every env file a template. Links stay links.
 */
export async function collectConfig(sources: ConfigSources): Promise<CollectedConfig> {
  return await new ConfigCollector(sources).run();
}

class ConfigCollector {
  readonly #sources: ConfigSources;
  readonly #redactor = new Redactor();
  /** The files that are in, without links. */
  readonly #files = new Set<string>();
  readonly #collected: CollectedConfig = { members: [], absent: [], skipped: [] };

  constructor(sources: ConfigSources) {
    this.#sources = sources;
  }

  async run(): Promise<CollectedConfig> {
    // First, so that their values are known when the rest is read.
    const templates = await this.#envTemplates();
    const { nginxConf, systemdUnits } = this.#sources;
    const nginx = (text: string) => redactNginx(text, this.#redactor);
    const folder = this.#sources.nginxFolder ?? dirname(nginxConf);
    await this.#file(nginxConf, `nginx/${basename(nginxConf)}`, nginx);
    for (const name of ['sites-available', 'sites-enabled']) {
      await this.#folder(join(folder, name), `nginx/${name}`, nginx);
    }
    await this.#nginxIncludes(nginxConf, folder, nginx);
    for (const unit of new Set(systemdUnits)) {
      await this.#file(unit, `systemd/${basename(unit)}`, (text) =>
        redactUnit(text, this.#redactor),
      );
    }
    await this.#ecosystems();
    this.#collected.members.push(...templates);
    return this.#collected;
  }

  /** Of packages that know no sites-*, `conf.d`; and whatever else is part of what nginx reads. */
  async #nginxIncludes(
    conf: string,
    folder: string,
    redact: (text: string) => string,
  ): Promise<void> {
    for (const path of nginxIncludes(conf)) {
      // A link that leads nowhere is kept as a link where it lies.
      const real = await promises.realpath(path).catch(() => undefined);
      if (real === undefined || this.#files.has(real)) continue;
      const below = relative(folder, real);
      const isOutside = below.startsWith('..') || isAbsolute(below);
      await this.#file(real, `nginx/${isOutside ? `outside${real}` : below}`, redact);
    }
  }

  async #ecosystems(): Promise<void> {
    const { root, backendDir, ecosystems = [] } = this.#sources;
    const named = ecosystems.map((path) => resolve(root, path));
    const usual = [root, resolve(root, backendDir)].flatMap((folder) =>
      ecosystemNames.map((name) => join(folder, name)),
    );
    const before = this.#collected.members.length;
    const missing: string[] = [];
    for (const path of new Set([...named, ...usual])) {
      const found = await this.#file(path, `pm2/${this.#relative(path)}`, (text) =>
        this.#ecosystem(path, text),
      );
      if (!found) missing.push(path);
    }
    // One of them is enough.
    this.#collected.absent = this.#collected.absent.filter((path) => !missing.includes(path));
    if (this.#collected.members.length === before) {
      this.#collected.absent.push(named[0] ?? join(root, ecosystemNames[0]!));
    }
  }

  #ecosystem(path: string, text: string): string {
    const isYaml = /\.ya?ml$/i.test(path);
    const clean = isYaml
      ? redactYamlEcosystem(text, this.#redactor)
      : /\.(?:[cm]?[jt]s|json5?)$/i.test(path)
        ? redactEcosystem(text, this.#redactor)
        : undefined;
    const sign = isYaml ? '#' : '//';
    return (
      clean ??
      `${sign} <REDACTED>: om-ops could not read this file well enough to be sure that no secret stays in it.\n`
    );
  }

  async #envTemplates(): Promise<ComposedMember[]> {
    const { root, envFiles } = this.#sources;
    const listed = envFiles.map((name) => resolve(root, name));
    const paths = new Set(listed);
    for (const folder of new Set(listed.map((path) => dirname(path)))) {
      for (const entry of await this.#entries(folder, true)) {
        if (entry.name.startsWith('.env') && !entry.isDirectory())
          paths.add(join(folder, entry.name));
      }
    }
    const templates: ComposedMember[] = [];
    for (const path of [...paths].sort()) {
      const read = await this.#read(path);
      if (read === undefined) continue;
      const text = read.content.toString('utf8');
      for (const line of parseEnvFile(text)) {
        if (line.kind !== 'assignment') continue;
        // Plain words and paths turn up everywhere and tell nothing.
        if (looksSecretSetting(line.key) || !isHarmless(line.value))
          this.#redactor.add(...envSecrets([line]));
      }
      templates.push({
        name: storableName(`env/${this.#relative(path)}.template`),
        content: redactEnvTemplate(text),
        modified: read.modified,
      });
    }
    return templates;
  }

  #relative(path: string): string {
    const below = relative(this.#sources.root, path);
    return below.startsWith('..') || isAbsolute(below) ? `outside${path}` : below;
  }

  /** False when there is no such file. */
  async #file(path: string, name: string, redact: (text: string) => string): Promise<boolean> {
    const read = await this.#read(path);
    if (read === undefined) return this.#collected.skipped.some((entry) => entry.path === path);
    // As latin1 every byte survives what is not UTF-8.
    const encoding = isUtf8(read.content) ? 'utf8' : 'latin1';
    const content = Buffer.from(redact(read.content.toString(encoding)), encoding);
    const { modified, mode } = read;
    this.#files.add(await promises.realpath(path).catch(() => path));
    this.#collected.members.push({ name: storableName(name), content, modified, mode });
    return true;
  }

  async #folder(path: string, name: string, redact: (text: string) => string): Promise<void> {
    for (const entry of await this.#entries(path, false)) {
      const inside = join(path, entry.name);
      const member = `${name}/${entry.name}`;
      if (entry.isSymbolicLink()) await this.#link(inside, member);
      else if (entry.isDirectory()) await this.#folder(inside, member, redact);
      else if (entry.isFile()) await this.#file(inside, member, redact);
      else this.#skip(inside, specialKind(entry));
    }
  }

  async #link(path: string, name: string): Promise<void> {
    try {
      const [linkTo, stat] = await Promise.all([promises.readlink(path), promises.lstat(path)]);
      const member = { name: storableName(name), content: { linkTo }, modified: stat.mtime };
      this.#collected.members.push(member);
    } catch (error) {
      this.#skip(path, reasonOf(error));
    }
  }

  /** Sorted by name. A folder that is not there has none. */
  async #entries(path: string, quiet: boolean): Promise<Dirent[]> {
    try {
      const entries = await promises.readdir(path, { withFileTypes: true });
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') this.#skip(path, reasonOf(error));
      else if (!quiet) this.#collected.absent.push(path);
      return [];
    }
  }

  async #read(path: string) {
    try {
      // A FIFO under such a name would hold us for ever.
      await using file = await promises.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stat = await file.stat();
      if (!stat.isFile()) {
        this.#skip(path, specialKind(stat));
        return undefined;
      }
      return { content: await file.readFile(), modified: stat.mtime, mode: stat.mode & 0o777 };
    } catch (error) {
      if (systemCode(error) === 'ENOENT') this.#collected.absent.push(path);
      else this.#skip(path, reasonOf(error));
      return undefined;
    }
  }

  #skip(path: string, reason: SkipReason): void {
    this.#collected.skipped.push({ path, reason });
  }
}

function specialKind(entry: Pick<Dirent, 'isFIFO' | 'isSocket'>): SkipReason {
  if (entry.isFIFO()) return 'fifo';
  return entry.isSocket() ? 'socket' : 'device';
}

function reasonOf(error: unknown): SkipReason {
  return systemCode(error) === 'ENOENT' ? 'vanished' : 'unreadable';
}
