import type { Control, DecideInput, Rollouts, Site } from '../decide/input.ts';
import type { FactSource } from '../enrollment/fact.ts';
import { type EnrollmentState, newEnrollment } from '../enrollment/state.ts';
import { deviceInformationQueries } from '../os/availability.ts';
import { formatVersion, parseVersion } from '../os/version.ts';
import type { MatchSubject } from '../policy/match.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import { offersFor } from '../releases/offers.ts';
import type { Severities } from '../releases/severity.types.ts';
import { DAY_MS, type Instant } from '../time/local.ts';
import type { Cohort } from './cohort.ts';
import type { ReplayDevice } from './fleet.ts';

/** What holds for every device of a replay at one moment. */
export interface ReplayStanding {
  policies: PolicySet;
  catalogue: Catalogue;
  severities: Severities | undefined;
  rollouts: Rollouts;
  /** When the replay begins: every device has been enrolled for a year by then. */
  start: Instant;
}

export const ENROLLED_FOR_MS = 365 * DAY_MS;
const CONTROL: Control = { state: 'running', pausedPolicies: [], held: undefined };
const SITE: Site = { dmReached: true };
const SOURCE: FactSource = 'device-information';

/** What a decision about a cohort rests on: the same value the reconciler gathers, with a device that has told everything. */
export function gather(cohort: Cohort, device: ReplayDevice, standing: ReplayStanding, now: Instant): DecideInput {
  return {
    now,
    enrollment: enrollmentOf(cohort, device, standing.start),
    memory: cohort.memory,
    policies: standing.policies,
    tags: device.tags,
    control: CONTROL,
    catalogue: standing.catalogue,
    rollouts: standing.rollouts,
    severities: standing.severities,
    lines: cohort.lines,
    manifest: cohort.manifest,
    commands: [],
    push: { lastSentAt: now },
    site: SITE,
    basis: 'replay',
    clockSuspect: undefined,
  };
}

function enrollmentOf(cohort: Cohort, device: ReplayDevice, start: Instant): EnrollmentState {
  const { lastSeenAt, fetched, synced, build } = cohort;
  const version = parseVersion(cohort.osVersion);
  const told = <T>(value: T) => ({ value, observedAt: lastSeenAt, source: SOURCE });
  const tellsZone = deviceInformationQueries(device.platform, version).includes('TimeZone');
  const enrolledAt = start - ENROLLED_FOR_MS;
  return {
    ...newEnrollment(device.id, 'Device'),
    tokenUpdateAt: enrolledAt,
    firstSeenAt: enrolledAt,
    lastSeenAt,
    fetched: { ...fetched },
    facts: {
      serialNumber: told(device.serial),
      productName: told(device.model),
      ...(device.platform === 'macOS' ? { softwareUpdateDeviceId: told(device.key) } : {}),
      osVersion: told(version ? formatVersion({ ...version, extra: '' }) : cohort.osVersion),
      osVersionExtra: told(version?.extra ? `(${version.extra})` : ''),
      buildVersion: told(build),
      isSupervised: told(device.isSupervised),
      ...(tellsZone ? { timeZone: told(device.zone) } : {}),
      ...(synced === undefined ? {} : { itemsAnswered: told(synced) }),
    },
  };
}

/** What policies and rings are matched by. */
export function subjectOf(
  { id, serial, platform, model, isSupervised, tags }: ReplayDevice,
  runs: string,
  start: Instant,
  now: Instant,
): MatchSubject {
  const version = parseVersion(runs);
  return { id, serialNumber: serial, platform, productName: model, version, isSupervised, tags, enrolledAt: start - ENROLLED_FOR_MS, now };
}

/**
 * What Apple offers under a lookup key, as text, but for expiry dates that roll: as long as it is the same, so is the
 * decision. Of 793 recorded answers it changes 45 times for one key, and 234 keys have 21 different histories.
 */
export function listingOf(catalogue: Catalogue, key: string): string {
  return offersFor(catalogue, key)
    .map(
      ({ release, builds, isPublic, isManaged, isListed, expirationRolls, expirationDate = '', firstSeenAt, withdrawnAt = '' }) =>
        `${release}|${builds.join()}|${isPublic}|${isManaged}|${isListed}|${expirationRolls ? 'rolls' : expirationDate}|${firstSeenAt}|${withdrawnAt}`,
    )
    .join(';');
}
