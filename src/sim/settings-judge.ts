import { compareVersionTexts, type Family } from './table.ts';

/**
 * What a device makes of com.apple.configuration.softwareupdate.settings, from Apple's published availability. Where Apple
 * says only "n/a", it is strict: a key that its platform has not got is one it does not know.
 */

export const SETTINGS = 'com.apple.configuration.softwareupdate.settings';

type Values = (value: unknown) => boolean;

interface Key {
  /** First versions; a family that is not named has not got the key. */
  since: Partial<Record<'iPhone' | 'Mac' | 'Apple TV' | 'Vision Pro', string>>;
  /** Beside Macs, only supervised devices take it. */
  isSupervised: boolean;
  takes: Values;
}

const flag: Values = (value) => typeof value === 'boolean';
const days: Values = (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 90;
const oneOf =
  (...words: string[]): Values =>
  (value) =>
    words.includes(value as string);
const action = oneOf('Allowed', 'AlwaysOn', 'AlwaysOff');
const program: Values = (value) => {
  const { Description, Token, ...others } = (value ?? {}) as Record<string, unknown>;
  return typeof Description === 'string' && typeof Token === 'string' && Object.keys(others).length === 0;
};

const PHONE = { iPhone: '18' };
const MAC = { Mac: '15' };
const TV = { 'Apple TV': '18.4' };
const VISION = { 'Vision Pro': '26' };
const BETA = { ...PHONE, Mac: '15.4' };

const KEYS: Readonly<Record<string, Key>> = {
  Notifications: { since: { ...PHONE, ...MAC, ...TV, ...VISION }, isSupervised: false, takes: flag },
  'Deferrals.CombinedPeriodInDays': { since: { ...PHONE, ...TV, ...VISION }, isSupervised: true, takes: days },
  'Deferrals.MajorPeriodInDays': { since: MAC, isSupervised: true, takes: days },
  'Deferrals.MinorPeriodInDays': { since: MAC, isSupervised: true, takes: days },
  'Deferrals.SystemPeriodInDays': { since: MAC, isSupervised: true, takes: days },
  RecommendedCadence: { since: { ...PHONE, ...VISION }, isSupervised: false, takes: oneOf('All', 'Oldest', 'Newest') },
  'AutomaticActions.Download': { since: { ...PHONE, ...MAC, ...VISION }, isSupervised: true, takes: action },
  'AutomaticActions.InstallOSUpdates': { since: { ...PHONE, ...MAC, ...TV, ...VISION }, isSupervised: true, takes: action },
  'AutomaticActions.InstallSecurityUpdate': { since: { iPhone: '26', ...MAC, ...VISION }, isSupervised: true, takes: action },
  'RapidSecurityResponse.Enable': { since: { ...PHONE, ...MAC }, isSupervised: true, takes: flag },
  'RapidSecurityResponse.EnableRollback': { since: { ...PHONE, ...MAC }, isSupervised: true, takes: flag },
  AllowStandardUserOSUpdates: { since: MAC, isSupervised: true, takes: flag },
  'Beta.ProgramEnrollment': { since: BETA, isSupervised: true, takes: action },
  'Beta.OfferPrograms': { since: BETA, isSupervised: false, takes: (value) => Array.isArray(value) && value.every(program) },
  'Beta.RequireProgram': { since: BETA, isSupervised: true, takes: program },
};

const DICTIONARIES: ReadonlySet<string> = new Set(['Deferrals', 'AutomaticActions', 'RapidSecurityResponse', 'Beta']);

/** Why the device refuses it: Apple's code and details. Undefined: it takes it. */
export function settingsRefusal(
  payload: Record<string, unknown>,
  device: { family: Family; osVersion: string; isSupervised: boolean },
): { code: string; details?: Record<string, unknown> } | undefined {
  const given = Object.entries(payload).flatMap(([name, value]): [string, unknown][] =>
    DICTIONARIES.has(name) && typeof value === 'object' && value !== null
      ? Object.entries(value).map(([inner, its]) => [`${name}.${inner}`, its])
      : [[name, value]],
  );
  const unknown = given.map(([name]) => name).filter((name) => !isKnown(name, device));
  if (unknown.length > 0) return { code: 'Error.UnknownPayloadKeys', details: { UnknownPayloadKeys: unknown } };
  if (!device.isSupervised && given.some(([name]) => KEYS[name]?.isSupervised)) return { code: 'Error.ConfigurationNotSupported' };
  const wrong = given.find(([name, value]) => !KEYS[name]?.takes(value));
  return wrong && { code: 'Error.ConfigurationIsInvalid', details: { Error: wrong[0] } };
}

function isKnown(name: string, { family, osVersion }: { family: Family; osVersion: string }): boolean {
  const first = KEYS[name]?.since[family === 'iPad' ? 'iPhone' : family];
  return first !== undefined && compareVersionTexts(osVersion, first) >= 0;
}
