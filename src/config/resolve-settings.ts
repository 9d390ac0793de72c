import { dirname, resolve } from 'node:path';
import { closest } from './closest.ts';
import type { Problem } from './problem.ts';
import type { ReadPolicyFile } from './read-policy-file.ts';
import { readSecret } from './read-secret.ts';
import { flagOf, SETTING_NAMES, SETTINGS, variableOf } from './settings.ts';
import type { Origin, Origins, SettingName, Settings } from './settings.types.ts';

/** Where settings may be given. */
export interface SettingSources {
  /** Flags that were on the command line, by name (enqueueUrl, enqueueKeyFile). */
  flags: Readonly<Record<string, unknown>>;
  env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths of flags and variables start from. */
  cwd: string;
  /** ratchet.yaml, once read; `path` absolute, `name` as shown. */
  file?: { path: string; name: string; content: ReadPolicyFile };
}

export interface ResolvedSettings {
  /** Settings with a problem hold their default here. */
  settings: Settings;
  origins: Origins;
  problems: Problem[];
}

interface Given {
  text: string;
  base: string;
  origin: Origin;
  problem(message: string, expected: string, fix: string): Problem;
}

/**
 * Flag over environment over ratchet.yaml over default; everything wrong at once. Reads the files that secrets are
 * kept in. With `names` only these are looked at, and the others hold their defaults.
 */
export function resolveSettings(sources: SettingSources, names: readonly SettingName[] = SETTING_NAMES): ResolvedSettings {
  const problems: Problem[] = names === SETTING_NAMES ? unknownVariables(sources.env) : [];
  const settings: Record<string, unknown> = {};
  const origins: Partial<Origins> = {};
  for (const name of SETTING_NAMES) {
    const { value, origin } = resolveOne(
      name,
      names.includes(name) ? sources : { ...sources, flags: {}, env: {}, file: undefined },
      problems,
    );
    settings[name] = value;
    origins[name] = origin;
  }
  const resolved = settings as unknown as Settings;
  if (resolved.pushUrl === undefined && resolved.enqueueUrl && /\/(enqueue|commands)\/$/.test(resolved.enqueueUrl)) {
    resolved.pushUrl = resolved.enqueueUrl.replace(/(enqueue|commands)\/$/, 'push/');
    origins.pushUrl = { kind: 'derived', name: flagOf('enqueueUrl') };
  }
  if (resolved.host === 'nanohub' && resolved.kmfddmUrl === undefined && resolved.enqueueUrl?.endsWith('/nanomdm/enqueue/')) {
    resolved.kmfddmUrl = resolved.enqueueUrl.replace(/nanomdm\/enqueue\/$/, 'ddm/');
    origins.kmfddmUrl = { kind: 'derived', name: flagOf('enqueueUrl') };
  }
  if (resolved.host === 'nanohub' && resolved.kmfddmKey === undefined && resolved.enqueueKey !== undefined) {
    resolved.kmfddmKey = resolved.enqueueKey;
    origins.kmfddmKey = { kind: 'derived', name: flagOf('enqueueKey') };
  }
  return { settings: resolved, origins: origins as Origins, problems };
}

function resolveOne(name: SettingName, sources: SettingSources, problems: Problem[]): { value: unknown; origin: Origin } {
  const { fallback, parse, isSecret, expected, example } = SETTINGS[name];
  const given = firstGiven(name, sources, problems);
  if (given !== undefined) {
    const value = parse(given.text, given.base);
    if (value !== undefined) return { value, origin: given.origin };
    const shown = isSecret ? 'the value' : `"${given.text.slice(0, 60)}"`;
    problems.push(given.problem(`${shown} is not accepted`, expected, isSecret ? 'set another one' : `write ${example}`));
  }
  if (fallback === undefined) return { value: undefined, origin: { kind: 'unset', name: '' } };
  return { value: parse(fallback, sources.cwd), origin: { kind: 'default', name: '' } };
}

function firstGiven(name: SettingName, sources: SettingSources, problems: Problem[]): Given | undefined {
  for (const layer of [fromFlags, fromEnvironment, fromFile]) {
    const given = layer(name, sources, problems);
    if (given !== undefined) return given;
  }
  return undefined;
}

