import { type Decision, decide } from '../decide/decide.ts';
import { compareVersions, formatVersion, type OsVersion, parseVersion } from '../os/version.ts';
import { offersFor } from '../releases/offers.ts';
import type { Rollout } from '../rollout/rollout.types.ts';
import { DAY_MS, HOUR_MS, type Instant, instantOf, MINUTE_MS } from '../time/local.ts';
import { createClockwork } from './clockwork.ts';
import { type Cohort, createKinds, groupBy, isSettled, newCohort, settle } from './cohort.ts';
import type { ReplayDevice } from './fleet.ts';
import { createFleetExposure } from './fleet-exposure.ts';
import { gather, listingOf, type ReplayStanding, subjectOf } from './gather.ts';
import type { NewestHistory } from './newest.ts';
import { nextLook } from './next-look.ts';
import { installsAt, type OwnerStep, ownerStep, presenceAt } from './owners.ts';
import type { Promises } from './promises.ts';
import type { ReplayOptions, ReplayResult } from './replay.types.ts';
import { createReplayRollouts, type RolloutMove } from './rings.ts';
import { createReleaseTally, type ReleaseResult } from './tally.ts';

/** A device syncs so long after there is something new for it. */
const SYNC_AFTER_MS = 10 * MINUTE_MS;
/** What an owner's time has passed for, because the device was away, happens so long after it is back. */
const ACT_AFTER_MS = HOUR_MS;
/** Identifiers of declarations that are remembered as fetched. */
const FETCHED_MAX = 8;

export interface CohortsOptions extends Pick<ReplayOptions, 'seed' | 'looksDaily'> {
  fleet: readonly ReplayDevice[];
  /** Changed by whoever reads the recording. */
  standing: Omit<ReplayStanding, 'rollouts'>;
  promises: Promises;
  newest: NewestHistory;
  decide?: typeof decide;
}

type Ended = Pick<ReplayResult, 'notReplayed' | 'decisions' | 'linesSet' | 'approvals' | 'releases' | 'exposure'>;

/** The fleet over time. */
export interface Cohorts {
  begin(now: Instant): void;
  /** Everything that happens before that instant. */
  runTo(instant: Instant): void;
  /** Apple's list was read: whom it offers something else is decided anew. */
  listingsChanged(now: Instant): void;
  severitiesChanged(now: Instant): void;
  end(now: Instant): Ended & { replayed: readonly ReplayDevice[] };
}

