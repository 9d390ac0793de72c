import { type DeclarationGroup, groupsOf } from '../../ddm/declaration-groups.ts';
import { type Placement, tookAwayWith } from '../../decide/placement.ts';
import type { DeclarationChannel } from '../../hosts/declaration-channel.ts';
import { COUNT, ENROLLMENT_ID, ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../runtime.ts';
import type { PlacedRow, Store } from '../../store/store.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from '../../time/local.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Standing } from '../standing.ts';
import type { Placer } from './placer.ts';
import type { Reach } from './reach.ts';

/** How often it is looked whether the server is there and has our groups: one call. */
const LOOK_EVERY_MS = 5 * MINUTE_MS;
/** In this time every enrollment is compared once, in even portions. */
const ROUND_MS = 6 * HOUR_MS;
/** A small fleet is done sooner. */
const PORTION_MIN = 5;
const PAGE = 100;
/** Groups that nobody has any more, taken away with each look at most. */
const REMOVED_AT_ONCE = 20;
/** Of groups that are gone it is known in this process that they were there; beyond it, of none. */
const GONE_MAX = 20_000;
const TIMER = 'placement-audit';

/** Finds what somebody changed in the declaration server, mends it, and takes away what nobody uses. */
export interface PlacementAudit {
  /** Looks soon: a device asked that server, and whether it was answered is not told. */
  lookSoon(): void;
  start(): void;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface PlacementAuditOptions {
  channel: DeclarationChannel;
  reach: Reach;
  placer: Pick<Placer, 'check' | 'change' | 'waiting'>;
  reconciler: Pick<Reconciler, 'wakeSoon'>;
  store: Pick<
    Store,
    | 'countPlaced'
    | 'listPlaced'
    | 'findPlacement'
    | 'findDeclaration'
    | 'listUnusedGroups'
    | 'forgetGroup'
    | 'noteGroupWrite'
    | 'listGroupWrites'
    | 'countGroupWrites'
  >;
  standing: Pick<Standing, 'control'>;
  clock: Clock;
  log: Logger;
  /** With each look, while the server is reached. */
  onLook?(): Promise<void>;
}

interface Unclear {
  /** Those of its declarations whose group could not be looked at. */
  unread: readonly string[];
  /** What it has of groups was told. */
  isCompared: boolean;
}

/** Within a second of being asked for: the reconciler takes two. */
const SOON_MS = 500;

export function createPlacementAudit({
  channel,
  reach,
  placer,
  reconciler,
  store,
  standing,
  clock,
  log,
  onLook = async () => undefined,
}: PlacementAuditOptions): PlacementAudit {
  let running: Promise<void> | undefined;
  let isStopped = false;
  /** While a look was under way. */
  let isAskedAgain = false;
  let nextAt: Instant = Number.POSITIVE_INFINITY;
  /** Where the round is. */
  let after = '';
  let lastLookAt: Instant | undefined;
  /** Declarations whose group was looked at in this round. */
  let looked = new Set<string>();
  /** The last write of each group; as stored, so that whoever was not told before a stop is told after it. */
  let written = new Map<string, number>();
  /** Groups that were there when this process last saw them. */
  let seen = new Set<string>();
  /** Groups that were there once, and then no more. */
  const gone = new Set<string>();
  /** Some were gone, or are back: everybody is compared at once. */
  let isUrgent = false;
  /** Groups that the server would not have looked at in this look. */
  const refused = new Set<string>();
  /** Enrollments that could not be compared, or not all of whose groups could be looked at; the next look does the rest. */
  const unclear = new Map<string, Unclear>();

  function at(instant: Instant): void {
    if (isStopped || instant >= nextAt) return;
    nextAt = instant;
    clock.at(instant, TIMER, begin);
  }

  function begin(): void {
    nextAt = Number.POSITIVE_INFINITY;
    if (isStopped) return;
    isAskedAgain = running !== undefined;
    running ??= look()
      .catch((error: unknown) => log.error({ [ERROR]: error }, 'comparing with the declaration server failed; trying again'))
      .then(() => {
        running = undefined;
        at(clock.now() + (isAskedAgain ? SOON_MS : LOOK_EVERY_MS));
        isAskedAgain = false;
      });
  }

  async function look(): Promise<void> {
    const now = clock.now();
    if (now < reach.restsUntil()) return;
    const listed = await channel.listGroups();
    // There is nothing in this question to refuse: a server that does so is not up for devices either.
    const isSick = listed.kind === 'refused';
    if (!(await reach.heard(isSick ? { kind: 'down', message: listed.message } : listed)) || listed.kind !== 'done') return;
    const there = new Set(listed.groups);
    const lost = [...seen].filter((name) => !there.has(name));
    const back = listed.groups.filter((name) => gone.has(name) && !seen.has(name));
    if (lost.length > 0) log.warn({ [COUNT]: lost.length }, 'the declaration server lost groups of ours; all devices are compared');
    // Its store is an older one again: devices may have there what was taken back since.
    if (back.length > 0)
      log.warn({ [COUNT]: back.length }, 'the declaration server has groups again that were gone; all devices are compared');
    for (const name of back) gone.delete(name);
    noteGone(lost);
    if (lost.length > 0 || back.length > 0) {
      isUrgent = true;
      after = '';
      looked = new Set();
    }
    seen = there;
    if (lastLookAt !== undefined && now - lastLookAt < LOOK_EVERY_MS && !isUrgent) return;
    await onLook();
    await compare(Math.min(now - (lastLookAt ?? now), ROUND_MS));
    lastLookAt = now;
    if (standing.control.held === undefined) await removeUnused();
  }

  function noteGone(names: readonly string[]): void {
    if (gone.size + names.length > GONE_MAX) gone.clear();
    for (const name of names) gone.add(name);
  }

  /** A portion as large as the time since the last one. */
  async function compare(sinceMs: number): Promise<void> {
    const placed = await store.countPlaced();
    let left = isUrgent ? Number.POSITIVE_INFINITY : Math.max(PORTION_MIN, Math.ceil((placed * sinceMs) / ROUND_MS));
    refused.clear();
    written = await store.listGroupWrites();
    for (const [enrollmentId, before] of [...unclear]) {
      if (isStopped || clock.now() < reach.restsUntil()) return;
      unclear.delete(enrollmentId);
      const placement = await store.findPlacement(enrollmentId);
      if (placement !== undefined) await compareOne({ enrollmentId, placement }, before);
    }
    while (left > 0 && !isStopped && clock.now() >= reach.restsUntil()) {
      const rows = await store.listPlaced(after, Math.min(PAGE, left));
      for (const row of rows) if (row.placement.token !== undefined) await compareOne(row);
      after = rows.at(-1)?.enrollmentId ?? after;
      left -= rows.length;
      if (rows.length > 0) continue;
      after = '';
      looked = new Set();
      isUrgent = false;
      return;
    }
  }

  /** One whose turn fails, because the store does or a body is missing, keeps nobody else from theirs. */
  async function compareOne({ enrollmentId, placement }: PlacedRow, before?: Unclear): Promise<void> {
    const { identifiers } = placement;
    try {
      const unread = await mendGroups(before?.unread ?? identifiers);
      const compared = before?.isCompared === true ? 'same' : await placer.check(enrollmentId);
      if (compared === 'unknown' || unread.length > 0) unclear.set(enrollmentId, { unread, isCompared: compared !== 'unknown' });
      if (compared === 'mended') log.warn({ [ENROLLMENT_ID]: enrollmentId }, 'declarations were not as placed; placed again');
      if (compared === 'mended' || !isBehind(placement)) return;
      // What it fetched of them meanwhile is not what it is to have.
      const writes = await store.countGroupWrites();
      await placer.change(enrollmentId, (noted) => (isBehind(noted) ? afterWriting(noted, writes) : noted));
      reconciler.wakeSoon([enrollmentId], 'something');
    } catch (error) {
      unclear.set(enrollmentId, { unread: before?.unread ?? identifiers, isCompared: false });
      log.error({ [ENROLLMENT_ID]: enrollmentId, [ERROR]: error }, 'comparing with the declaration server failed; trying again');
    }
  }

  /** Something that it has was written since that was placed, and is now as it is to be. */
  function isBehind({ identifiers, writes = 0 }: Placement): boolean {
    return identifiers.some((name) => looked.has(name) && (written.get(name) ?? 0) > writes);
  }

  /** Somebody took something of its date away, and who synchronized meanwhile gave it up: what was told of it before is not of this one. */
  function afterWriting(noted: Placement, writes: number): Placement {
    const { enforcement, enforcementWrites = 0 } = noted;
    const at = clock.now();
    if (enforcement === undefined || (written.get(enforcement) ?? 0) <= enforcementWrites) return { ...noted, at, writes };
    return { ...noted, at, writes, enforcementSince: at, enforcementWrites: writes, tookAway: tookAwayWith(noted, [enforcement]) };
  }

  /** Each group once in a round, a refused one once in a look; resolves to the declarations of those that could not be looked at. */
  async function mendGroups(identifiers: readonly string[]): Promise<string[]> {
    if (identifiers.every((identifier) => looked.has(identifier))) return [];
    const bodies = await Promise.all(identifiers.map((identifier) => store.findDeclaration(identifier)));
    const groups = groupsOf(bodies.filter((body) => body !== undefined)).filter(
      ({ declarations }) => !declarations.every(({ Identifier }) => looked.has(Identifier)),
    );
    const unread: DeclarationGroup[] = [];
    for (const [index, group] of groups.entries()) {
      const answer = refused.has(group.name) ? undefined : await channel.repairGroup(group, noteWritten);
      if (answer !== undefined && !(await reach.heard(answer))) return identifiersOf([...unread, ...groups.slice(index)]);
      if (answer?.kind !== 'done') {
        refused.add(group.name);
        unread.push(group);
        continue;
      }
      for (const { Identifier } of group.declarations) looked.add(Identifier);
      seen.add(group.name);
      if (answer.isChanged) log.warn({ group: group.name }, 'a group of declarations was not as placed; mended');
    }
    return identifiersOf(unread);
  }

  async function noteWritten(group: string): Promise<void> {
    written.set(group, await store.noteGroupWrite(group));
  }

  async function removeUnused(): Promise<void> {
    // While something waits to be placed a group may be about to be used.
    if (placer.waiting().length > 0) return;
    for (const name of await store.listUnusedGroups(REMOVED_AT_ONCE)) {
      if (placer.waiting().length > 0) return;
      const answer = await channel.removeGroup(name);
      if (!(await reach.heard(answer))) return;
      if (answer.kind !== 'done') continue;
      seen.delete(name);
      noteGone([name]);
      await store.forgetGroup(name);
    }
  }

  return {
    lookSoon: () => at(clock.now() + SOON_MS),
    start: () => at(clock.now()),
    async idle() {
      while (running) await running;
    },
    async stop() {
      isStopped = true;
      clock.cancel(TIMER);
      await running;
    },
  };
}

function identifiersOf(groups: readonly DeclarationGroup[]): string[] {
  return groups.flatMap(({ declarations }) => declarations.map(({ Identifier }) => Identifier));
}
