import { localTime } from '../../../src/sim/zone.ts';
import { limitsOf } from '../days-off.ts';
import type { NotedCommit } from '../recorder.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createDatesTaken } from './dates-taken.ts';
import { createExpedites } from './expedites.ts';

const DAY_MS = 86_400_000;
/** A clock off by less is not doubted; and a decision is committed within this. */
const CLOCK_OFF_MS = 10 * 60_000;
/** What could not be committed is decided again within this. */
const SETTLED_MS = 5 * 60_000;

interface Turn {
  device: string;
  /** The day on which it was newly handed an update: between these two. */
  from: string;
  to: string;
}

/**
 * Promise 14, its part about days: on one day of the policies' zone no more devices that had nothing are handed an update
 * than `newPerDay`, and no more have their date on one day of their own clocks than `restartsPerDate`. Who gets a release
 * that a person expedited goes past both. By what is committed for each device: it is answered from that.
 */
export const limits: CheckerKind = { promise: 14, title: 'so many on a day', file: 'limits.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, policies, scheduler } = fleet;
  const expedites = createExpedites(fleet);
  const taken = createDatesTaken(fleet);
  /** Who was handed an update and has not got there since. */
  const inTurn = new Set<string>();
  const turns: Turn[] = [];
  /** Dates that came to a day that had too many: judged when all is committed. */
  let suspects: { device: string; day: string; at: number }[] = [];

  /** The most that one day may take. */
  function most(name: 'newPerDay' | 'restartsPerDate', since: number): number {
    const inForce = policies.between(since, scheduler.now());
    return Math.max(...inForce.map((policy) => limitsOf(policy, world.devices.length)[name]));
  }

  function isExpedited({ enrollmentId, decision: { target } }: NotedCommit): boolean {
    const device = world.device(enrollmentId);
    const version = target?.release.split(' ').at(-1);
    return device !== undefined && version !== undefined && expedites.dueOf(device, version, scheduler.now()) !== undefined;
  }

  function dayOf(at: number): string {
    return localTime(at, world.policy.fallbackTimeZone).slice(0, 10);
  }

  function onTurn(device: string): void {
    const now = scheduler.now();
    const turn = { device, from: dayOf(now - CLOCK_OFF_MS), to: dayOf(now + CLOCK_OFF_MS) };
    // Who got there and is handed the next update on the same day is one of that day's all the same.
    if (turns.some((each) => each.device === device && each.from <= turn.to && turn.from <= each.to)) return;
    turns.push(turn);
    // For each run of days that ends now: who got their turn within it.
    const perDay = most('newPerDay', now - DAY_MS);
    for (const from of new Set(turns.map((each) => each.from))) {
      if (from > turn.from) continue;
      const within = turns.filter((each) => each.from >= from && each.to <= turn.to).length;
      const days = Math.round((Date.parse(turn.to) - Date.parse(from)) / DAY_MS) + 1;
      if (within > perDay * days)
        violate(
          device,
          `is one of ${within} that were newly handed an update from ${from} to ${turn.to}, where ${perDay} are allowed on a day`,
        );
    }
  }

  function settle(): void {
    const now = scheduler.now();
    const due = suspects.filter(({ at }) => at < now - SETTLED_MS);
    if (due.length === 0) return;
    suspects = suspects.filter((suspect) => !due.includes(suspect));
    for (const { device, day, at } of due) {
      const places = most('restartsPerDate', at);
      if (taken.dayOf(device) === day && taken.on(day) > places)
        violate(device, `has its date on ${day} with ${taken.on(day) - 1} others, where ${places} are allowed on a day`);
    }
  }

  function onDate(commit: NotedCommit, before: string | undefined): void {
    const day = taken.dayOf(commit.enrollmentId);
    const device = commit.enrollmentId;
    if (day === undefined) return;
    const isNew = !inTurn.has(device);
    inTurn.add(device);
    if (isExpedited(commit)) return;
    if (isNew) onTurn(device);
    if (day !== before && taken.on(day) > most('restartsPerDate', scheduler.now() - CLOCK_OFF_MS))
      suspects.push({ device, day, at: scheduler.now() });
  }

  return {
    ...expedites,
    onEvent() {
      settle();
    },
    onCommit(commit) {
      const { enrollmentId, decision } = commit;
      // Who installs what was skipped since keeps it, though nothing more is wanted of it.
      if (decision.reason === 'verified' && !decision.isHandedOut) inTurn.delete(enrollmentId);
      const before = taken.dayOf(enrollmentId);
      taken.note(commit, scheduler.now());
      onDate(commit, before);
    },
  };
}
