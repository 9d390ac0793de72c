import type { SoftwareUpdateSettings } from '../ddm/declaration.types.ts';
import { SETTINGS_TYPE, settingsIdentifier } from '../ddm/declarations.ts';
import { known, observedWhen } from '../enrollment/state.ts';
import { statusItemsFor } from '../os/availability.ts';
import { type DeviceSettings, settingsFor, withoutAlwaysOn } from '../policy/device-settings.ts';
import type { ReasonName } from '../reasons/reasons.ts';
import { supervisionOf } from './channel.ts';
import { CAPABILITIES_SLACK_MS, GATES, isForeign, isTargetOffered } from './checks.ts';
import { reportsOurs } from './ours.ts';
import { untoldSinceRestore } from './read-back.ts';
import type { Situation } from './situation.types.ts';

/**
 * What a device under an enforcing policy holds also when it is current, beside or without a date: the subscriptions by
 * which it tells its progress and version, and the settings of its policy. Neither asks for an update, so no want of a
 * release, a key or a date takes them back, and no trouble with them holds up a date.
 */
export interface LastingDeclarations {
  /** Undefined: none. */
  subscriptions: string[] | undefined;
  /** What is in the manifest; undefined: none. */
  settings: SoftwareUpdateSettings | undefined;
}

/** Not so the one about the release: what that one misses of a device keeps only the release from it. */
const OF_DEVICE = GATES.filter(({ run }) => run !== isTargetOffered);

/** Without these there is nobody to hand declarations to. */
const NEEDED: ReadonlySet<ReasonName> = new Set<ReasonName>([
  'unenrolled',
  'enrollment-incomplete',
  'leaving',
  'left',
  'user-enrollment',
  'inventory-missing',
  'platform-observe-only',
  'no-policy',
  'declarations-unsupported',
  'not-supervised',
  'capability-missing',
  'foreign-declarations',
  'observe-only',
]);

/** Nothing new is handed out because of these; what a device was given stays. */
const KEEPING: ReadonlySet<ReasonName> = new Set<ReasonName>(['clock-suspect', 'held', 'stopped', 'exempt', 'paused']);

export function lastingFor(situation: Situation): LastingDeclarations {
  const none = { subscriptions: undefined, settings: undefined };
  if (situation.channel !== 'declarations' || isForeign(situation)) return none;
  const reasons = new Set(OF_DEVICE.flatMap((check) => check.run(situation)?.reason ?? []));
  if ([...reasons].some((reason) => NEEDED.has(reason))) return none;
  return {
    subscriptions: reasons.has('held') && !hasSubscriptionsSince(situation) ? undefined : subscriptionsFor(situation),
    settings: settingsToHold(situation, reasons),
  };
}

/** Held after a restore, a device keeps what it has: its subscriptions too. */
function hasSubscriptionsSince({ input, enrollment }: Situation): boolean {
  return input.control.restored !== undefined && ((input.manifest?.items.length ?? 0) > 0 || reportsOurs(enrollment));
}

function subscriptionsFor({ platform, version, enrollment }: Situation): string[] {
  const items = version === undefined ? [] : statusItemsFor(platform, version);
  const told = known(enrollment, 'clientCapabilities')?.statusItems;
  return told === undefined ? items : items.filter((item) => told.includes(item));
}

/**
 * Settings restart nothing at any moment. So `pause` leaves them as they are, and `stop` takes back only what makes a
 * device update by itself: without its deferrals a stopped fleet would be offered more, not less (rules 18, 21). The same
 * holds for one device that a person exempts.
 */
function settingsToHold(situation: Situation, reasons: ReadonlySet<ReasonName>): SoftwareUpdateSettings | undefined {
  const { policy, input } = situation;
  const isKept = [...reasons].some((reason) => KEEPING.has(reason)) || untoldSinceRestore(situation).length > 0;
  const wanted = isKept ? input.manifest?.settings : policy?.settings;
  if (wanted === undefined || !saysItTakesSettings(situation)) return undefined;
  const taken = fitting(situation, wanted).settings;
  const isTakenBack = reasons.has('stopped') || reasons.has('exempt');
  return taken && isTakenBack ? withoutAlwaysOn(taken) : taken;
}

function fitting({ platform, version, enrollment }: Situation, wanted: SoftwareUpdateSettings): DeviceSettings {
  return settingsFor(wanted, { platform, version, isSupervised: supervisionOf(enrollment, platform, version) });
}

/** What it told of itself goes before the table, unless that was before its last update. */
function saysItTakesSettings({ enrollment }: Situation): boolean {
  const fact = enrollment.facts.clientCapabilities;
  if (fact === undefined || fact.value.declarations.includes(SETTINGS_TYPE)) return true;
  return fact.observedAt < observedWhen(enrollment, 'osVersion') - CAPABILITIES_SLACK_MS;
}

/** What became of the settings of its policy, for `why`. */
export interface SettingsStanding {
  /** Keys in its manifest, or that would be under a policy that enforces; Apple's spelling, dictionaries before a dot. */
  settings: SoftwareUpdateSettings | undefined;
  /** They are in its manifest. */
  isHandedOut: boolean;
  leftOut: DeviceSettings['leftOut'];
  /** `fetched`: it has not said what it makes of them. */
  state: 'not-fetched' | 'fetched' | 'valid' | 'invalid';
  /** What it says of them: Apple's code, and its words. */
  reasons: { code: string; description?: string }[];
}

/** Undefined when neither its policy nor its manifest has any. `held`: those in its manifest. */
export function settingsStanding(situation: Situation, held: SoftwareUpdateSettings | undefined): SettingsStanding | undefined {
  const { enrollment, policy } = situation;
  const wanted = policy?.settings;
  if (held === undefined && wanted === undefined) return undefined;
  const { settings, leftOut } = wanted === undefined ? { settings: undefined, leftOut: [] } : fitting(situation, wanted);
  if (held === undefined) return { settings, isHandedOut: false, leftOut, state: 'not-fetched', reasons: [] };
  const identifier = settingsIdentifier(held);
  const told = enrollment.declarations[identifier]?.value;
  const isTold = told?.valid === 'valid' || told?.valid === 'invalid';
  const state = isTold ? (told.valid as 'valid' | 'invalid') : (enrollment.fetched[identifier] ?? 0) > 0 ? 'fetched' : 'not-fetched';
  return { settings: held, isHandedOut: true, leftOut, state, reasons: told?.reasons ?? [] };
}
