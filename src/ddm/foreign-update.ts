import { ENFORCEMENT_TYPE, isOurs, SETTINGS_TYPE } from './declarations.ts';
import { filledTextAt, isJsonObject, type JsonObject, objectAt } from './json-fields.ts';

/** What another server's declaration says of software updates, reduced to what a conflict is judged by. */
export interface ForeignUpdate {
  kind: 'enforcement' | 'settings';
  identifier: string;
  serverToken: string;
  /** As it stands there: nobody has checked it. Of an enforcement. */
  version?: string;
  build?: string;
  /** Device wall time, as it stands there. Of an enforcement. */
  local?: string;
  /** Top-level keys of settings, as Apple spells them. */
  keys?: string[];
  /** The longest deferral of settings, in days. */
  deferralDays?: number;
}

/** Longer ones are not read: real ones have a few hundred characters. */
const BODY_MAX = 256 * 1024;
const KEYS_MAX = 12;

/**
 * Reads a declaration that another server answered a device. Undefined: it is not about software updates, it is ours, or it
 * can't be read. https://developer.apple.com/documentation/devicemanagement/softwareupdateenforcementspecific and
 * .../softwareupdatesettings
 */
export function readForeignUpdate(body: string): ForeignUpdate | undefined {
  // Most of what passes is something else: no need to parse it.
  if (body.length > BODY_MAX || !body.includes('softwareupdate')) return undefined;
  const declaration = parsed(body);
  const type = filledTextAt(declaration, 'Type');
  const identifier = filledTextAt(declaration, 'Identifier');
  if (declaration === undefined || identifier === undefined || isOurs(identifier)) return undefined;
  const payload = objectAt(declaration, 'Payload') ?? {};
  const base = { identifier, serverToken: filledTextAt(declaration, 'ServerToken') ?? '' };
  if (type === ENFORCEMENT_TYPE) return { kind: 'enforcement', ...base, ...enforcementIn(payload) };
  return type === SETTINGS_TYPE ? { kind: 'settings', ...base, ...settingsIn(payload) } : undefined;
}

function enforcementIn(payload: JsonObject): Pick<ForeignUpdate, 'version' | 'build' | 'local'> {
  const version = filledTextAt(payload, 'TargetOSVersion');
  const build = filledTextAt(payload, 'TargetBuildVersion');
  const local = filledTextAt(payload, 'TargetLocalDateTime');
  return {
    ...(version === undefined ? {} : { version }),
    ...(build === undefined ? {} : { build }),
    ...(local === undefined ? {} : { local }),
  };
}

function settingsIn(payload: JsonObject): Pick<ForeignUpdate, 'keys' | 'deferralDays'> {
  const deferrals = Object.values(objectAt(payload, 'Deferrals') ?? {}).filter((days) => typeof days === 'number');
  return {
    // Names only: a value may be the token of a beta program.
    keys: Object.keys(payload)
      .slice(0, KEYS_MAX)
      .map((key) => key.slice(0, 64))
      .sort(),
    ...(deferrals.length === 0 ? {} : { deferralDays: Math.max(...deferrals) }),
  };
}

function parsed(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
