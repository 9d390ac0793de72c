import type { Control, Rollouts } from '../decide/input.ts';
import { meantBy } from '../decide/meant.ts';
import type { Overrides } from '../decide/overrides.types.ts';
import type { MachineInfo } from '../mdm/machine-info.ts';
import { isBetaBuild } from '../os/build.ts';
import { lookupKey } from '../os/lookup-key.ts';
import { platformOf } from '../os/platform.ts';
import { compareVersions, formatVersion, type OsVersion, parseVersion, type VersionText } from '../os/version.ts';
import { modeInForce } from '../policy/match.ts';
import type { Policy, PolicySet } from '../policy/policy.types.ts';
import type { Catalogue, Offer } from '../releases/catalogue.types.ts';
import { hasDevice, isKnownBuild, notInstallableReason, offersFor } from '../releases/offers.ts';
import { openingOf } from '../rollout/move.ts';
import { type Instant, latestInstantOf } from '../time/local.ts';
import { candidatesFor } from './match-enrolling.ts';
import type { GateOutcome } from './outcomes.ts';

/** Whether a device has to update before it enrolls, and to what. Only what it told and what is held of Apple's list counts. */

export interface GateInput {
  now: Instant;
  info: MachineInfo;
  policies: PolicySet;
  tags: readonly string[];
  control: Control;
  /** Why our clock is in doubt; undefined: it is not. */
  clockSuspect: string | undefined;
  catalogue: Catalogue | undefined;
  rollouts: Rollouts;
  /** What a person ordered for this device; undefined: nothing. */
  overrides: Overrides | undefined;
  /** When it was sent away, the newest first. */
  sentAway: readonly Instant[];
  /** How often it may be, before it was not for `periodMs`. */
  timesMax: number;
  periodMs: number;
}

export interface GateDecision {
  outcome: GateOutcome;
  /** The policy that decides, where it is certain. */
  policy?: string;
  /** What it has to install: only with `sent-away`. */
  requires?: Requirement;
}

export interface Requirement {
  /** "26.6.1", "26.3.1 (a)". */
  version: VersionText;
  /** Only where the policy names a build. */
  build?: string;
  /** Of Apple's beta programs, which the device is to stay in; on systems that know it. */
  betaProgram?: { description: string; token: string };
}

/** Under each policy that may turn out to mean it; where they come to different ends it is let in. */
export function decideGate(input: GateInput): GateDecision {
  const { info, policies, now, tags } = input;
  if (!info.canRequestSoftwareUpdate) return { outcome: 'cannot-be-asked' };
  const version = parseVersion(info.osVersion, info.supplementalOsVersionExtra);
  const candidates = candidatesFor(policies, { info, version, tags, now });
  const [first, ...others] = candidates.map((policy) => decideUnder(policy, input, version));
  if (first === undefined || others.some((other) => endOf(other) !== endOf(first))) return { outcome: 'policy-undecided' };
  const [policy] = candidates;
  return others.length > 0 || policy === undefined ? first : { ...first, policy: policy.name };
}

/**
 * Up to the first pause of `periodMs`. Not those of the last so many hours: who tries once a day would be sent away for ever. What a clock
 * that was ahead wrote counts.
 */
function timesInARow({ sentAway, now, periodMs }: GateInput): number {
  const paused = sentAway.findIndex((at, index) => (sentAway[index - 1] ?? now) - at >= periodMs);
  return paused < 0 ? sentAway.length : paused;
}

function endOf({ outcome, requires }: GateDecision): string {
  return JSON.stringify([outcome, requires]);
}

/** The first objection decides; without any it is sent away. */
function decideUnder(policy: Policy | undefined, input: GateInput, version: OsVersion | undefined): GateDecision {
  if (policy === undefined) return { outcome: 'no-policy' };
  if (policy.enrollmentMinimum === undefined) return { outcome: 'no-minimum' };
  if (version === undefined) return { outcome: 'version-unknown' };
  const objection = objectionOf(input, policy, version);
  if (objection !== undefined) return { outcome: objection };
  const found = findRelease(input, policy, version);
  if ('outcome' in found) return found;
  if (timesInARow(input) >= input.timesMax) return { outcome: 'sent-away-enough' };
  return { outcome: 'sent-away', requires: requirementOf(policy, found.offer, input.info, version) };
}