function fromFlags(name: SettingName, sources: SettingSources, problems: Problem[]): Given | undefined {
  return pick('flag', 'command line', flagOf, (key) => asText(sources.flags[key]), name, sources.cwd, problems);
}

function fromEnvironment(name: SettingName, sources: SettingSources, problems: Problem[]): Given | undefined {
  // An empty variable is what compose passes for one that isn't set.
  return pick('environment', 'environment', variableOf, (key) => sources.env[variableOf(key)] || undefined, name, sources.cwd, problems);
}

function fromFile(name: SettingName, { file }: SettingSources, problems: Problem[]): Given | undefined {
  if (file === undefined) return undefined;
  const base = dirname(file.path);
  const { server, releases, problemAt } = file.content;
  const found = (path: string[], text: string): Given => ({
    text,
    base,
    origin: { kind: 'file', name: `${file.name} ${path.join('.')}` },
    problem: (message, expected, fix) => problemAt(path, message, expected, fix),
  });
  if (name === 'releases') {
    const key = ['source', 'url', 'file'].find((candidate) => typeof releases[candidate] === 'string');
    if (key === undefined) return undefined;
    const text = String(releases[key]);
    // A path may look like anything, "off" included; only `url` may be a URL.
    return found(['releases', key], key === 'file' ? resolve(base, text) : text);
  }
  if (name === 'releasesCa') return typeof releases.ca === 'string' ? found(['releases', 'ca'], releases.ca) : undefined;
  if (SETTINGS[name].inFile === false) return undefined;
  if (SETTINGS[name].isSecret) {
    const path = server[`${name}File`];
    if (typeof path !== 'string') return undefined;
    const at = found(['server', `${name}File`], '');
    const text = readSecret(resolve(base, path), at.problem, problems);
    return text === undefined ? undefined : { ...at, text, origin: { ...at.origin, path: resolve(base, path) } };
  }
  const text = asText(server[name]);
  return text === undefined ? undefined : found(['server', name], text);
}

/** A setting from flags or environment, where a secret may also be given as `…File`. */
function pick(
  kind: Origin['kind'],
  file: string,
  nameOf: (key: string) => string,
  read: (key: string) => string | undefined,
  name: SettingName,
  base: string,
  problems: Problem[],
): Given | undefined {
  const problemOf =
    (path: string): Given['problem'] =>
    (message, expected, fix) => ({ file, path, message, expected, fix });
  const direct = read(name);
  const key = `${name}File`;
  const path = SETTINGS[name].isSecret ? read(key) : undefined;
  if (path !== undefined) {
    const problem = problemOf(nameOf(key));
    if (direct !== undefined)
      problems.push(problem(`given beside ${nameOf(name)}`, 'one of the two', `remove ${nameOf(name)} or ${nameOf(key)}`));
    const text = readSecret(resolve(base, path), problem, problems);
    return text === undefined ? undefined : { text, base, origin: { kind, name: nameOf(key), path: resolve(base, path) }, problem };
  }
  return direct === undefined ? undefined : { text: direct, base, origin: { kind, name: nameOf(name) }, problem: problemOf(nameOf(name)) };
}

/**
 * A misspelt variable would otherwise silently not count. Names like none of ours are let be: a Kubernetes
 * service called ratchet puts RATCHET_PORT and RATCHET_SERVICE_HOST into every container.
 */
function unknownVariables(env: SettingSources['env']): Problem[] {
  const known = SETTING_NAMES.flatMap((name) => [variableOf(name), ...(SETTINGS[name].isSecret ? [`${variableOf(name)}_FILE`] : [])]);
  const suffixes = known.map((name) => name.slice('RATCHET_'.length));
  const problems: Problem[] = [];
  for (const name of Object.keys(env)) {
    if (!/^RATCHET_(?!LIVE_|TEST_|PORT|SERVICE_)/.test(name) || known.includes(name)) continue;
    const meant = closest(name.slice('RATCHET_'.length), suffixes);
    if (meant === undefined) continue;
    problems.push({
      file: 'environment',
      path: name,
      message: `no setting has this name, did you mean RATCHET_${meant}?`,
      expected: 'a name that ratchet serve --help lists',
      fix: `rename it to RATCHET_${meant}, or unset it`,
    });
  }
  return problems;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
