import type { World } from '../../../src/sim/world.types.ts';
import { limitsOf } from '../days-off.ts';
import type { Fleet } from '../harness.ts';
import type { NotedCommit } from '../recorder.ts';

/** A decision counts before it is committed, and one that could not be written is made again. */
const LAG_MS = 2 * 60_000;

/** On which day of its own clock each device has its date, as it was last committed; counted by the checkers themselves. */
export interface DatesTaken {
  /** To be called with every commit, before anything is asked about it. */
  note(commit: NotedCommit, at: number): void;
  /** "2026-09-21"; undefined: it has none. */
  dayOf(device: string): string | undefined;
  /** Devices whose date is on that day. */
  on(day: string): number;
  /** No other device could have its date on that day as well, as far as limits go: all places were taken a moment ago. */
  isFull(day: string, exceptId: string, at: number): boolean;
}

export function createDatesTaken({ world, policies }: { world: Pick<World, 'devices'>; policies: Fleet['policies'] }): DatesTaken {
  const dayOf = new Map<string, string>();
  /** By day: who has its date there, and until when who had. */
  const taken = new Map<string, Map<string, number>>();
  /** Who counts as the fleet. */
  const fleet = new Set<string>();
  const placesOf = (day: string) => taken.get(day) ?? new Map<string, number>();

  return {
    note({ enrollmentId, decision }, at) {
      if (decision.reason === 'unenrolled' || decision.reason === 'user-enrollment') fleet.delete(enrollmentId);
      else fleet.add(enrollmentId);
      const day = dateOf(decision)?.slice(0, 10);
      const before = dayOf.get(enrollmentId);
      if (before === day) return;
      if (before !== undefined) placesOf(before).set(enrollmentId, at);
      if (day === undefined) dayOf.delete(enrollmentId);
      else {
        dayOf.set(enrollmentId, day);
        taken.set(day, placesOf(day).set(enrollmentId, Number.POSITIVE_INFINITY));
      }
    },
    dayOf: (device) => dayOf.get(device),
    on: (day) => [...placesOf(day).values()].filter((until) => until === Number.POSITIVE_INFINITY).length,
    isFull(day, exceptId, at) {
      const others = [...placesOf(day)].filter(([id, until]) => id !== exceptId && until >= at - LAG_MS).length;
      const places = Math.min(
        ...policies.at(at).map((policy) => limitsOf(policy, Math.min(fleet.size, world.devices.length)).restartsPerDate),
      );
      return others >= places;
    },
  };
}

/** What it is handed out, or to be commanded by. */
function dateOf({ isHandedOut, enforcement, channel, counted }: NotedCommit['decision']): string | undefined {
  if (channel === 'commands') return counted?.date;
  return isHandedOut ? enforcement?.local : undefined;
}
