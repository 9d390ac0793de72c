import type { SoftwareUpdateSettings } from '../ddm/declaration.types.ts';
import { type Platform, platformOf } from '../os/platform.ts';
import { SETTINGS_KEY_NAMES, type SettingsKey, settingsKeyFrom, settingsKeyNeedsSupervision } from '../os/settings-support.ts';
import { isInRange, parseVersion, type VersionRange } from '../os/version.ts';
import type { Policy, PolicySet } from './policy.types.ts';
import type { PolicyFinding } from './policy-finding.types.ts';
import { SETTINGS_PATHS, settingOf } from './settings-keys.ts';
import { targetText } from './target-keys.ts';

/** Settings that contradict each other, that the devices of a policy lack, or that hide what it enforces. */

type Loose = Record<string, unknown>;
type Path = (string | number)[];

/** Of one `settings` as it was read; what has the wrong type is passed over. What Apple says goes with what, of beta programs. */
export function settingsProblems(settings: unknown, path: Path): PolicyFinding[] {
  const beta = asObject(asObject(settings).beta);
  const enrollment = beta.programEnrollment;
  const problems: PolicyFinding[] = [];
  const add = (key: string, at: PolicyFinding['at'], message: string, expected: string, fix: string): void => {
    problems.push({ path: [...path, 'beta', key], at, message, expected, fix });
  };
  if (beta.requireProgram !== undefined && enrollment === undefined)
    add(
      'programEnrollment',
      'missing',
      'programEnrollment is missing beside requireProgram',
      'programEnrollment: AlwaysOn, without which no program can be required',
      'add programEnrollment: AlwaysOn',
    );
  else if (beta.requireProgram !== undefined && enrollment !== 'AlwaysOn')
    add(
      'requireProgram',
      'key',
      `requireProgram can't stand beside programEnrollment: ${String(enrollment)}`,
      'programEnrollment: AlwaysOn beside requireProgram',
      'write programEnrollment: AlwaysOn, or remove requireProgram',
    );
  if (beta.offerPrograms !== undefined && beta.requireProgram !== undefined)
    add(
      'offerPrograms',
      'key',
      "offerPrograms can't stand beside requireProgram",
      'either offerPrograms or requireProgram',
      'remove one of them',
    );
  else if (beta.offerPrograms !== undefined && enrollment === 'AlwaysOff')
    add(
      'offerPrograms',
      'key',
      "offerPrograms can't stand beside programEnrollment: AlwaysOff",
      'programEnrollment: Allowed or AlwaysOn beside offerPrograms',
      'write programEnrollment: Allowed, or remove offerPrograms',
    );
  return problems;
}

/** Platforms that have the declaration at all. */
const PLATFORMS: readonly Platform[] = ['iOS', 'iPadOS', 'macOS', 'tvOS', 'visionOS'];

/** Allowed, but probably not meant. What holds for settings at the top is told once, with the policies it is about. */
export function settingsWarnings(set: PolicySet): PolicyFinding[] {
  const found = new Map<string, { finding: PolicyFinding; of: string[] }>();
  for (const [index, policy] of set.policies.entries()) {
    const isOwn = policy.settings !== set.settings;
    for (const { path, ...said } of warningsOf(policy, set)) {
      const finding = { ...said, path: isOwn ? ['policies', index, ...path] : path };
      const key = JSON.stringify([finding.path, finding.message]);
      const { of } = found.get(key) ?? { of: [] };
      found.set(key, { finding, of: isOwn ? of : [...of, `"${policy.name}"`] });
    }
  }
  return [...found.values()].map(({ finding, of }) =>
    of.length === 0 ? finding : { ...finding, message: `under ${of.join(', ')}: ${finding.message}` },
  );
}

