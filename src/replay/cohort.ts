import { createHash } from 'node:crypto';
import type { Decision } from '../decide/decide.ts';
import { type Memory, newMemory } from '../decide/input.ts';
import type { Manifest } from '../decide/manifest.ts';
import { compareVersions, parseVersion } from '../os/version.ts';
import type { LedgerLine } from '../policy/ledger.ts';
import { matches } from '../policy/match.ts';
import type { PolicyMatch, PolicySet } from '../policy/policy.types.ts';
import { slotOf } from '../policy/rings.ts';
import type { RolloutDevice } from '../rollout/rollout.types.ts';
import type { Instant, LocalDateTime } from '../time/local.ts';
import { matchesOf, type ReplayDevice } from './fleet.ts';
import { awayGroup, type OwnerStep } from './owners.ts';

/**
 * Devices that are in the same state and hear the same: decided once for all of them. 10,000 devices over the recorded 21
 * months are some 300 cohorts between two releases, and a few thousand decisions a month instead of 300,000.
 */
export interface Cohort {
  id: number;
  /** Indices into the fleet. The first one stands for all. */
  members: number[];
  /** What its members have in common for good. */
  kind: string;
  away: number;
  zone: string;
  /** Lookup keys of the members: what Apple offers them has been the same so far. */
  keys: ReadonlySet<string>;
  /** What that is. */
  listing: string;
  osVersion: string;
  build: string;
  lastSeenAt: Instant;
  /** When each declaration was fetched, by identifier. */
  fetched: Readonly<Record<string, Instant>>;
  /** Token of the manifest it synced last. */
  synced: string | undefined;
  memory: Memory;
  lines: readonly LedgerLine[];
  manifest: Manifest | undefined;
  decision: Decision | undefined;
  /** Where it stands in rollouts, by policy and release, as counted. */
  rows: ReadonlyMap<string, RolloutDevice>;
  /** Since when something newer is wanted of it, and when it first held a date since then. */
  behindSince: Instant | undefined;
  toldAt: Instant | undefined;
  /** The dates it was handed, for who judges. */
  judged: Judged | undefined;
  /** Releases it has not reached yet, for the times to 50, 90 and 99 %. */
  awaits: readonly Awaited[];
  /** When its members install, by what their owners do. */
  acts: readonly { at: Instant; step: OwnerStep }[];
  /** When it next syncs. */
  syncAt: Instant | undefined;
  /** When it is to be looked at next; an older wake is void. */
  wakeAt: Instant;
  /** How exposed it is, and up to when that has been counted. */
  exposed: { all: boolean; exploited: boolean; overdueFrom: Instant | undefined };
  countedTo: Instant;
}

/** The last date that was handed to it for what it runs. */
export interface Judged {
  runs: string;
  policy: string;
  release: string;
  local: LocalDateTime;
  handedAt: Instant;
  fetched: boolean;
  /** The device's deadline by the ledger. */
  ledgerAt: Instant;
  ledgerRelease: string;
}

export interface Awaited {
  release: string;
  version: string;
  firstSeenAt: Instant;
}

/** Says what matters of a device for good: two of the same kind are decided alike as long as Apple offers them the same. */
export function createKinds(policies: PolicySet, seed: string): (device: ReplayDevice) => { kind: string; away: number } {
  const all = matchesOf(policies);
  const ringed = policies.policies.flatMap(({ name, rings }) => {
    let below = 0;
    const limits = (rings ?? []).flatMap(({ who }) => {
      if (who.kind !== 'percent') return [];
      below += who.percent;
      return [below];
    });
    return limits.length === 0 ? [] : [{ name, limits }];
  });
  return (device) => {
    const { platform, isSupervised, zone, id } = device;
    const away = awayGroup(seed, id);
    const named = all.map((match) => Number(matchesForGood(match, device))).join('');
    const slots = ringed.map(({ name, limits }) => limits.filter((limit) => limit <= slotOf(name, id)).length);
    return { kind: JSON.stringify([platform, isSupervised, zone, away, named, slots]), away };
  };
}

/** Of a match, what does not change while a device lives. */
function matchesForGood({ os: _os, enrolledFor: _age, ...match }: PolicyMatch, device: ReplayDevice): boolean {
  const { id, serial, platform, model, isSupervised, tags } = device;
  return matches(match, {
    id,
    serialNumber: serial,
    platform,
    productName: model,
    version: undefined,
    isSupervised,
    tags,
    enrolledAt: 0,
    now: 0,
  });
}

/** True when nothing of what went before matters any more for what comes: it may be put together with others. */
export function isSettled({ decision, memory, manifest, syncAt }: Cohort): boolean {
  if (decision === undefined || decision.target !== undefined || syncAt !== undefined) return false;
  return manifest?.enforcement === undefined && memory.silent === undefined && memory.returned === undefined && memory.holds === undefined;
}

/** Leaves out of a settled cohort what is over. Those of equal keys may become one; `chosen`: rings it was drawn for. */
export function settle(cohort: Cohort, now: Instant, chosen: readonly string[]): string {
  const runs = parseVersion(cohort.osVersion);
  cohort.lines = cohort.lines.filter((line) => {
    const version = parseVersion(line.version);
    return runs !== undefined && version !== undefined && compareVersions(version, runs) > 0;
  });
  const { requiredBy, invitedAt, verified, lastSeenAt } = cohort.memory;
  cohort.memory = {
    lastSeenAt,
    ...(requiredBy ? { requiredBy } : {}),
    ...(invitedAt === undefined ? {} : { invitedAt }),
    ...(verified ? { verified: { ...verified, at: now } } : {}),
  };
  if (cohort.manifest) cohort.manifest = { ...cohort.manifest, former: [], changedAt: 0 };
  Object.assign(cohort, { fetched: {}, rows: new Map(), judged: undefined, acts: [], behindSince: undefined, toldAt: undefined });
  const { kind, listing, osVersion, build, lines, awaits, manifest, decision } = cohort;
  const rest = [requiredBy, verified?.version, lines, awaits, manifest?.token, decision?.reason, decision?.policy, cohort.synced, chosen];
  return createHash('sha256')
    .update(JSON.stringify([kind, listing, osVersion, build, ...rest]))
    .digest('hex');
}

/** A device that has told everything and holds nothing. */
export function newCohort({ zone, osVersion, build }: ReplayDevice, now: Instant): Cohort {
  return {
    ...{ id: 0, members: [], kind: '', away: 0, keys: new Set<string>(), listing: '', zone, osVersion, build, lastSeenAt: now },
    ...{ fetched: {}, synced: undefined, memory: { ...newMemory(), invitedAt: now, lastSeenAt: now }, lines: [], manifest: undefined },
    ...{ decision: undefined, rows: new Map(), behindSince: undefined, toldAt: undefined, judged: undefined, awaits: [], acts: [] },
    ...{ syncAt: undefined, wakeAt: 0, countedTo: now, exposed: { all: false, exploited: false, overdueFrom: undefined } },
  };
}

/** In the order of the first of each group. */
export function groupBy(members: readonly number[], keyOf: (member: number) => string | boolean): Map<string | boolean, number[]> {
  const groups = new Map<string | boolean, number[]>();
  for (const member of members) {
    const key = keyOf(member);
    const group = groups.get(key);
    if (group) group.push(member);
    else groups.set(key, [member]);
  }
  return groups;
}
