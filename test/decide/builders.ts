import type { DecideInput, Memory } from '../../src/decide/input.ts';
import { newMemory } from '../../src/decide/input.ts';
import type { OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import type { Fact, FactSource } from '../../src/enrollment/fact.ts';
import { type EnrollmentState, type FactName, type Facts, newEnrollment } from '../../src/enrollment/state.ts';
import { parseVersion } from '../../src/os/version.ts';
import type { LedgerLine } from '../../src/policy/ledger.ts';
import type { Policy, PolicySet } from '../../src/policy/policy.types.ts';
import type { Catalogue, CatalogueRelease, DeviceGroup } from '../../src/releases/catalogue.types.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';

/**
 * Valid values with a default for everything: a supervised iPhone on iOS 40.5 that told all about itself, under one
 * policy that wants the latest release within 7 days at 18:00, of which 40.6 was first seen two days ago. A row of a
 * table changes the one thing it is about.
 */

/** A Monday, 10:00 in Berlin (summer time). */
export const NOW = Date.parse('2040-09-10T08:00:00Z');
export const DEVICE = 'D1';
export const PHONE = 'iPhone90,1';
export const MAC_KEY = 'J900AP';

export type FactValues = { [K in FactName]?: Facts[K] };

export const PHONE_FACTS: FactValues = {
  serialNumber: 'SERIAL1',
  productName: PHONE,
  osVersion: '40.5',
  osVersionExtra: '',
  buildVersion: '40F50',
  supplementalBuildVersion: '40F50',
  isSupervised: true,
  timeZone: 'Europe/Berlin',
};

export const MAC_FACTS: FactValues = {
  serialNumber: 'SERIAL2',
  productName: 'Mac90,1',
  softwareUpdateDeviceId: MAC_KEY,
  osVersion: '40.5',
  osVersionExtra: '',
  buildVersion: '40F50',
  supplementalBuildVersion: '40F50',
  isSupervised: true,
  timeZone: 'Europe/Berlin',
  userApprovedEnrollment: true,
};

export interface EnrollmentOptions extends Partial<Omit<EnrollmentState, 'facts'>> {
  facts?: FactValues;
  /** When the facts were observed. */
  factsAt?: number;
}

export function fact<T>(value: T, observedAt = NOW - HOUR_MS, source: FactSource = 'device-information'): Fact<T> {
  return { value, observedAt, source };
}

export function enrollment({ facts = PHONE_FACTS, factsAt = NOW - HOUR_MS, ...changes }: EnrollmentOptions = {}): EnrollmentState {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  return {
    ...newEnrollment(DEVICE, 'Device'),
    generation: NOW - 100 * DAY_MS,
    tokenUpdateAt: NOW - 100 * DAY_MS,
    enrolledAt: NOW - 100 * DAY_MS,
    firstSeenAt: NOW - 100 * DAY_MS,
    lastSeenAt: NOW - 10 * MINUTE_MS,
    facts: Object.fromEntries(entries.map(([name, value]) => [name, fact(value, factsAt)])) as EnrollmentState['facts'],
    ...changes,
  };
}

export function policy(changes: Partial<Policy> = {}): Policy {
  return {
    name: 'everyone',
    match: {},
    target: { kind: 'latest' },
    due: { kind: 'days', days: 7, at: '18:00' },
    mode: 'enforce',
    paused: false,
    ...changes,
  };
}

export function policySet(changes: Partial<PolicySet> = {}): PolicySet {
  return {
    mode: 'enforce',
    timeZone: 'Europe/Berlin',
    noticeMs: DAY_MS,
    graceReturningMs: 2 * DAY_MS,
    graceNewEnrollmentMs: 3 * DAY_MS,
    hardStopMs: 7 * DAY_MS,
    dmAdopt: false,
    policies: [policy()],
    ...changes,
  };
}

/** A listing for the phone; `platform` and `devices` for others. */
export function release(
  text: string,
  { platform = 'iOS', devices = [PHONE], ...changes }: Partial<DeviceGroup> & { platform?: string } = {},
): CatalogueRelease {
  const version = parseVersion(text);
  if (version === undefined) throw new Error(`not a version: ${text}`);
  return {
    key: `${platform} ${text}`,
    platform,
    version,
    groups: [
      {
        devices,
        builds: [`40G${version.minor}${version.patch}`],
        prerequisiteBuilds: [],
        isPublic: true,
        isManaged: true,
        isImprovement: version.extra !== '',
        expirationDate: '2040-12-09',
        expirationRolls: true,
        firstSeenAt: NOW - 2 * DAY_MS,
        ...changes,
      },
    ],
  };
}

export function catalogue(releases: CatalogueRelease[] = RELEASES, changes: Partial<Catalogue> = {}): Catalogue {
  return { schema: 1, releases, heldDigest: 'held', heldAt: NOW - DAY_MS, lastCheckedAt: NOW - HOUR_MS, droppedEntries: 0, ...changes };
}

export const RELEASES: CatalogueRelease[] = [
  release('40.6'),
  release('40.5', { firstSeenAt: NOW - 60 * DAY_MS }),
  release('40.6', { platform: 'macOS', devices: [MAC_KEY] }),
  release('40.5', { platform: 'macOS', devices: [MAC_KEY], firstSeenAt: NOW - 60 * DAY_MS }),
];

export const MINIMAL_COMMAND: OutboxEntry = {
  commandUuid: 'c0000000-0000-4000-8000-000000000000',
  enrollmentId: DEVICE,
  requestType: 'DeviceInformation',
  plist: '<plist/>',
  state: 'pending',
  createdAt: NOW - MINUTE_MS,
  attempt: 1,
  notBefore: NOW - MINUTE_MS,
  enqueueTries: 0,
  notNowCount: 0,
  revision: 1,
};

/** Pending a minute ago; the rest is said by the test. */
export function command(changes: Partial<OutboxEntry> = {}): OutboxEntry {
  return { ...MINIMAL_COMMAND, ...changes };
}

/** Confirmed by the host `ago` before now, without an answer yet. */
export function enqueued(changes: Partial<OutboxEntry> = {}, at = NOW - HOUR_MS): OutboxEntry {
  return command({ state: 'enqueued', createdAt: at, notBefore: at, leasedAt: at, enqueueTries: 1, enqueuedAt: at, ...changes });
}

export function answered(changes: Partial<OutboxEntry> = {}, at = NOW - HOUR_MS): OutboxEntry {
  return enqueued({ state: 'answered', answer: 'Acknowledged', endedAt: at + 1_000, plist: '', ...changes }, at);
}

/** What a device in steady state was asked and answered, so that no question is due. */
export const ASKED: readonly OutboxEntry[] = [answered({ commandUuid: 'c0000000-0000-4000-8000-000000000001' })];

export function line(changes: Partial<LedgerLine> = {}): LedgerLine {
  return {
    policy: 'everyone',
    enrollmentId: DEVICE,
    release: 'iOS 40.6',
    version: '40.6',
    dueLocal: '2040-09-15T18:00:00',
    zone: 'Europe/Berlin',
    zoneAssumed: false,
    dueAt: Date.parse('2040-09-15T16:00:00Z'),
    clockStartAt: NOW - 2 * DAY_MS,
    writtenAt: NOW - 2 * DAY_MS,
    dueSpec: '7 days at 18:00',
    ...changes,
  };
}

export interface InputOptions extends Partial<Omit<DecideInput, 'enrollment'>> {
  enrollment?: EnrollmentOptions;
}

/** The policy has required releases of this device for 90 days. */
export const REQUIRED: Memory = {
  ...newMemory(),
  lastSeenAt: NOW - 10 * MINUTE_MS,
  requiredBy: { policy: 'everyone', wants: 'latest', since: NOW - 90 * DAY_MS },
};

export function input({ enrollment: device, ...changes }: InputOptions = {}): DecideInput {
  return {
    now: NOW,
    enrollment: enrollment(device),
    memory: REQUIRED,
    policies: policySet(),
    tags: [],
    rollouts: new Map(),
    control: { state: 'running', pausedPolicies: [], held: undefined },
    catalogue: catalogue(),
    severities: undefined,
    lines: [],
    manifest: undefined,
    commands: ASKED,
    push: { lastSentAt: NOW - HOUR_MS },
    site: { dmReached: true },
    basis: 'basis',
    clockSuspect: undefined,
    ...changes,
  };
}

/** One policy, changed. */
export function withPolicy(changes: Partial<Policy>, set: Partial<PolicySet> = {}): PolicySet {
  return policySet({ policies: [policy(changes)], ...set });
}

export function local(text: string, zone = 'Europe/Berlin'): number {
  // Only for the two zones the tables are written in.
  const offset = zone === 'Europe/Berlin' ? '+02:00' : 'Z';
  return Date.parse(`${text}${offset}`);
}