function warningsOf(policy: Policy, set: PolicySet): PolicyFinding[] {
  const { settings } = policy;
  if (settings === undefined) return [];
  const found: PolicyFinding[] = [];
  const warn: Warn = (key, message, expected, fix) => {
    const inner = (key === undefined ? [] : SETTINGS_PATHS[key]).flatMap((part) => part ?? []);
    found.push({ path: ['settings', ...inner], at: 'value', message, expected, fix });
  };
  if (policy.channel === 'commands') {
    const message = 'no device gets settings: channel is commands, and settings are declarations';
    warn(undefined, message, 'channel: auto or declarations', 'remove settings, or channel');
    return found;
  }
  const platforms = platformsOf(policy);
  for (const key of SETTINGS_KEY_NAMES) {
    if (settingOf(settings, key) !== undefined) for (const lack of lacksOf(key, policy, platforms)) warn(key, ...lack);
  }
  const has = (key: SettingsKey): boolean => platforms.some((platform) => takes(key, platform, policy));
  warnOfDeferrals(policy, settings, has, warn);
  warnOfActions(policy, set, settings, has, warn);
  return found;
}

type Warn = (key: SettingsKey | undefined, message: string, expected: string, fix: string) => void;

/** What of a key is left out on devices the policy can match: platforms, versions and supervision. */
function lacksOf(key: SettingsKey, { match }: Policy, platforms: readonly Platform[]): [string, string, string][] {
  const lacks: [string, string, string][] = [];
  const never = platforms.filter((platform) => settingsKeyFrom(key, platform) === undefined);
  const having = PLATFORMS.filter((platform) => settingsKeyFrom(key, platform) !== undefined);
  if (never.length > 0)
    lacks.push([
      `${listed(never)} ${never.length === 1 ? 'has' : 'have'} no ${key}: it is left out there`,
      `it for ${having.map((platform) => `${platform} ${settingsKeyFrom(key, platform)}`).join(', ')}`,
      'nothing, if that is meant; or put it into a policy with match: {platform: …}',
    ]);
  const old = platforms.filter((platform) => !never.includes(platform) && !reaches(match.os, settingsKeyFrom(key, platform) ?? ''));
  if (old.length > 0)
    lacks.push([
      `${key} is left out on ${listed(old)} ${match.os?.text ?? ''}: it needs ${old.map((platform) => `${platform} ${settingsKeyFrom(key, platform)}`).join(', ')}`,
      'a policy for newer systems',
      'remove it, or widen match.os',
    ]);
  const unsupervised =
    match.supervised === false
      ? platforms.filter((platform) => !never.includes(platform) && !old.includes(platform) && settingsKeyNeedsSupervision(key, platform))
      : [];
  if (unsupervised.length > 0)
    lacks.push([
      `${key} is left out: ${listed(unsupervised)} ${unsupervised.length === 1 ? 'takes' : 'take'} it only from supervised devices, and this policy is for others`,
      'a policy for supervised devices',
      'remove it, or put it into a policy with match: {supervised: true}',
    ]);
  return lacks;
}

function takes(key: SettingsKey, platform: Platform, { match }: Policy): boolean {
  const from = settingsKeyFrom(key, platform);
  return from !== undefined && reaches(match.os, from) && !(match.supervised === false && settingsKeyNeedsSupervision(key, platform));
}

/**
 * A deferral hides a release from the user, never from an enforcement (Apple, "Use MDM to deploy software updates"). Days
 * to a fixed date can't be told, and what is not the OS is not enforced.
 */
function warnOfDeferrals(
  { due, target }: Policy,
  { Deferrals, Notifications }: SoftwareUpdateSettings,
  has: (key: SettingsKey) => boolean,
  warn: Warn,
): void {
  if (due.kind !== 'days') return;
  for (const name of ['CombinedPeriodInDays', 'MajorPeriodInDays', 'MinorPeriodInDays'] as const) {
    const days = Deferrals?.[name];
    const key = `Deferrals.${name}` as const;
    if (days === undefined || days <= due.days || !has(key)) continue;
    if (name === 'MajorPeriodInDays' && target.kind === 'latest-minor') continue;
    warn(
      key,
      `for ${days} days users are not offered what is enforced after ${due.days}: they learn of it by the enforcement alone${Notifications === false ? ', an hour before it (notifications: false)' : ''}. It is enforced all the same: a deferral holds back no declaration`,
      `at most the ${due.days} days of due`,
      `write ${due.days === 0 ? 'due with more days' : `${due.days} or less, or give due more days`}`,
    );
  }
}

