import { isReason, REASON_GROUPS } from '../../reasons/groups.ts';
import { REASONS } from '../../reasons/reasons.ts';
import type { Clock } from '../../runtime.ts';
import type { DeviceCount, Store } from '../../store/store.ts';
import { DAY_MS, type Instant, LATEST_ZONE_MS } from '../../time/local.ts';
import { utcDateOf } from '../../time/utc-date.ts';
import type { FleetAnswer, FleetHistoryAnswer } from '../answers.ts';
import {
  countedBy,
  exposedDaysOf,
  exposureByPlatform,
  exposureOf,
  FLEET_KEYS,
  type FleetCount,
  groupsOf,
  totalOf,
  versionsOf,
} from '../fleet-tally.ts';
import type { Standing } from '../standing.ts';
import { releaseDaysOf } from './release-days.ts';

const RESTART_DAYS = 30;
/** How far ahead the history says what is due. */
const AHEAD_MS = 21 * DAY_MS;

/**
 * The fleet in numbers, and what waits for a person. Each count goes through the whole index; in between others have their
 * turn, so two numbers may be some milliseconds apart.
 */
export async function fleetOf(store: Store, standing: Standing, clock: Pick<Clock, 'now' | 'turn'>): Promise<FleetAnswer> {
  const now = clock.now();
  const counts = await store.countDevices(FLEET_KEYS);
  await clock.turn();
  const byPolicy = await store.countDevices(['reason', 'policy', 'ring']);
  await clock.turn();
  const dates = await store.countDevices(['date'], { isHandedOut: true });
  await clock.turn();
  const marks = await store.countDevices(['platform', 'isHolding', 'isExposed']);
  const { control, catalogue, severities } = standing;
  const exposure = severities && { ...(exposureOf(marks) ?? { devices: 0, of: 0 }), platforms: exposureByPlatform(marks) };
  return {
    schema: 'ratchet.fleet/1',
    at: now,
    state: control.held === undefined ? control.state : 'held',
    ...(control.held === undefined ? {} : { because: control.held }),
    pausedPolicies: [...control.pausedPolicies],
    devices: totalOf(counts),
    groups: groupsOf(counts),
    reasons: reasonsOf(counts),
    platforms: versionsOf(counts),
    policies: policiesOf(byPolicy),
    rings: ringsOf(byPolicy),
    ...datesOf(dates, now),
    holding: totalOf(marks.filter(({ isHolding }) => isHolding)),
    ...(exposure === undefined ? {} : { exposure }),
    held: await heldOf(store, standing),
    alerts: (await store.listAlerts()).map(({ key, at, sentence }) => ({ key, at, sentence })),
    ...(catalogue?.lastCheckedAt === undefined ? {} : { releasesCheckedAt: catalogue.lastCheckedAt }),
  };
}

/** The days up to now that were counted, so many at most. */
export async function fleetHistoryOf(
  store: Pick<Store, 'listFleetDays'>,
  standing: Parameters<typeof releaseDaysOf>[0],
  days: number,
  now: Instant,
): Promise<FleetHistoryAnswer> {
  const [from, until] = [utcDateOf(now - (days - 1) * DAY_MS), utcDateOf(now)];
  const found = await store.listFleetDays(from, until);
  const exposure = exposedDaysOf(found);
  return {
    schema: 'ratchet.fleet-history/1',
    from,
    until,
    days: found.map(({ versions, ...day }) => ({
      ...day,
      versions: versions.map(({ platform, runs, devices }) => ({ platform, ...(runs === undefined ? {} : { version: runs }), devices })),
    })),
    ...(exposure === undefined ? {} : { exposure: { ...exposure } }),
    releaseDays: releaseDaysOf(standing, { from: now - (days - 1) * DAY_MS, until: now + AHEAD_MS, now }),
  };
}

function reasonsOf(counts: readonly FleetCount[]): FleetAnswer['reasons'] {
  const rows = [...countedBy(counts, ({ reason }) => reason)].flatMap(([reason, some]) =>
    isReason(reason) ? [{ reason, devices: totalOf(some), ...REASONS[reason] }] : [],
  );
  const rank = ({ group }: (typeof rows)[number]) => REASON_GROUPS.indexOf(group);
  return rows.sort((a, b) => rank(a) - rank(b) || b.devices - a.devices || (a.reason < b.reason ? -1 : 1));
}

type PolicyCount = DeviceCount<'reason' | 'policy' | 'ring'>;

function policiesOf(counts: readonly PolicyCount[]): FleetAnswer['policies'] {
  const byPolicy = [...countedBy(counts, ({ policy }) => policy)];
  return byPolicy
    .map(([policy, some]) => ({ ...(policy === undefined ? {} : { policy }), devices: totalOf(some), groups: groupsOf(some) }))
    .sort((a, b) => byName(a.policy, b.policy));
}

function ringsOf(counts: readonly PolicyCount[]): FleetAnswer['rings'] {
  const inRings = counts.filter(({ policy, ring }) => policy !== undefined && ring !== undefined);
  const byPolicy = [...countedBy(inRings, ({ policy }) => policy as string)].sort(([a], [b]) => byName(a, b));
  return byPolicy.flatMap(([policy, ofPolicy]) =>
    [...countedBy(ofPolicy, ({ ring }) => ring as string)]
      .map(([ring, some]) => ({ policy, ring, devices: totalOf(some), groups: groupsOf(some) }))
      .sort((a, b) => byName(a.ring, b.ring)),
  );
}

/** Without one comes last. */
function byName(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  return a === undefined ? 1 : b === undefined || a < b ? -1 : 1;
}

/** Dates are the devices' own: a day is over when it is over in the latest zone. */
function datesOf(inForce: readonly DeviceCount<'date'>[], now: Instant): Pick<FleetAnswer, 'handedOut' | 'restarts' | 'later' | 'overdue'> {
  const dated = inForce.flatMap(({ date, devices }) => (date === undefined ? [] : [{ date, devices }]));
  const byDate = countedBy(dated, ({ date }) => date);
  const first = now - LATEST_ZONE_MS;
  const days = Array.from({ length: RESTART_DAYS }, (_, index) => utcDateOf(first + index * DAY_MS));
  const [begin, end] = [days[0] as string, days.at(-1) as string];
  const before = dated.filter(({ date }) => date < begin);
  const since = before.map(({ date }) => date).sort()[0];
  return {
    handedOut: totalOf(dated),
    restarts: days.map((date) => ({ date, devices: totalOf(byDate.get(date) ?? []) })),
    later: totalOf(dated.filter(({ date }) => date > end)),
    overdue: { devices: totalOf(before), ...(since === undefined ? {} : { since }) },
  };
}

async function heldOf(store: Store, { severitiesTold }: Standing): Promise<FleetAnswer['held']> {
  const { heldPolicies } = await store.loadSite();
  const policies =
    heldPolicies === undefined ? [] : [{ ...heldPolicies, kind: 'policies' as const, name: heldPolicies.file, since: heldPolicies.at }];
  const severities = (severitiesTold?.platforms ?? []).flatMap(({ platform, held }) =>
    held === undefined ? [] : [{ ...held, kind: 'severities' as const, name: platform }],
  );
  return [...policies, ...severities].map(({ kind, name, plan, since, handedOut, broughtForward, limit }) => ({
    kind,
    name,
    plan,
    since,
    handedOut,
    broughtForward,
    limit,
  }));
}
