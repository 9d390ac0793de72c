import { createHash } from 'node:crypto';
import { canonicalJson, compareText } from './canonical-json.ts';
import type { Declaration, DeclarationSet, EnforcementSpecific, SoftwareUpdateSettings } from './declaration.types.ts';
import { declarationsToken } from './manifest.ts';

/** What one device is asked to hold. */
export interface WantedDeclarations {
  /** Names of status items to subscribe to; undefined or empty: no subscription. */
  subscriptions: readonly string[] | undefined;
  enforcement?: EnforcementSpecific;
  /** Only what the device takes; undefined or without a key: no declaration. */
  settings?: SoftwareUpdateSettings;
}

/** Every declaration of ours has it, of this version and of others. */
const identifierPrefix = 'ratchet.';

/** Whether that identifier names a declaration which some version of Ratchet made. */
export function isOurs(identifier: string): boolean {
  return identifier.startsWith(identifierPrefix);
}

/**
 * The declarations of one device. They are content-addressed: an identifier contains a digest of type and payload, so
 * another body always has another identifier, and whatever a served manifest listed can stay fetchable unchanged beside
 * its successor. Each concern has an activation of its own, so that one can't hold up the other.
 */
export function buildDeclarations(wanted: WantedDeclarations): DeclarationSet {
  const key = JSON.stringify(wanted);
  let set = built.get(key);
  if (set === undefined) {
    set = build(wanted);
    if (built.size >= BUILT_MAX) built.clear();
    built.set(key, set);
  }
  return set;
}

/** Sets by what was wanted: a fleet shares a few hundred, unless owners have pages of their own; making one takes 60 µs of digests, looking it up 1 µs. */
const built = new Map<string, DeclarationSet>();
const BUILT_MAX = 2_000;

function build(wanted: WantedDeclarations): DeclarationSet {
  const subscriptions = [...new Set(wanted.subscriptions ?? [])].sort(compareText);
  const declarations = [
    ...(subscriptions.length > 0 ? concern('subscriptions', statusSubscriptions(subscriptions)) : []),
    ...(wanted.enforcement ? concern('enforcement', enforcementSpecific(wanted.enforcement)) : []),
    ...(wanted.settings && Object.keys(wanted.settings).length > 0 ? concern('settings', updateSettings(wanted.settings)) : []),
  ].sort((a, b) => compareText(a.Identifier, b.Identifier));
  return { declarations, token: declarationsToken(declarations) };
}

interface Configuration {
  type: string;
  payload: Record<string, unknown>;
}

/** https://developer.apple.com/documentation/devicemanagement/managementstatussubscriptions */
function statusSubscriptions(names: readonly string[]): Configuration {
  return {
    type: 'com.apple.configuration.management.status-subscriptions',
    payload: { StatusItems: names.map((name) => ({ Name: name })) },
  };
}

/** The identifier of the enforcement that says this and nothing else, in any store. */
export function enforcementIdentifier(enforcement: EnforcementSpecific): string {
  const { type, payload } = enforcementSpecific(enforcement);
  return identifierOf('enforcement', type, payload);
}

/** Whether that identifier names an enforcement of ours. */
export function isEnforcementIdentifier(identifier: string): boolean {
  return identifier.startsWith(`${identifierPrefix}enforcement.`);
}

export const ENFORCEMENT_TYPE = 'com.apple.configuration.softwareupdate.enforcement.specific';

/**
 * Only the keys Apple names: a device refuses a declaration that has a key it doesn't know.
 * https://developer.apple.com/documentation/devicemanagement/softwareupdateenforcementspecific
 */
function enforcementSpecific(enforcement: EnforcementSpecific): Configuration {
  return {
    type: ENFORCEMENT_TYPE,
    payload: {
      TargetOSVersion: enforcement.TargetOSVersion,
      ...(enforcement.TargetBuildVersion !== undefined && { TargetBuildVersion: enforcement.TargetBuildVersion }),
      TargetLocalDateTime: enforcement.TargetLocalDateTime,
      ...(enforcement.DetailsURL !== undefined && { DetailsURL: enforcement.DetailsURL }),
    },
  };
}

/** The identifier of the settings that say this and nothing else, in any store. */
export function settingsIdentifier(settings: SoftwareUpdateSettings): string {
  const { type, payload } = updateSettings(settings);
  return identifierOf('settings', type, payload);
}

/** Whether that identifier names settings of ours. */
export function isSettingsIdentifier(identifier: string): boolean {
  return identifier.startsWith(`${identifierPrefix}settings.`);
}

export const SETTINGS_TYPE = 'com.apple.configuration.softwareupdate.settings';

/** https://developer.apple.com/documentation/devicemanagement/softwareupdatesettings */
function updateSettings(settings: SoftwareUpdateSettings): Configuration {
  return { type: SETTINGS_TYPE, payload: { ...settings } };
}

/** A configuration and the activation without which it would stay inactive. */
function concern(name: string, configuration: Configuration): Declaration[] {
  const configured = declare(name, configuration.type, configuration.payload);
  // https://developer.apple.com/documentation/devicemanagement/activationsimple
  const activation = declare(`activation.${name}`, 'com.apple.activation.simple', { StandardConfigurations: [configured.Identifier] });
  return [configured, activation];
}

function declare(name: string, type: string, payload: Record<string, unknown>): Declaration {
  const identifier = identifierOf(name, type, payload);
  const serverToken = digest({ type, identifier, payload }).slice(0, 32);
  return { Type: type, Identifier: identifier, ServerToken: serverToken, Payload: payload };
}

function identifierOf(name: string, type: string, payload: Record<string, unknown>): string {
  return `${identifierPrefix}${name}.${digest({ type, payload }).slice(0, 12)}`;
}

function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