export function createCohorts(options: CohortsOptions): Cohorts {
  const { fleet, standing, promises, newest, seed } = options;
  const decideOne = options.decide ?? decide;
  const rollouts = createReplayRollouts(standing.policies);
  const tally = createReleaseTally();
  const clockwork = createClockwork<{ cohort: Cohort; at: Instant }>();
  const alive = new Set<Cohort>();
  const settled = new Map<string, Cohort>();
  const keyBySettled = new Map<Cohort, string>();
  const leftOut = new Set<number>();
  const standsFor = (cohort: Cohort) => fleet[cohort.members[0] as number] as ReplayDevice;
  const exposure = createFleetExposure(standing, standsFor);
  let listings = new Map<string, string>();
  let decisions = 0;
  let ids = 0;

  /** Drawn once for each version a device runs: an agenda is made anew with every decision. */
  const steps = new Map<string, Int8Array>();
  const stepOf = (member: number, runs: string): OwnerStep => {
    const known = steps.get(runs) ?? new Int8Array(fleet.length).fill(-1);
    steps.set(runs, known);
    if (known[member] === -1) known[member] = ownerStep(seed, (fleet[member] as ReplayDevice).id, runs);
    return known[member] as OwnerStep;
  };
  const keys = [...new Set(fleet.map(({ key }) => key))];
  const kindsOfKey = [...new Map(fleet.map((device) => [`${device.key} ${device.isSupervised}`, device])).values()];

  function split(cohort: Cohort, members: number[], changes: Partial<Cohort> = {}): Cohort {
    ids += 1;
    const keys = new Set(members.map((member) => (fleet[member] as ReplayDevice).key));
    const part: Cohort = { ...cohort, id: ids, members, keys, ...changes };
    alive.add(part);
    return part;
  }

  function remove(cohort: Cohort): void {
    alive.delete(cohort);
    unsettle(cohort);
  }

  function unsettle(cohort: Cohort): void {
    const key = keyBySettled.get(cohort);
    if (key !== undefined && settled.get(key) === cohort) settled.delete(key);
    keyBySettled.delete(cohort);
  }

  /** Looks at a cohort: what its owners do now, what it syncs, what is decided. */
  function look(cohort: Cohort, now: Instant): void {
    unsettle(cohort);
    const lookedAt = cohort.countedTo;
    exposure.count(cohort, now);
    const presence = presenceAt(cohort.away, standing.start, now);
    if (!presence.isAway) {
      act(cohort, now);
      if (cohort.members.length === 0) {
        remove(cohort);
        return;
      }
      // Who is back is decided before it is answered; who was there was heard all the time, or it would seem to come back.
      if (presence.since > lookedAt) cohort.syncAt = undefined;
      else cohort.memory = { ...cohort.memory, lastSeenAt: Math.max(cohort.memory.lastSeenAt, now - 1) };
      cohort.lastSeenAt = now;
      if (cohort.syncAt !== undefined && cohort.syncAt <= now) sync(cohort, now);
    } else cohort.lastSeenAt = Math.max(cohort.lastSeenAt, presence.since);
    decideAnew(cohort, now);
    if (!alive.has(cohort)) return;
    schedule(cohort, now, presence.isAway ? presence.until : undefined);
    if (!presence.isAway && isSettled(cohort)) join(cohort, now);
  }

  /** Owners whose time has come install what is wanted of them. */
  function act(cohort: Cohort, now: Instant): void {
    const due = new Set(cohort.acts.filter(({ at }) => at <= now).map(({ step }) => step));
    const target = cohort.decision?.target;
    if (due.size === 0 || target === undefined) return;
    const build = offersFor(standing.catalogue, standsFor(cohort).key).find(({ release }) => release === target.release)?.builds[0] ?? '';
    const acting = cohort.members.filter((member) => due.has(stepOf(member, cohort.osVersion)));
    if (acting.length === 0) return;
    cohort.members = cohort.members.filter((member) => !due.has(stepOf(member, cohort.osVersion)));
    const arrived = parseVersion(target.version) as OsVersion;
    const reaches = ({ version }: { version: string }) => compareVersions(parseVersion(version) as OsVersion, arrived) <= 0;
    for (const { release, firstSeenAt } of cohort.awaits.filter(reaches)) tally.reached(release, now - firstSeenAt, acting.length);
    const part = split(cohort, acting, {
      osVersion: target.version,
      build,
      awaits: cohort.awaits.filter((awaited) => !reaches(awaited)),
      acts: [],
      behindSince: undefined,
      toldAt: undefined,
      syncAt: undefined,
    });
    part.memory = { ...part.memory, lastSeenAt: Math.max(part.memory.lastSeenAt, now - 1) };
    look(part, now);
  }

  function sync(cohort: Cohort, now: Instant): void {
    const { manifest } = cohort;
    cohort.syncAt = undefined;
    // By then it is decided anew before it is answered.
    if (manifest === undefined || manifest.answerableUntil < now) return;
    cohort.synced = manifest.token;
    const identifier = manifest.enforcement?.identifier;
    // What was taken back and is listed again it fetches anew.
    if (identifier === undefined || (cohort.fetched[identifier] ?? -1) >= (manifest.enforcementSince ?? 0)) return;
    cohort.fetched = { ...Object.fromEntries(Object.entries(cohort.fetched).slice(1 - FETCHED_MAX)), [identifier]: now };
    promises.fetched(cohort, standsFor(cohort), now);
  }

  function decideAnew(cohort: Cohort, now: Instant): void {
    const device = standsFor(cohort);
    const decision = decideOne(gather(cohort, device, { ...standing, rollouts: rollouts.all }, now));
    decisions += 1;
    if (decision.channel === 'commands') {
      for (const member of cohort.members) leftOut.add(member);
      remove(cohort);
      return;
    }
    promises.decided(cohort, device, decision, rollouts.all.get(decision.policy ?? ''), now);
    for (const line of decision.ledgerLines) {
      const isNew = !cohort.lines.some(({ policy, release }) => policy === line.policy && release === line.release);
      if (isNew) tally.line(line, cohort.members.length);
    }
    const isOver = (line: { policy: string; release: string }) =>
      decision.ledgerLines.some(({ policy, release }) => policy === line.policy && release === line.release);
    if (decision.ledgerLines.length > 0) cohort.lines = [...cohort.lines.filter((line) => !isOver(line)), ...decision.ledgerLines];
    if (decision.reason === 'release-withdrawn') noteWithdrawn(decision);
    cohort.memory = decision.memory;
    cohort.manifest = decision.manifest ?? cohort.manifest;
    rollouts.count(cohort, decision, now);
    cohort.decision = decision;
    exposure.judge(cohort, now);
  }

  function noteWithdrawn({ evidence }: Decision): void {
    if (typeof evidence.release === 'string' && typeof evidence.withdrawnAt === 'number')
      tally.withdrawn(evidence.release, evidence.withdrawnAt);
  }

  /** What is to come for it by itself. */
  function schedule(cohort: Cohort, now: Instant, backAt: Instant | undefined): void {
    const { decision, manifest } = cohort;
    if (decision === undefined) return;
    const { enforcement, isHandedOut } = decision;
    const holds = isHandedOut && enforcement !== undefined && cohort.fetched[enforcement.identifier] !== undefined;
    cohort.behindSince = decision.target === undefined ? undefined : (cohort.behindSince ?? now);
    cohort.toldAt = decision.target === undefined ? undefined : (cohort.toldAt ?? (holds ? now : undefined));
    cohort.acts =
      decision.target === undefined || decision.mode !== 'enforce' ? [] : actsOf(cohort, holds ? enforcement.local : undefined, now);
    // Without a date there is nothing to fetch, and what it holds is of no account any more: no second look for that.
    if (manifest !== undefined && manifest.enforcement === undefined && cohort.memory.holds === undefined && backAt === undefined)
      cohort.synced = manifest.token;
    if (manifest !== undefined && manifest.token !== cohort.synced) cohort.syncAt ??= now + SYNC_AFTER_MS;
    const presence = presenceAt(cohort.away, standing.start, now);
    const own = backAt === undefined ? [cohort.syncAt, ...cohort.acts.map(({ at }) => at), presence.until] : [backAt];
    const looks = nextLook(cohort, decision, standing, now);
    const daily = options.looksDaily ? [now + DAY_MS] : [];
    const all = [...own, ...looks, ...daily].filter((at) => at !== undefined && at > now) as Instant[];
    cohort.wakeAt = all.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...all);
    if (Number.isFinite(cohort.wakeAt)) clockwork.at(cohort.wakeAt, { cohort, at: cohort.wakeAt });
  }

  function actsOf(cohort: Cohort, local: string | undefined, now: Instant): Cohort['acts'] {
    const since = cohort.behindSince ?? now;
    const dueAt = local === undefined ? undefined : instantOf(local, cohort.zone);
    const steps = new Set(cohort.members.map((member) => stepOf(member, cohort.osVersion)));
    return [...steps].flatMap((step) => {
      const at = installsAt(step, { since, toldAt: cohort.toldAt, dueAt });
      return at === undefined ? [] : [{ at: at > now ? at : now + ACT_AFTER_MS, step }];
    });
  }

  /** Becomes one with those that are in the same state. */
  function join(cohort: Cohort, now: Instant): void {
    const key = settle(cohort, now, chosenIn(cohort));
    const other = settled.get(key);
    if (other === undefined) {
      settled.set(key, cohort);
      keyBySettled.set(cohort, key);
      return;
    }
    exposure.count(other, now);
    other.members = [...other.members, ...cohort.members];
    other.keys = new Set([...other.keys, ...cohort.keys]);
    remove(cohort);
  }

  /** The rings of so many devices it was chosen for, of releases it does not run yet. */
  function chosenIn({ decision, osVersion, members }: Cohort): string[] {
    const runs = parseVersion(osVersion);
    const id = fleet[members[0] as number]?.id ?? '';
    return [...(rollouts.all.get(decision?.policy ?? '') ?? new Map<string, Rollout>()).values()].flatMap(
      ({ release, version, chosen }) => {
        const of = parseVersion(version);
        if (runs && of && compareVersions(of, runs) <= 0) return [];
        return Object.entries(chosen).flatMap(([ring, ids]) => (ids.includes(id) ? [`${release} ${ring}`] : []));
      },
    );
  }

  function awaitNew(cohort: Cohort, before: string, now: Instant): void {
    const runs = parseVersion(cohort.osVersion);
    const known = new Set(before.split(';').map((text) => text.slice(0, text.indexOf('|'))));
    for (const offer of offersFor(standing.catalogue, standsFor(cohort).key)) {
      const { release, version, isImprovement, isListed, firstSeenAt } = offer;
      if (isImprovement || !isListed || known.has(release) || runs === undefined || compareVersions(version, runs) <= 0) continue;
      cohort.awaits = [...cohort.awaits, { release, version: formatVersion(version), firstSeenAt: Math.max(firstSeenAt, standing.start) }];
      tally.seen(release, now, cohort.members.length);
    }
  }

  function readListings(now: Instant): void {
    listings = new Map(keys.map((key) => [key, listingOf(standing.catalogue, key)]));
    for (const { key, isSupervised } of kindsOfKey) newest.note(standing.catalogue, key, isSupervised, now);
  }

  function relist(cohort: Cohort, now: Instant): void {
    const groups = groupBy(cohort.members, (member) => listings.get((fleet[member] as ReplayDevice).key) ?? '');
    if (groups.size === 1 && groups.has(cohort.listing)) return;
    exposure.count(cohort, now);
    remove(cohort);
    for (const [listing, members] of groups) {
      const part = split(cohort, members, { listing: String(listing) });
      if (listing !== cohort.listing) awaitNew(part, cohort.listing, now);
      look(part, now);
    }
  }

  return {
    begin(now) {
      const kindOf = createKinds(standing.policies, seed);
      readListings(now);
      const groups = groupBy([...fleet.keys()], (member) => {
        const device = fleet[member] as ReplayDevice;
        return JSON.stringify([kindOf(device).kind, listings.get(device.key), device.osVersion, device.build]);
      });
      for (const members of groups.values()) {
        const device = fleet[members[0] as number] as ReplayDevice;
        const { kind, away } = kindOf(device);
        const cohort = split(newCohort(device, now), members, { kind, away, listing: listings.get(device.key) ?? '' });
        awaitNew(cohort, '', now);
        look(cohort, now);
      }
    },
    runTo(instant) {
      for (;;) {
        const wakeAt = clockwork.nextAt() ?? Number.POSITIVE_INFINITY;
        const next = Math.min(wakeAt, rollouts.lookAt);
        if (next >= instant) return;
        if (rollouts.lookAt <= wakeAt) {
          const changed = rollouts.look(alive, (member) => (fleet[member] as ReplayDevice).id, next);
          for (const move of changed) rolloutChanged(move, next);
          continue;
        }
        const due = clockwork.take();
        if (due && alive.has(due.cohort) && due.cohort.wakeAt === due.at) look(due.cohort, due.at);
      }
    },
    listingsChanged(now) {
      readListings(now);
      for (const cohort of [...alive]) {
        let isSame = true;
        for (const key of cohort.keys) if (listings.get(key) !== cohort.listing) isSame = false;
        if (!isSame) relist(cohort, now);
      }
    },
    severitiesChanged(now) {
      for (const cohort of [...alive]) if (alive.has(cohort)) look(cohort, now);
    },
    end(now) {
      for (const cohort of alive) exposure.count(cohort, now);
      const rings = new Map<string, ReleaseResult['rings']>();
      for (const [policy, byRelease] of rollouts.all)
        for (const { release, openings } of byRelease.values())
          rings.set(release, [
            ...(rings.get(release) ?? []),
            ...openings.map(({ ring, at, because }) => ({ policy, ring, openedAt: at, because })),
          ]);
      return {
        replayed: fleet.filter((_, member) => !leftOut.has(member)),
        notReplayed: leftOut.size,
        decisions,
        linesSet: tally.linesSet,
        approvals: rollouts.approvals,
        releases: tally.results(rings),
        exposure: exposure.results(),
      };
    },
  };

  /** Whom it concerns is decided anew; devices that were chosen for a ring are told apart first. */
  function rolloutChanged({ rollout: { policy, version, chosen }, concerns }: RolloutMove, now: Instant): void {
    const picked = new Set(Object.values(chosen).flat());
    const of = parseVersion(version) as OsVersion;
    for (const cohort of [...alive]) {
      if (!alive.has(cohort) || cohort.decision?.policy !== policy) continue;
      const runs = parseVersion(cohort.osVersion);
      if (runs === undefined || compareVersions(runs, of) >= 0) continue;
      const groups = groupBy(cohort.members, (member) => picked.has((fleet[member] as ReplayDevice).id));
      const isMixed = groups.size > 1;
      if (isMixed) {
        exposure.count(cohort, now);
        remove(cohort);
      }
      for (const members of groups.values()) {
        const part = isMixed ? split(cohort, members) : cohort;
        if (concerns(subjectOf(standsFor(part), part.osVersion, standing.start, now))) look(part, now);
        else if (isMixed) schedule(part, now, undefined);
      }
    }
  }
}