/** What speaks against sending it away, whatever Apple offers. */
function objectionOf(input: GateInput, policy: Policy, version: OsVersion): GateOutcome | undefined {
  const { policies, control, clockSuspect, catalogue, info } = input;
  const minimum = minimumOf(policy);
  if (minimum !== undefined && compareVersions(version, minimum) >= 0) return 'reached';
  const isHeldBack =
    control.state !== 'running' || control.held !== undefined || control.pausedPolicies.includes(policy.name) || policy.paused;
  if (modeInForce(policies, policy) !== 'enforce' || isHeldBack) return 'not-enforced';
  if (isExempt(input)) return 'exempt';
  if (clockSuspect !== undefined) return 'clock-doubtful';
  if (catalogue === undefined) return 'no-releases';
  if (catalogue.doubt !== undefined) return 'feed-doubtful';
  if (isBetaBuild(info.buildVersion, (build) => isKnownBuild(catalogue, build))) return 'beta';
  const key = keyOf(info, version);
  return key === undefined || !hasDevice(catalogue, key) ? 'model-unknown' : undefined;
}

/** To the end of its last day wherever the device may be: it does not tell its zone. */
function isExempt({ overrides, now }: GateInput): boolean {
  const { paused, exempt } = overrides ?? {};
  return paused !== undefined || (exempt !== undefined && now < latestInstantOf(`${exempt.until}T23:59:59`));
}

/** Undefined where the target itself is the minimum. */
function minimumOf({ enrollmentMinimum }: Policy): OsVersion | undefined {
  return enrollmentMinimum === 'target' ? undefined : parseVersion(enrollmentMinimum);
}

function keyOf(info: MachineInfo, version: OsVersion): string | undefined {
  const { productName, softwareUpdateDeviceId } = info;
  return lookupKey({
    platform: platformOf(productName),
    version,
    ...(productName === undefined ? {} : { productName }),
    ...(softwareUpdateDeviceId === undefined ? {} : { softwareUpdateDeviceId }),
  });
}

/**
 * The newest release that the policy means for it, that it can take now, and that reaches the minimum. One that still goes through its
 * rings is for nobody here: which ring a device is in is settled when it is enrolled.
 */
function findRelease(input: GateInput, policy: Policy, version: OsVersion): { offer: Offer } | { outcome: GateOutcome } {
  const { catalogue, info, now } = input;
  const offers = catalogue === undefined ? [] : offersFor(catalogue, keyOf(info, version) ?? '');
  const isMac = platformOf(info.productName) === 'macOS';
  const conditions = {
    // Before macOS 15 only what stands in PublicAssetSets may be asked for here.
    isSupervised: !isMac || version.major >= 15,
    now,
    ...(info.buildVersion === undefined ? {} : { currentBuild: info.buildVersion }),
    combinedImprovements: version.major >= (isMac ? 15 : 18),
  };
  const minimum = minimumOf(policy);
  const newer = meantByPolicy(policy, offers, version).filter((offer) => compareVersions(offer.version, version) > 0);
  const takes = newer.filter((offer) => notInstallableReason(offer, conditions) === undefined);
  const reaching = takes.filter((offer) => minimum === undefined || compareVersions(offer.version, minimum) >= 0);
  if (reaching.length === 0) return { outcome: minimum === undefined && newer.length === 0 ? 'reached' : 'not-offered' };
  const offer = reaching.find((one) => isOpenToAll(input.rollouts, policy, one));
  return offer === undefined ? { outcome: 'ring-closed' } : { offer };
}

function meantByPolicy(policy: Policy, offers: readonly Offer[], version: OsVersion): readonly Offer[] {
  const { target } = policy;
  if (target.kind === 'build') return offers.filter(({ builds }) => builds.includes(target.build));
  if (target.kind !== 'exact') return meantBy(policy, offers, version);
  const wanted = parseVersion(target.version);
  return offers.filter((offer) => wanted !== undefined && compareVersions(offer.version, wanted) === 0);
}

function isOpenToAll(rollouts: Rollouts, { name, rings }: Policy, { release }: Offer): boolean {
  const rollout = rollouts.get(name)?.get(release);
  if (rings === undefined) return rollout === undefined || rollout.state === 'running';
  return rollout?.state === 'running' && openingOf(rollout, rings, rings.length - 1) !== undefined;
}

/** RequireBetaProgram exists from iOS 17.5 and macOS 14.5 on. */
const BETA_PROGRAM_FROM = { iOS: '17.5', iPadOS: '17.5', macOS: '14.5' } as const;

function requirementOf(policy: Policy, offer: Offer, { productName }: MachineInfo, version: OsVersion): Requirement {
  const platform = platformOf(productName);
  const from = parseVersion(platform in BETA_PROGRAM_FROM ? BETA_PROGRAM_FROM[platform as keyof typeof BETA_PROGRAM_FROM] : undefined);
  const program = policy.settings?.Beta?.RequireProgram;
  const knowsPrograms = from !== undefined && compareVersions(version, from) >= 0;
  return {
    version: formatVersion(offer.version),
    ...(policy.target.kind === 'build' ? { build: policy.target.build } : {}),
    ...(program !== undefined && knowsPrograms ? { betaProgram: { description: program.Description, token: program.Token } } : {}),
  };
}