function warnOfActions(
  policy: Policy,
  set: PolicySet,
  settings: SoftwareUpdateSettings,
  has: (key: SettingsKey) => boolean,
  warn: Warn,
): void {
  const { AutomaticActions: actions = {}, RapidSecurityResponse: responses, Beta: beta } = settings;
  const isAlwaysOn = actions.InstallOSUpdates === 'AlwaysOn' && has('AutomaticActions.InstallOSUpdates');
  if (isAlwaysOn && actions.Download === 'AlwaysOff')
    warn(
      'AutomaticActions.InstallOSUpdates',
      'nothing is installed automatically: download is AlwaysOff, and Apple installs only what was downloaded automatically',
      'download: AlwaysOn or Allowed',
      'write download: AlwaysOn, or installOSUpdates: AlwaysOff',
    );
  else if (isAlwaysOn) {
    const besides = [
      ...(policy.windows ? ['windows'] : []),
      ...(policy.blackouts || set.blackouts ? ['blackouts'] : []),
      ...(policy.cap ? ['cap'] : []),
      ...(policy.rings ? ['rings'] : []),
      ...(policy.target.kind === 'latest' || policy.target.kind === 'latest-minor' ? [] : [`target: ${targetText(policy.target)}`]),
    ];
    if (besides.length > 0)
      warn(
        'AutomaticActions.InstallOSUpdates',
        `devices install what Apple offers them, at an hour that Apple picks: ${besides.join(' and ')} of the policy ${besides.length === 1 ? 'does' : 'do'} not hold that off`,
        'Allowed or AlwaysOff beside them',
        'remove it: what the policy requires is installed at its date',
      );
  }
  if (responses?.Enable === false && policy.improvements === 'follow' && has('RapidSecurityResponse.Enable'))
    warn(
      'RapidSecurityResponse.Enable',
      'users are not offered background security improvements, and improvements: follow enforces them all the same',
      'true beside improvements: follow',
      'remove it, or write improvements: ignore',
    );
  const joins = beta?.ProgramEnrollment === 'AlwaysOn' && has('Beta.ProgramEnrollment');
  if (joins)
    warn(
      'Beta.ProgramEnrollment',
      'devices that run a beta are left alone: this policy then enforces nothing on them (beta-os)',
      'Allowed or AlwaysOff where a release is enforced',
      'leave it so only for devices that are there to test betas',
    );
}

/** What the policy can match, of the platforms with settings. */
function platformsOf({ match }: Policy): Platform[] {
  return PLATFORMS.filter((platform) => {
    if (match.platform !== undefined && !match.platform.includes(platform)) return false;
    return match.model === undefined || match.model.some((model) => isModelOf(model, platform));
  });
}

/** "iPad13,*" is no Mac's; a pattern that could be anything's is everything's. */
function isModelOf(model: string, platform: Platform): boolean {
  const of = platformOf(model.replace(/\*$/, ''));
  return of === 'unknown' || of === platform;
}

/** Some version from that one on is in the range. */
function reaches(range: VersionRange | undefined, from: string): boolean {
  const first = parseVersion(from);
  if (range === undefined || first === undefined) return true;
  return isInRange(first, { ...range, comparisons: range.comparisons.filter(({ operator }) => operator.startsWith('<')) });
}

function listed(platforms: readonly Platform[]): string {
  return platforms.length < 2 ? platforms.join('') : `${platforms.slice(0, -1).join(', ')} and ${platforms.at(-1)}`;
}

function asObject(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}
